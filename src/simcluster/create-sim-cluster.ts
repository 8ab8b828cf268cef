import type { Clock } from '../base/clock.ts'
import type { KubeObject } from '../kube/object.ts'
import type { ApiRequest, ApiResponse } from './api.ts'
import { type Audit, createAudit } from './audit.ts'
import { bootstrapCluster } from './bootstrap.ts'
import { createFaults, type Faults } from './faults.ts'
import { createRegistry } from './kinds/registry.ts'
import type { Registry } from './kinds/resource-type.ts'
import { createRandom } from './random.ts'
import type { AccessAttributes, DenyRule } from './rest/authorize.ts'
import { answerRequest, respondUnauthorized } from './rest/handle-request.ts'
import { ANONYMOUS } from './rest/identity.ts'
import { isEstablished } from './rest/openapi-documents.ts'
import { allowByRoles } from './rest/rbac.ts'
import { type RequestInfo, readRequestInfo } from './rest/request-info.ts'
import type { Backend } from './rest/scope.ts'
import type { RunningWatches } from './rest/watch-objects.ts'
import { createObjectStore, type ObjectStore, type StoreChange } from './store/object-store.ts'
import { createPartPool, type PartPool } from './store/pool.ts'
import { formatUid, toUidSeed } from './store/uid.ts'
import { createUsers } from './users.ts'

/** What a simulated cluster is made of. */
export type SimClusterOptions = {
  readonly name: string
  readonly clock: Clock
  /** The same seed gives the same uids and generated names; the name, by default. */
  readonly seed?: string
  /** Shared by the clusters of a process, so that equal objects are kept once; one of its own by default. */
  readonly pool?: PartPool
  /** How many changes of each resource a watch can go back; 1000 by default. */
  readonly watchWindow?: number
  /** `rbac`: roles and bindings decide who may what. By default, everybody may everything that no rule denies him. */
  readonly authorization?: 'open' | 'rbac'
  /** Users with the groups they are in, besides `admin`, who is in `system:masters`. */
  readonly users?: Readonly<Record<string, readonly string[]>>
}

/** A Kubernetes API server in memory. */
export type SimCluster = AsyncDisposable & {
  readonly name: string
  readonly clock: Clock
  /** Answers a request of a user. Fails only as a connection does, and only where a fault wants it. */
  readonly request: (request: ApiRequest) => Promise<ApiResponse>
  /** The same of what runs inside the cluster, at once: faults are of the way to it. Watches are for those outside. */
  readonly requestInside: (request: ApiRequest) => ApiResponse
  /** The same of whoever an `Authorization` header says; 401 for a token that nobody has. */
  readonly requestAs: (authorization: string | undefined, request: Omit<ApiRequest, 'user'>) => Promise<ApiResponse>
  /** The token of a user. */
  readonly tokenOf: (username: string) => string
  /** Calls back at every change, before the writer has its answer. Ends with what it returns. */
  readonly subscribe: (listener: (change: StoreChange) => void) => () => void
  /** An object of a change, or of `store`. Nobody may change it. */
  readonly read: (stored: StoreChange['object']) => KubeObject
  /** What is stored, to look at without a request. */
  readonly store: ObjectStore
  /** The resource types that are served now. */
  readonly registry: Registry
  readonly audit: Audit
  readonly faults: Faults
  /** Denies what the rule says with 403, until the returned function is called. */
  readonly deny: (rule: DenyRule) => () => void
  /** Chance, by the seed. */
  readonly random: () => number
}

/** A cluster with nothing in it but what every API server creates for itself. */
export const createSimCluster = (options: SimClusterOptions): SimCluster => {
  const { name, clock, seed = name, pool = createPartPool(), watchWindow = 1_000 } = options
  const store = createObjectStore({ pool, seed, window: watchWindow })
  const random = createRandom(seed)
  const running: RunningWatches = new Set()
  const denyRules = new Set<DenyRule>()
  const users = createUsers(seed, { admin: ['system:masters'], ...options.users })
  const allow = options.authorization === 'rbac' ? (asked: AccessAttributes) => allowByRoles(store, asked) : undefined
  const backend: Backend = { store, registry: createRegistry(), clock, random, running, denyRules, allow, users }
  const faults = createFaults(running, clock)
  const audit = createAudit()
  const auditSeed = toUidSeed(`${seed}/audit`)
  let requests = 0

  const answer = (asked: ApiRequest, info: RequestInfo): ApiResponse =>
    answerRequest(backend, info, asked, asked.headers['audit-id'] ?? formatUid(auditSeed, requests++), audit)
  const request = (asked: ApiRequest): Promise<ApiResponse> => {
    const info = readRequestInfo(asked)
    return faults.pass(asked, info, () => answer(asked, info))
  }

  serveDefinitions(store, backend.registry)
  bootstrapCluster(backend)
  // Nobody watches from before the beginning.
  store.compact()
  return {
    name,
    clock,
    request,
    requestInside: (asked) => answer(asked, readRequestInfo(asked)),
    requestAs: async (authorization, asked) => {
      if (authorization === undefined) return request({ ...asked, user: ANONYMOUS })
      const [, token = ''] = /^bearer\s+(.+)$/i.exec(authorization) ?? []
      const user = users.find(token)
      return user ? request({ ...asked, user }) : respondUnauthorized(asked)
    },
    tokenOf: (username) => {
      const token = users.tokenOf(username)
      if (token === undefined) throw new Error(`Cluster ${name} has no user ${username}`)
      return token
    },
    subscribe: (listener) => store.subscribe(listener),
    read: store.read,
    store,
    registry: backend.registry,
    audit,
    faults,
    deny: (rule) => {
      denyRules.add(rule)
      return () => {
        denyRules.delete(rule)
      }
    },
    random,
    [Symbol.asyncDispose]: async () => {
      faults.clear()
      for (const { queue } of [...running]) queue.end()
    },
  }
}

const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions'

/** Definitions are served from when they are established until they are gone. */
const serveDefinitions = (store: ObjectStore, registry: Registry): void => {
  store.subscribe(({ type, object }) => {
    const definition = store.read(object)
    if (type === 'DELETED') registry.removeDefinition(definition)
    else if (isEstablished(definition)) registry.addDefinition(definition)
  }, DEFINITIONS)
}
