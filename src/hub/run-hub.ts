import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { untilAborted } from '../base/until-aborted.ts'
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
  readonly holder: string
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
  await using store = await openSqliteStore(join(options.dataDir, STORE_FILE), { clock })
  const webhookSecret =
    options.webhookSecretFile === undefined ? undefined : readFileSync(options.webhookSecretFile, 'utf8').trim()
  const tls = options.tls && {
    cert: readFileSync(options.tls.certFile, 'utf8'),
    key: readFileSync(options.tls.keyFile, 'utf8'),
  }
  await using hub = await startHub(options, {
    ...world,
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
  const { host, port } = parseListen(options.listen)
  const address = await server.listen({ host, port })
  log('info', 'the hub is up', { name: options.name, address, data: options.dataDir, fleet: options.fleet })
  try {
    await untilAborted(new Promise<never>(() => undefined), signal)
  } catch {
    log('info', 'the hub ends')
  } finally {
    await server.close()
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
