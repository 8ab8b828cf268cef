import type { Clock } from '../base/clock.ts'
import type { KubeObject } from '../kube/object.ts'
import type { ApiRequest, ApiResponse } from './api.ts'
import { handleRequest } from './rest/handle-request.ts'
import { createRegistry } from './rest/parts.ts'
import { readRequestInfo } from './rest/request-info.ts'
import type { Backend } from './rest/scope.ts'
import type { RunningWatches } from './rest/watch-objects.ts'
import { createObjectStore, type ObjectStore, type StoreChange } from './store/object-store.ts'
import { createPartPool, type PartPool } from './store/pool.ts'

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
}

/** A Kubernetes API server in memory. */
export type SimCluster = AsyncDisposable & {
  readonly name: string
  readonly clock: Clock
  /** Answers a request as whoever it names. */
  readonly request: (request: ApiRequest) => Promise<ApiResponse>
  /** Calls back at every change, before the writer has its answer. Ends with what it returns. */
  readonly subscribe: (listener: (change: StoreChange) => void) => () => void
  /** An object of a change, or of `store`. Nobody may change it. */
  readonly read: (stored: StoreChange['object']) => KubeObject
  /** What is stored, to look at without a request. */
  readonly store: ObjectStore
  /** Chance, by the seed. */
  readonly random: () => number
}

/** An empty cluster but for the namespaces that every cluster has. */
export const createSimCluster = (options: SimClusterOptions): SimCluster => {
  const { name, clock, seed = name, pool = createPartPool(), watchWindow = 1_000 } = options
  const store = createObjectStore({ pool, seed, window: watchWindow })
  const random = createRandom(seed)
  const backend: Backend = { store, registry: createRegistry(), clock, random }
  const running: RunningWatches = new Set()

  const request = async (asked: ApiRequest): Promise<ApiResponse> =>
    handleRequest(backend, readRequestInfo(asked), asked, running)

  for (const namespace of ['kube-system', 'kube-public', 'default', 'kube-node-lease']) {
    handleRequest(backend, ...toCreation(namespace), running)
  }
  return {
    name,
    clock,
    request,
    subscribe: (listener) => store.subscribe(listener),
    read: store.read,
    store,
    random,
    [Symbol.asyncDispose]: async () => {
      for (const { queue } of [...running]) queue.end()
    },
  }
}

const toCreation = (namespace: string): [ReturnType<typeof readRequestInfo>, ApiRequest] => {
  const body = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: { 'kubernetes.io/metadata.name': namespace } },
  }
  const request: ApiRequest = {
    method: 'POST',
    path: '/api/v1/namespaces',
    query: new URLSearchParams(),
    headers: { 'user-agent': 'kube-apiserver', 'content-type': 'application/json' },
    body: JSON.stringify(body),
    user: { username: 'system:apiserver', groups: ['system:masters'] },
  }
  return [readRequestInfo(request), request]
}

/** mulberry32. */
const createRandom = (seed: string): (() => number) => {
  let state = 0
  for (let at = 0; at < seed.length; at++) state = Math.imul(state ^ seed.charCodeAt(at), 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
