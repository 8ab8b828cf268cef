import { findOwnEntry, isSecret } from '../inventory/fingerprint.ts'
import { createInventory, type Inventory } from '../inventory/inventory.ts'
import { hasSecrets } from '../inventory/store.ts'
import type { Discovery, KubeClient } from '../kube/client.ts'
import { formatFieldPath } from '../kube/field-path.ts'
import { hashEntry } from '../kube/managed-fields.ts'
import type { KubeObject, ObjectRef } from '../kube/object.ts'
import { parseRefKey, toGroupKind, toRef, toRefKey } from '../kube/object.ts'
import { RBAC_GROUP } from '../kube/rbac.ts'
import type { DesiredCluster } from '../render/desired.ts'
import { findUnmanaged, type UnmanagedObject } from './exclusive.ts'
import { isOurs, type JudgedObject, judgeObjects } from './judge.ts'
import type { Ledger } from './ledger.ts'
import { recoverInventories } from './recover.ts'
import { collectSubjects, type Subjects } from './subjects.ts'

/** All that was seen of one cluster, joined with what Git says. Nothing was written to get it. */
export type Observation = {
  readonly discovery: Discovery
  readonly inventories: ReadonlyMap<string, Inventory>
  readonly subjects: Subjects
  readonly judged: ReadonlyMap<string, JudgedObject>
  readonly unmanaged: readonly UnmanagedObject[]
  readonly key: Buffer | undefined
  /** Objects found by their labels because their inventory was lost. */
  readonly recovered: number
  readonly isAutoscaled: (ref: ObjectRef) => boolean
}

/** What observing a cluster needs of the world. */
export type ObserveDeps = {
  readonly client: KubeClient
  readonly clientFor: (component: string) => KubeClient
  readonly ledger: Ledger
}

/** How to look. */
export type ObserveOptions = {
  readonly signal?: AbortSignal
  readonly deep?: boolean
  /** Only these objects, by their keys, of what is known of the cluster already. */
  readonly only?: ReadonlySet<string>
}

/** Looks at one cluster: discovery and inventories, then metadata, then what was touched. */
export const observeCluster = async (
  desired: DesiredCluster,
  deps: ObserveDeps,
  options: ObserveOptions = {},
): Promise<Observation> => {
  const { client, ledger } = deps
  const { only } = options
  const call = options.signal ? { signal: options.signal } : {}
  const [discovery, stored] = await Promise.all([client.discover(call), only ? ledger.current() : ledger.load(call)])
  const key = needsKey(desired, stored) ? await ledger.key(call) : undefined
  const autoscaled = collectAutoscaled(
    desired.components.flatMap(({ objects }) => objects.map(({ manifest }) => manifest)),
  )
  const isAutoscaled = (ref: ObjectRef): boolean => autoscaled.has(toRefKey(ref))

  let inventories: ReadonlyMap<string, Inventory> = stored
  let subjects = collectSubjects(desired, inventories, key, only)
  let judged = await judgeAll(subjects, deps, { discovery, key, isAutoscaled }, options)
  let recovered = 0
  if (!only && [...judged.values()].some(isLost)) {
    const recovery = await recoverInventories(inventories, { client, discovery }, options)
    inventories = recovery.inventories
    ledger.adopt(inventories)
    recovered = recovery.count
    subjects = collectSubjects(desired, inventories, key)
    judged = await judgeAll(subjects, deps, { discovery, key, isAutoscaled }, options)
  }
  if (await addLiveAutoscalers(judged, autoscaled, client, discovery, options))
    judged = dropAutoscaled(judged, isAutoscaled)
  const unmanaged = mayBeUnmanaged(desired, only)
    ? await listUnmanaged(desired, inventories, deps, discovery, call)
    : []
  noteVerified(judged, ledger)
  return {
    discovery,
    inventories,
    subjects,
    judged,
    unmanaged: only ? unmanaged.filter(({ ref }) => only.has(toRefKey(ref))) : unmanaged,
    key,
    recovered,
    isAutoscaled,
  }
}

/** Is any of these objects of a kind that somebody claims for himself? */
const mayBeUnmanaged = ({ components }: DesiredCluster, only: ReadonlySet<string> | undefined): boolean => {
  if (!only) return true
  const kinds = new Set([...only].map((key) => toGroupKind(parseRefKey(key))))
  return components.some(
    ({ policy, grant }) =>
      policy.exclusive.some((scope) => kinds.has(toGroupKind(scope))) ||
      (grant?.scope !== undefined && [...kinds].some((kind) => kind.startsWith(`${RBAC_GROUP}/`))),
  )
}

/** What is in scopes that components claim for themselves and belongs to none of them. */
const listUnmanaged = async (
  desired: DesiredCluster,
  inventories: ReadonlyMap<string, Inventory>,
  deps: ObserveDeps,
  discovery: Discovery,
  options: { readonly signal?: AbortSignal },
): Promise<UnmanagedObject[]> => {
  const { client } = deps
  const owned = new Set([
    ...desired.components.flatMap(({ objects }) => objects.map(({ manifest }) => toRefKey(toRef(manifest)))),
    ...[...inventories.values()].flatMap(({ entries }) => [...entries.keys()]),
  ])
  const [exclusive, access] = await Promise.all([
    findUnmanaged(desired, owned, { clientFor: deps.clientFor, discovery }, options),
    // Most clusters have no grant that wants to know: then nothing is loaded or asked.
    desired.components.some(({ grant }) => grant?.scope !== undefined)
      ? import('./unmanaged-access.ts').then(({ listUnmanagedAccess }) =>
          listUnmanagedAccess(desired, owned, { client, discovery }, options),
        )
      : [],
  ])
  const told = new Set(exclusive.map(({ ref }) => toRefKey(ref)))
  return [...exclusive, ...access.filter(({ ref }) => !told.has(toRefKey(ref)))]
}

