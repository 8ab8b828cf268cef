import type { KubeObject } from '../../kube/object.ts'
import type { ApiRequest } from '../api.ts'
import type { SimCluster } from '../create-sim-cluster.ts'
import { toApiVersion } from '../rest/scope.ts'
import { readPart } from '../store/pool.ts'
import type { Agent } from './controller.ts'
import { isSameJson } from './is-same-json.ts'
import type { ObjectIndex, Place } from './object-index.ts'
import type { PodBoard } from './pod-board.ts'
import type { ServedResource, ServedResources } from './served-resources.ts'

/** What a write came to. */
export type WriteOutcome =
  | { readonly ok: true; readonly read: () => KubeObject }
  | { readonly ok: false; readonly code: number; readonly reason: string; readonly message: string }

/** How a controller deletes. */
export type DeleteChoice = {
  readonly uid?: string
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan'
  readonly gracePeriodSeconds?: number
}

/** The cluster as a controller sees it: reads without a request, writes through the API as who it is. */
export type World = {
  readonly now: () => Date
  /** Chance, by the seed of the cluster. */
  readonly random: () => number
  readonly delays: Delays
  readonly board: PodBoard
  /** By resource (`apps/deployments`, `/pods`) and key (`namespace/name`, or `name`). */
  readonly get: (resource: string, key: string) => KubeObject | undefined
  /** Whether a namespace is being deleted. */
  readonly isTerminating: (namespace: string) => boolean
  readonly has: (resource: string, key: string) => boolean
  readonly list: (resource: string) => readonly KubeObject[]
  /** Whether a resource has objects whose keys begin so. */
  readonly keys: (resource: string, prefix?: string) => readonly string[]
  readonly listIn: (resource: string, namespace: string) => readonly KubeObject[]
  readonly keysIn: (resource: string, namespace: string) => readonly string[]
  readonly controlledBy: (owner: KubeObject, resource: string) => readonly KubeObject[]
  readonly uncontrolledIn: (resource: string, namespace: string) => readonly KubeObject[]
  readonly dependentsOf: (uid: string) => readonly Place[]
  /** The resources that are served, each once, with the version to ask for. */
  readonly resources: () => readonly ServedResource[]
  readonly create: (resource: string, object: KubeObject) => WriteOutcome
  readonly update: (resource: string, object: KubeObject, subresource?: string) => WriteOutcome
  /** Writes the status, where it is another one than the object has. */
  readonly updateStatus: (resource: string, object: KubeObject, status: unknown) => WriteOutcome | undefined
  readonly patch: (resource: string, key: string, patch: Patch) => WriteOutcome
  /** Applies by force, as this manager. */
  readonly apply: (
    resource: string,
    key: string,
    wish: { readonly manager: string; readonly body: object },
  ) => WriteOutcome
  readonly delete: (resource: string, key: string, choice?: DeleteChoice) => WriteOutcome
  readonly deleteCollection: (resource: string, namespace: string) => WriteOutcome
  readonly post: (resource: string, key: string, subresource: string, body: unknown) => WriteOutcome
  /** Looks at the key again later. */
  readonly wakeAfter: (key: string, ms: number) => void
  readonly wake: (key: string) => void
  /** Whether so much time has passed since this was asked first for the key; looks again when it has. */
  readonly hasWaited: (key: string, what: string, ms: number) => boolean
  /** Forgets what a key waits for. */
  readonly forget: (key: string) => void
  /** An address that no pod of the cluster has. */
  readonly allocateAddress: () => string
  /** The same world, as somebody else. */
  readonly as: (agent: Agent) => World
}

/** A patch of an object or of its subresource. */
export type Patch = {
  readonly type: 'json' | 'merge' | 'strategic'
  readonly body: unknown
  readonly subresource?: string
}

/** How long things take on a node, in milliseconds. */
export type Delays = {
  /** From a node to running and ready. */
  readonly podStart: number
  /** From running to the end, of what is meant to end. */
  readonly podRun: number
  /** From being told to stop to being gone. */
  readonly podStop: number
}

/** What all controllers of a cluster share. */
export type WorldBase = {
  readonly cluster: SimCluster
  readonly index: ObjectIndex
  readonly delays: Delays
  readonly served: ServedResources
  readonly board: PodBoard
  readonly allocateAddress: () => string
}

