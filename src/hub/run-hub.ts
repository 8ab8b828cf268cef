import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Server as TlsServer } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../base/clock.ts'
import { parseDuration } from '../base/duration.ts'
import { toError } from '../base/errors.ts'
import { untilAborted } from '../base/until-aborted.ts'
import { isGitUrl } from '../source/git/git-url.ts'
import { holdFolder } from '../store/sqlite/hold-folder.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite.ts'
import { startHubAlerts } from './alerts.ts'
import { reloadTls, type TlsFiles } from './api/reload-tls.ts'
import { createHubServer } from './api/server.ts'
import type { HubConfig } from './config.ts'
import { createHubError } from './errors.ts'
import { type Hub, type HubOptions, startHub } from './hub.ts'
import { createMetrics } from './metrics.ts'
import { openAccess } from './open-access.ts'
import { readHubConfig } from './read-config.ts'

/** How a hub is started: settings from a file and from flags, and what holds where neither says a thing. */
export type HubStart = {
  readonly config?: string
  readonly flags: Readonly<Record<string, unknown>>
  readonly defaults: {
    readonly fleet: () => string
    readonly data: string
    readonly cacheDir: string
    readonly name: string
  }
  readonly version: string
}

/** The world of the program. */
export type RunHubWorld = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  readonly clock: Clock
  readonly random: () => number
  readonly stderr: { readonly write: (text: string) => void }
  readonly signal: AbortSignal
}

/** The database within the hub's data folder. */
export const STORE_FILE = 'hub.db'

const LISTEN = '127.0.0.1:8080'
const LOCAL_POLL = '1s'
const REMOTE_POLL = '30s'
const CONNECT_TIMEOUT = '10s'

/** Runs a hub until the signal; resolves when everything is closed (`HUB_CONFIG_INVALID`). */
export const runHub = async (start: HubStart, world: RunHubWorld): Promise<void> => {
  const { clock, signal } = world
  const { config: file, flags } = start
  const config = readHubConfig({ flags, cwd: world.cwd, ...(file === undefined ? {} : { file }) })
  const options = toHubOptions(config, start, world)
  const log: Parameters<typeof startHub>[1]['log'] = (level, message, fields = {}) => {
    const time = clock.now().toISOString()
    world.stderr.write(
      config.logFormat === 'json'
        ? `${JSON.stringify({ time, level, message, ...fields })}\n`
        : `${time} ${level.padEnd(5)} ${message}${formatFields(fields)}\n`,
    )
  }
  const { webhookSecretFile } = config
  const webhookSecret =
    webhookSecretFile === undefined ? undefined : readSetting(webhookSecretFile, 'the webhook secret').trim()
  const tls = readTls(config)
  using _held = holdFolder(options.dataDir)
  const storeFile = join(options.dataDir, STORE_FILE)
  await using store = await openSqliteStore(storeFile, { clock })
  const metrics = createMetrics()
  let started: Hub | undefined
  await using alerts = startHubAlerts(toAlertOptions(config, options), {
    ...world,
    store,
    log,
    status: () => started?.status(),
  })
  await using hub = await startHub(options, {
    ...world,
    // Nobody else can be this hub while its folder is held: what it held before it was killed is still its own.
    holder: `hub/${options.name} ${readOrMakeId(options.dataDir)}`,
    store,
    log,
    measure: metrics.measure,
    onFleet: alerts.setFleet,
    onFindings: ({ opened, closed }) => {
      alerts.wake()
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
  started = hub
  const server = await createHubServer({
    hub,
    store,
    clock,
    log,
    ...openAccess(config, { dataDir: options.dataDir, store, clock, log }),
    onAnswered: metrics.measure.answered,
    metrics: metrics.open({
      status: hub.status,
      store,
      storeBytes: () => sizeOf(storeFile) + sizeOf(`${storeFile}-wal`),
      now: clock.now,
      alerts: alerts.numbers,
    }),
    testAlerts: alerts.test,
    ...(webhookSecret ? { webhookSecret } : {}),
    ...(tls ? { tls } : {}),
  })
  const address = await listen(server, config.listen ?? LISTEN)
  if (tls)
    void reloadTls(server.server as unknown as TlsServer, tls, {
      read: () => readTls(config) as TlsFiles,
      clock,
      log,
      signal,
    })
  log('info', 'the hub is up', { name: options.name, address, data: options.dataDir, fleet: options.fleet })
  try {
    await untilAborted(new Promise<never>(() => undefined), signal)
  } catch {
    log('info', 'the hub ends')
  } finally {
    await server.close()
  }
}

const toHubOptions = (config: HubConfig, { defaults, version }: HubStart, { home }: RunHubWorld): HubOptions => {
  const {
    branch,
    gitCredentialsFile,
    allowPrivate,
    kubeconfig,
    allowExec,
    pushCheckpoints,
    connectTimeout = CONNECT_TIMEOUT,
  } = config
  const fleet = config.fleet ?? defaults.fleet()
  const dataDir = config.data ?? defaults.data
  return {
    fleet,
    ...(branch === undefined ? {} : { branch }),
    ...(gitCredentialsFile === undefined ? {} : { credentialsFile: gitCredentialsFile }),
    copyDir: join(dataDir, 'fleet'),
    cacheDir: config.cacheDir ?? defaults.cacheDir,
    ...(allowPrivate ? { allowPrivate } : {}),
    pollMs: parseDuration(config.poll ?? (isGitUrl(fleet) ? REMOTE_POLL : LOCAL_POLL)),
    name: config.name ?? defaults.name,
    dataDir,
    version,
    access: { home, ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(allowExec ? { allowExec } : {}) },
    connectTimeoutMs: parseDuration(connectTimeout),
    ...(pushCheckpoints ? { pushCheckpoints } : {}),
  }
}

const readTls = ({ tlsCertFile, tlsKeyFile }: HubConfig): TlsFiles | undefined =>
  tlsCertFile === undefined || tlsKeyFile === undefined
    ? undefined
    : { cert: readSetting(tlsCertFile, 'the certificate'), key: readSetting(tlsKeyFile, 'the key of the certificate') }

const toAlertOptions = ({ secretsDir, publicUrl, allowPrivate }: HubConfig, { name }: HubOptions) => ({
  name,
  ...(secretsDir === undefined ? {} : { secretsDir }),
  ...(publicUrl === undefined ? {} : { publicUrl }),
  ...(allowPrivate ? { allowPrivate } : {}),
})

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0

const readOrMakeId = (dataDir: string): string => {
  const file = join(dataDir, 'hub.id')
  if (!existsSync(file)) writeFileSync(file, randomUUID().slice(0, 8), { mode: 0o600 })
  return readFileSync(file, 'utf8').trim()
}

const readSetting = (file: string, what: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw createHubError('HUB_SETTING_UNREADABLE', `${what} cannot be read from ${file}`, {
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
    throw createHubError('HUB_ADDRESS_UNUSABLE', `the hub cannot listen at ${address}: ${reason}`, {
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
