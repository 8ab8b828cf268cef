import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import type { FastifyInstance } from 'fastify'
import { createHubClient, type HubClient } from '../../../api/client.ts'
import { listOperations, type NamedOperation } from '../../../api/operations.ts'
import { systemClock, systemRandom } from '../../../base/system-clock.ts'
import { createVirtualClock, type VirtualClock } from '../../../base/virtual-clock.ts'
import { initRepository } from '../../../cli/testing/git-repository.ts'
import { openSqliteStore } from '../../../store/sqlite/open-sqlite.ts'
import type { Store } from '../../../store/store.ts'
import { NO_ALERTS } from '../../alert-metrics.ts'
import { type Hub, startHub } from '../../hub.ts'
import { createMetrics } from '../../metrics.ts'
import { createAuthenticate } from '../authenticate.ts'
import { openBootstrapToken } from '../bootstrap-token.ts'
import type { Login } from '../login/login.ts'
import { createHubServer, type ServerDeps } from '../server.ts'

/** A hub of a fleet without clusters, with its API on a port of this machine. Answers are held against their schemas. */
export type ApiWorld = AsyncDisposable & {
  readonly url: string
  readonly server: FastifyInstance
  readonly hub: Hub
  readonly store: Store
  /** The API's; the hub goes by the machine's. */
  readonly clock: VirtualClock
  readonly admin: string
  readonly dataDir: string
  readonly client: (token?: string) => HubClient
  /** What was logged. */
  readonly log: string[]
}

/** What is other than usual. */
export type ApiWorldOptions = Partial<Omit<ServerDeps, 'login' | 'clock'>> & {
  readonly port?: number
  readonly clock?: VirtualClock
  readonly login?: (deps: Pick<ServerDeps, 'store' | 'log'>) => Login
}

export const openApiWorld = async ({
  port = 0,
  login,
  clock = createVirtualClock(new Date('2026-11-27T12:00:00Z')),
  ...options
}: ApiWorldOptions = {}): Promise<ApiWorld> => {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-api-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const [fleet, dataDir] = [join(folder, 'fleet'), join(folder, 'data')]
  mkdirSync(fleet)
  writeFileSync(
    join(fleet, 'fleet.yaml'),
    'apiVersion: lockstep.dev/v1alpha1\nkind: Fleet\nmetadata: {name: acme}\nspec: {}\n',
  )
  await initRepository(fleet)
  const store = stack.use(await openSqliteStore(join(dataDir, 'hub.db'), { clock: systemClock }))
  const log: string[] = []
  const write: ServerDeps['log'] = (level, message, fields) => {
    log.push(JSON.stringify({ level, message, ...fields }))
  }
  const metrics = createMetrics()
  const hub = stack.use(
    await startHub(
      {
        ...{ fleet, copyDir: join(folder, 'copy'), cacheDir: join(folder, 'cache'), pollMs: 60_000 },
        ...{ name: 'test', dataDir, version: '0', access: { home: folder }, connectTimeoutMs: 1_000 },
      },
      {
        ...{ clock: systemClock, random: systemRandom, env: {}, holder: 'test', store, log: write },
        onFindings: () => undefined,
        measure: metrics.measure,
      },
    ),
  )
  const bootstrap = openBootstrapToken(dataDir)
  const server = await createHubServer({
    ...{
      hub,
      store,
      clock,
      log: write,
      onAnswered: metrics.measure.answered,
      metrics: metrics.open({
        status: hub.status,
        store,
        storeBytes: () => 1,
        now: clock.now,
        alerts: async () => NO_ALERTS,
      }),
      onAnswer: createAnswerCheck(),
    },
    authenticate: createAuthenticate({ store, clock, bootstrapHash: bootstrap.hash, sessionIdleMs: 3_600_000 }),
    ...(login ? { login: login({ store, log: write }) } : {}),
    ...options,
  })
  stack.defer(() => server.close())
  const url = await server.listen({ host: '127.0.0.1', port })
  const clients = stack.use(new AsyncDisposableStack())
  const running = stack.move()
  return {
    ...{ url, server, hub, store, clock, dataDir, log },
    admin: readFileSync(bootstrap.file, 'utf8').trim(),
    client: (token) =>
      clients.use(createHubClient({ url, userAgent: 'test', ...(token === undefined ? {} : { token }) })),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Fails a request whose answer is not as its schema says. */
const createAnswerCheck = (): NonNullable<ServerDeps['onAnswer']> => {
  const ajv = new Ajv({ strict: false, allErrors: true })
  const validators = new Map<string, ValidateFunction>(
    listOperations().flatMap(({ id, answer }) => (typeof answer === 'string' ? [] : [[id, ajv.compile(answer)]])),
  )
  return ({ id }: NamedOperation, answer) => {
    const validate = validators.get(id)
    if (validate?.(JSON.parse(JSON.stringify(answer))) === false)
      throw new Error(`the answer of ${id} is not as the contract says: ${ajv.errorsText(validate.errors)}`)
  }
}