/** What a world may ask of the queue, about keys of its own. */
export type OwnQueue = {
  readonly wake: (key: string) => void
  readonly wakeAfter: (key: string, ms: number) => void
  /** Since when keys wait, and for what. */
  readonly waits: Map<string, { readonly what: string; readonly until: number }>
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const
const NO_QUERY = new URLSearchParams()

/** The world of one controller. */
export const createWorld = (base: WorldBase, agent: Agent, queue: OwnQueue): World => {
  const { cluster, index, delays, served, board, allocateAddress } = base
  const { store, clock } = cluster

  const send = (
    method: ApiRequest['method'],
    path: string,
    body?: unknown,
    {
      type = 'application/json',
      query = NO_QUERY,
      value,
    }: { type?: string; query?: URLSearchParams; value?: object } = {},
  ): WriteOutcome => {
    const { status, body: answer } = cluster.requestInside({
      method,
      path,
      query,
      headers: {
        accept: 'application/json',
        'user-agent': agent.userAgent,
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(value ? { body: '', value } : { body: body === undefined ? '' : JSON.stringify(body) }),
      user: agent.user,
    })
    const text = answer as string
    if (status < 300) return { ok: true, read: () => JSON.parse(text) as KubeObject }
    const { reason = '', message = '' } = JSON.parse(text) as { reason?: string; message?: string }
    return { ok: false, code: status, reason, message }
  }

  /** An object need not be written as text and read again. */
  const sendObject = (method: 'POST' | 'PUT', path: string, value: object): WriteOutcome =>
    send(method, path, undefined, { value })

  const toPath = (resource: string, key: string | undefined, subresource?: string): string => {
    const { group, plural, version } = served.find(resource) ?? splitResource(resource)
    const api = group === '' ? `/api/${version}` : `/apis/${toApiVersion({ group, version })}`
    const at = key?.lastIndexOf('/') ?? -1
    // Some names have a slash, as those of RBAC may; theirs are not namespaced with another one.
    const place =
      key === undefined ? '' : at < 0 ? `/${encodeURIComponent(key)}` : `/${encodeURIComponent(key.slice(at + 1))}`
    const namespace = at < 0 ? '' : `/namespaces/${key?.slice(0, at)}`
    return `${api}${namespace}/${plural}${place}${subresource === undefined ? '' : `/${subresource}`}`
  }

  const readAll = (resource: string, keys: readonly string[]): KubeObject[] =>
    keys.flatMap((key) => {
      const stored = store.get(resource, key)
      return stored ? [store.readUnmanaged(stored)] : []
    })

  return {
    now: () => clock.now(),
    random: cluster.random,
    delays,
    board,
    allocateAddress,
    get: (resource, key) => {
      const stored = store.get(resource, key)
      return stored && store.readUnmanaged(stored)
    },
    has: (resource, key) => store.get(resource, key) !== undefined,
    isTerminating: (namespace) => {
      const stored = store.get('/namespaces', namespace)
      return stored !== undefined && readPart(stored.meta).deletionTimestamp !== undefined
    },
    list: (resource) => (store.list(resource) ?? []).map((stored) => store.readUnmanaged(stored)),
    keys: (resource, prefix = '') => (store.list(resource, prefix) ?? []).map(({ key }) => key),
    listIn: (resource, namespace) => readAll(resource, index.keysIn(resource, namespace)),
    keysIn: index.keysIn,
    controlledBy: ({ metadata }, resource) => readAll(resource, index.controlledBy(metadata.uid as string, resource)),
    uncontrolledIn: (resource, namespace) => readAll(resource, index.uncontrolledIn(resource, namespace)),
    dependentsOf: index.dependentsOf,
    resources: served.all,
    create: (resource, object) => {
      const path = toPath(resource, object.metadata.namespace ? `${object.metadata.namespace}/` : undefined)
      return sendObject('POST', path.endsWith('/') ? path.slice(0, -1) : path, object)
    },
    update: (resource, object, subresource) =>
      sendObject('PUT', toPath(resource, toObjectKey(object), subresource), object),
    updateStatus: (resource, object, status) =>
      isSameJson(object.status, status)
        ? undefined
        : sendObject('PUT', toPath(resource, toObjectKey(object), 'status'), { ...object, status }),
    patch: (resource, key, { type, body, subresource }) =>
      send('PATCH', toPath(resource, key, subresource), body, { type: PATCH_TYPES[type] }),
    apply: (resource, key, { manager, body }) => {
      const query = new URLSearchParams({ fieldManager: manager, force: 'true' })
      return send('PATCH', toPath(resource, key), body, { type: 'application/apply-patch+yaml', query })
    },
    delete: (resource, key, { uid, propagation, gracePeriodSeconds } = {}) =>
      send('DELETE', toPath(resource, key), {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
        ...(uid === undefined ? {} : { preconditions: { uid } }),
        ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
      }),
    deleteCollection: (resource, namespace) =>
      send('DELETE', toPath(resource, namespace === '' ? undefined : `${namespace}/`).replace(/\/$/, ''), {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        propagationPolicy: 'Background',
      }),
    post: (resource, key, subresource, body) => send('POST', toPath(resource, key, subresource), body),
    wake: queue.wake,
    wakeAfter: queue.wakeAfter,
    hasWaited: (key, what, ms) => {
      if (ms <= 0) return true
      const now = clock.now().getTime()
      const wait = queue.waits.get(key)
      if (wait?.what === what && wait.until <= now) {
        queue.waits.delete(key)
        return true
      }
      const until = wait?.what === what ? wait.until : now + ms
      queue.waits.set(key, { what, until })
      queue.wakeAfter(key, until - now)
      return false
    },
    forget: (key) => {
      queue.waits.delete(key)
    },
    as: (other) => createWorld(base, other, queue),
  }
}

/** The key of an object. */
export const toObjectKey = ({ metadata: { namespace, name } }: KubeObject): string =>
  namespace ? `${namespace}/${name}` : name

const splitResource = (resource: string): Pick<ServedResource, 'group' | 'plural' | 'version'> => {
  const at = resource.indexOf('/')
  return { group: resource.slice(0, at), plural: resource.slice(at + 1), version: 'v1' }
}
