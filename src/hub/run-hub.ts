import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../base/clock.ts'
import { LockstepError, toError } from '../base/errors.ts'
import { untilAborted } from '../base/until-aborted.ts'
import { holdFolder } from '../store/sqlite/hold-folder.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite.ts'
import { type HubOptions, startHub } from './hub.ts'
import { createHubServer } from './serve.ts'

/** How a hub is started: {@link HubOptions}, and where it listens. */
export type RunHubOptions = HubOptions & {
  /** `host:port`; port 0 is any that is free. */
  readonly listen: string
  /** A file whose first line signs webhooks. */
  readonly webhookSecretFile?: string
  /** PEM files; both or none. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  /** One line a message, for programs. */
  readonly logFormat: 'text' | 'json'
}

/** The world of the program. */
export type RunHubWorld = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly random: () => number
  readonly stderr: { readonly write: (text: string) => void }
  readonly signal: AbortSignal
}

/** The database within the hub's data folder. */
export const STORE_FILE = 'hub.db'

/** Runs a hub until the signal; resolves when everything is closed. */
export const runHub = async (options: RunHubOptions, world: RunHubWorld): Promise<void> => {
  const { clock, signal } = world
  const log: Parameters<typeof startHub>[1]['log'] = (level, message, fields = {}) => {
    const time = clock.now().toISOString()
    world.stderr.write(
      options.logFormat === 'json'
        ? `${JSON.stringify({ time, level, message, ...fields })}\n`
        : `${time} ${level.padEnd(5)} ${message}${formatFields(fields)}\n`,
    )
  }
  const webhookSecret =
    options.webhookSecretFile === undefined
      ? undefined
      : readSetting(options.webhookSecretFile, 'the webhook secret').trim()
  const tls = options.tls && {
    cert: readSetting(options.tls.certFile, 'the certificate'),
    key: readSetting(options.tls.keyFile, 'the key of the certificate'),
  }
  using _held = holdFolder(options.dataDir)
  await using store = await openSqliteStore(join(options.dataDir, STORE_FILE), { clock })
  await using hub = await startHub(options, {
    ...world,
    // Nobody else can be this hub while its folder is held: what it held before it was killed is still its own.
    holder: `hub/${options.name} ${readOrMakeId(options.dataDir)}`,
    store,
    log,
    onFindings: ({ opened, closed }) => {
      for (const { cluster, object, field, drift, severity, manager, closedBy } of [...opened, ...closed])
        log('info', closedBy ? `drift gone (${closedBy})` : 'drift', {
          cluster,
          object: `${object.kind}/${object.namespace ? `${object.namespace}/` : ''}${object.name}`,
          drift,
          ...(field === undefined ? {} : { field }),
          severity,
          ...(manager === undefined ? {} : { by: manager }),
        })
    },
  })
  const server = createHubServer({
    hub,
    store,
    heapBytes: () => process.memoryUsage().heapUsed,
    ...(webhookSecret ? { webhookSecret } : {}),
    ...(tls ? { tls } : {}),
  })
  const address = await listen(server, options.listen)
  log('info', 'the hub is up', { name: options.name, address, data: options.dataDir, fleet: options.fleet })
  try {
    await untilAborted(new Promise<never>(() => undefined), signal)
  } catch {
    log('info', 'the hub ends')
  } finally {
    await server.close()
  }
}

const readOrMakeId = (dataDir: string): string => {
  const file = join(dataDir, 'hub.id')
  if (!existsSync(file)) writeFileSync(file, randomUUID().slice(0, 8), { mode: 0o600 })
  return readFileSync(file, 'utf8').trim()
}

const readSetting = (file: string, what: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new LockstepError('HUB_SETTING_UNREADABLE', `${what} cannot be read from ${file}`, {
      subject: file,
      hint: 'check the path, and that this user may read it',
      cause,
    })
  }
}

const listen = async (server: FastifyInstance, address: string): Promise<string> => {
  try {
    return await server.listen(parseListen(address))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const reason = code === 'EADDRINUSE' ? 'somebody listens there already' : toError(cause).message
    throw new LockstepError('HUB_ADDRESS_UNUSABLE', `the hub cannot listen at ${address}: ${reason}`, {
      subject: address,
      hint: 'name another address with --listen',
      cause,
    })
  }
}

const parseListen = (listen: string): { readonly host: string; readonly port: number } => {
  const at = listen.lastIndexOf(':')
  return { host: listen.slice(0, at).replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(listen.slice(at + 1)) }
}

const formatFields = (fields: object): string =>
  Object.entries(fields)
    .map(
      ([key, value]) => ` ${key}=${typeof value === 'string' && !/[\s"]/.test(value) ? value : JSON.stringify(value)}`,
    )
    .join('')
