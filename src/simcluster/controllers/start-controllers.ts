import type { SimCluster } from '../create-sim-cluster.ts'
import type { StoreChange } from '../store/object-store.ts'
import { ALL_CONTROLLERS } from './all-controllers.ts'
import { type Controller, EVERY_RESOURCE, type ObjectChange } from './controller.ts'
import { createObjectIndex, indexStored } from './object-index.ts'
import { createPodBoard } from './pod-board.ts'
import { createServedResources } from './served-resources.ts'
import { createWorkQueue } from './work-queue.ts'
import { createWorld, type Delays, type World } from './world.ts'

/** The controllers of a cluster, at work. */
export type Controllers = AsyncDisposable & {
  /** Resolves when nothing more would happen at the present time of the clock. */
  readonly settle: () => Promise<void>
  /** When the next thing will happen by itself, if the clock gets there. */
  readonly nextDue: () => Date | undefined
}

/** How controllers work. */
export type ControllersOptions = {
  /** How long things take on a node; some tenths of a second by default. */
  readonly delays?: Partial<Delays>
  /** All of them by default. */
  readonly controllers?: readonly Controller[]
  /**
   * False: they work only when `settle` is called, for tests that own the order of things. By default they begin by
   * themselves after each change, when the event loop is idle.
   */
  readonly automatic?: boolean
}

/** Enough that requests of others are answered in between. */
const KEYS_AT_ONCE = 50
/** Two controllers that undo each other's work would go on for ever. */
const KEYS_TO_SETTLE = 1_000_000
const PODS = '/pods'
const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions'

/** Resources whose objects controllers look for by namespace. */
const BY_NAMESPACE: ReadonlySet<string> = new Set([
  '/pods',
  '/services',
  '/persistentvolumeclaims',
  'apps/replicasets',
  'apps/deployments',
  'apps/statefulsets',
  'apps/daemonsets',
  'apps/controllerrevisions',
  '/replicationcontrollers',
  'policy/poddisruptionbudgets',
  'autoscaling/horizontalpodautoscalers',
])

/** A controller in its place. */
type Member = { readonly controller: Controller; readonly world: World; readonly wake: (key: string) => void }

/** Digits of a controller's place in the order of work. */
const RANK = 2

/** Starts the controllers of a cluster: those of kube-controller-manager, the scheduler and kubelets of nodes that nobody else looks after. */
export const startControllers = (cluster: SimCluster, options: ControllersOptions = {}): Controllers => {
  const { delays, controllers = ALL_CONTROLLERS, automatic = true } = options
  const index = createObjectIndex(BY_NAMESPACE)
  const served = createServedResources(cluster)
  const board = createPodBoard()
  let addresses = cluster.store.count(PODS)
  const base = {
    cluster,
    index,
    served,
    board,
    delays: { podStart: 300, podRun: 300, podStop: 100, ...delays },
    allocateAddress: () => toAddress(++addresses),
  }
  let timer: NodeJS.Immediate | undefined
  const queue = createWorkQueue({
    clock: cluster.clock,
    work: (entry) => {
      const { controller, world } = members[Number(entry.slice(0, RANK))] as Member
      return controller.reconcile(entry.slice(RANK), world) ?? 'done'
    },
    onDue: () => {
      if (!automatic) return
      timer ??= setImmediate(() => {
        timer = undefined
        queue.drain(KEYS_AT_ONCE)
      })
    },
  })
  // The queue works in the order of its entries, which is that of the controllers.
  const members = controllers.map((controller, at): Member => {
    const toEntry = (key: string): string => String(at).padStart(RANK, '0') + key
    const wake = (key: string): void => queue.add(toEntry(key))
    const wakeAfter = (key: string, ms: number): void => queue.addAfter(toEntry(key), ms)
    return { controller, wake, world: createWorld(base, controller.agent, { wake, wakeAfter, waits: new Map() }) }
  })
  const interested = new Map<string, Member[]>()
  for (const member of members)
    for (const resource of Object.keys(member.controller.triggers))
      interested.set(resource, [...(interested.get(resource) ?? []), member])

  const tell = (change: ObjectChange): void => {
    for (const resource of [change.resource, EVERY_RESOURCE])
      for (const { controller, world, wake } of interested.get(resource) ?? [])
        for (const key of controller.triggers[resource]?.(change, world) ?? []) wake(key)
  }
  const follow = (change: StoreChange): void => {
    index.follow(change)
    if (change.resource === DEFINITIONS) served.forget()
    const seen = toObjectChange(cluster, change)
    if (change.resource === PODS) board.follow(seen)
    tell(seen)
  }

  const stored = served.all().map(({ resource }) => resource)
  indexStored(index, cluster.store, stored)
  const changes = stored.flatMap((resource) =>
    (cluster.store.list(resource) ?? []).map((object) =>
      toObjectChange(cluster, { type: 'ADDED', resource, object, previous: undefined }),
    ),
  )
  for (const change of changes) if (change.resource === PODS) board.follow(change)
  for (const change of changes) tell(change)
  const unsubscribe = cluster.store.subscribe(follow)

  return {
    settle: async () => {
      if (queue.drain(KEYS_TO_SETTLE) >= KEYS_TO_SETTLE)
        throw new Error(`The controllers of cluster ${cluster.name} do not come to rest`)
    },
    nextDue: () => {
      const due = queue.nextDue()
      return due === undefined ? undefined : new Date(due)
    },
    [Symbol.asyncDispose]: async () => {
      unsubscribe()
      clearImmediate(timer)
      queue[Symbol.dispose]()
    },
  }
}

const toAddress = (number: number): string => `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`

/** Most triggers look at the key alone: objects are read when somebody asks. */
const toObjectChange = (cluster: SimCluster, { type, resource, object, previous }: StoreChange): ObjectChange => {
  let [readObject, readPrevious] = [undefined, undefined] as [ObjectChange['previous'], ObjectChange['previous']]
  return {
    type,
    resource,
    key: object.key,
    get object() {
      readObject ??= cluster.store.readUnmanaged(object)
      return readObject
    },
    get previous() {
      if (previous) readPrevious ??= cluster.store.readUnmanaged(previous)
      return readPrevious
    },
  }
}