/**
 * What was read because it had been written, and is as it was recorded: its new version counts from now on, so that it is
 * not read again and again.
 */
const noteVerified = (judged: ReadonlyMap<string, JudgedObject>, ledger: Ledger): void => {
  const verified = [...judged.values()].flatMap(({ subject: { entry, inventory }, observed, differences }) => {
    const { fingerprint } = entry ?? {}
    if (!entry || !fingerprint || !inventory || observed.state !== 'suspect' || !observed.isFull) return []
    if (!observed.live || differences.length > 0) return []
    const own = findOwnEntry(observed.live)
    const { uid, resourceVersion = '', generation } = observed.live.metadata
    if (uid !== fingerprint.uid || (own === undefined) !== (fingerprint.entry === undefined)) return []
    const { generation: _, ...known } = fingerprint
    const seen = {
      ...known,
      resourceVersion,
      ...(generation === undefined ? {} : { generation }),
      ...(own ? { entry: hashEntry(own) } : {}),
    }
    return [{ component: inventory.component, entry: { ...entry, fingerprint: seen } }]
  })
  for (const [component, entries] of Map.groupBy(verified, (one) => one.component))
    ledger.note(component, { set: entries.map(({ entry }) => entry) })
}

/** Every request about a component's objects is made as its service account, so they are looked at by identity. */
const judgeAll = async (
  subjects: Subjects,
  deps: ObserveDeps,
  judge: {
    readonly discovery: Discovery
    readonly key: Buffer | undefined
    readonly isAutoscaled: (ref: ObjectRef) => boolean
  },
  options: { readonly signal?: AbortSignal; readonly deep?: boolean },
): Promise<Map<string, JudgedObject>> => {
  const byClient = Map.groupBy(subjects.all, ({ component }) => deps.clientFor(component))
  const parts = await Promise.all(
    [...byClient].map(([client, some]) => judgeObjects(some, { client, ...judge }, options)),
  )
  return new Map(parts.flatMap((part) => [...part]))
}

const needsKey = (desired: DesiredCluster, inventories: ReadonlyMap<string, Inventory>): boolean =>
  [...inventories.values()].some(hasSecrets) || statesSecrets(desired)

/** Does Git state Secrets of this cluster, whose digests need the cluster's key? */
export const statesSecrets = (desired: DesiredCluster): boolean =>
  desired.components.some(({ objects }) => objects.some(({ manifest }) => isSecret(manifest)))

/** An object that says it is ours and that no inventory knows. */
const isLost = ({ subject, observed }: JudgedObject): boolean =>
  subject.entry === undefined &&
  observed.isFull &&
  observed.live !== undefined &&
  isOurs(subject, observed.live as KubeObject)

const collectAutoscaled = (objects: readonly KubeObject[]): Set<string> => {
  const scaled = new Set<string>()
  for (const { kind, metadata, spec } of objects) {
    if (kind !== 'HorizontalPodAutoscaler') continue
    const target = (spec as { scaleTargetRef?: { apiVersion?: string; kind: string; name: string } } | undefined)
      ?.scaleTargetRef
    if (!target) continue
    const group = target.apiVersion?.includes('/') ? (target.apiVersion.split('/')[0] as string) : ''
    scaled.add(
      toRefKey({
        group,
        kind: target.kind,
        name: target.name,
        ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
      }),
    )
  }
  return scaled
}

/** Autoscalers that Git does not know of count too; they are only asked for when somebody's replicas differ. */
const addLiveAutoscalers = async (
  judged: ReadonlyMap<string, JudgedObject>,
  autoscaled: Set<string>,
  client: KubeClient,
  discovery: Discovery,
  options: { readonly signal?: AbortSignal },
): Promise<boolean> => {
  const resource = discovery.find('autoscaling', 'HorizontalPodAutoscaler')
  const isScaled = [...judged.values()].some(({ differences }) =>
    differences.some(({ path }) => formatFieldPath(path) === '/spec/replicas'),
  )
  if (!isScaled || !resource) return false
  const { items } = await client.list({ resource }, options)
  const before = autoscaled.size
  for (const key of collectAutoscaled(items.map((item) => ({ ...item, kind: resource.kind })))) autoscaled.add(key)
  return autoscaled.size > before
}

const dropAutoscaled = (
  judged: ReadonlyMap<string, JudgedObject>,
  isAutoscaled: (ref: ObjectRef) => boolean,
): Map<string, JudgedObject> =>
  new Map(
    [...judged].map(([key, object]) => [
      key,
      isAutoscaled(object.subject.ref)
        ? {
            ...object,
            differences: object.differences.filter(({ path }) => formatFieldPath(path) !== '/spec/replicas'),
          }
        : object,
    ]),
  )

/** The inventory of a component, or an empty one. */
export const getInventory = (observation: Observation, component: string): Inventory =>
  observation.inventories.get(component) ?? createInventory(component)
