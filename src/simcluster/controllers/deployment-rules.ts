import { isDeepStrictEqual } from 'node:util'
import type { LabelSelector } from '../../kube/label-selector.ts'
import type { KubeObject } from '../../kube/object.ts'
import { resolveCount } from './int-or-percent.ts'
import type { ReplicaSet } from './replica-set.ts'
import type { Condition, IntOrPercent, PodTemplate } from './shapes.ts'

/** A Deployment. */
export type Deployment = KubeObject & {
  readonly spec: {
    readonly replicas?: number
    readonly selector: LabelSelector
    readonly template: PodTemplate
    readonly paused?: boolean
    readonly minReadySeconds?: number
    readonly revisionHistoryLimit?: number
    readonly progressDeadlineSeconds?: number
    readonly strategy?: {
      readonly type?: string
      readonly rollingUpdate?: { readonly maxSurge?: IntOrPercent; readonly maxUnavailable?: IntOrPercent }
    }
  }
  readonly status?: DeploymentStatus
}

/** Its status. */
export type DeploymentStatus = {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly updatedReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly unavailableReplicas?: number
  readonly terminatingReplicas?: number
  readonly collisionCount?: number
  readonly conditions?: readonly Condition[]
}

/** The label that tells the pods of the revisions of a Deployment apart. */
export const HASH_LABEL = 'pod-template-hash'
/** The annotation with the number of a revision. */
export const REVISION = 'deployment.kubernetes.io/revision'
const HISTORY = 'deployment.kubernetes.io/revision-history'
const DESIRED = 'deployment.kubernetes.io/desired-replicas'
const MAXIMUM = 'deployment.kubernetes.io/max-replicas'
const OWN_ANNOTATIONS = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION,
  HISTORY,
  DESIRED,
  MAXIMUM,
])
const NO_DEADLINE = 2_147_483_647

/** How many pods a Deployment should have. */
export const toReplicas = ({ spec }: { readonly spec: { readonly replicas?: number } }): number => spec.replicas ?? 1

/** Whether somebody wants to know when a rollout makes no progress. */
export const hasDeadline = ({ spec }: Deployment): boolean =>
  spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_DEADLINE

const isRolling = ({ spec }: Deployment): boolean => (spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate'

/** How many pods may be too many, and too few, while it rolls. */
export const toFenceposts = (deployment: Deployment): { readonly surge: number; readonly unavailable: number } => {
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {}
  const replicas = toReplicas(deployment)
  const surge = resolveCount(maxSurge, replicas, 'up')
  const unavailable = resolveCount(maxUnavailable, replicas, 'down')
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

/** How many pods may be too many; none where it does not roll. */
export const toMaxSurge = (deployment: Deployment): number =>
  isRolling(deployment) ? toFenceposts(deployment).surge : 0

/** How many pods may be missing, of those wanted. */
export const toMaxUnavailable = (deployment: Deployment): number => {
  const replicas = toReplicas(deployment)
  if (!isRolling(deployment) || replicas === 0) return 0
  return Math.min(toFenceposts(deployment).unavailable, replicas)
}

/** The set of the present template: the oldest, if there are several. */
export const findNewSet = ({ spec }: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined =>
  [...sets]
    .sort(compareByCreation)
    .find((set) => isDeepStrictEqual(withoutHash(set.spec.template), withoutHash(spec.template)))

/** Older first, by name among those of one second. */
export const compareByCreation = (left: KubeObject, right: KubeObject): number => {
  const difference =
    Date.parse(left.metadata.creationTimestamp ?? '') - Date.parse(right.metadata.creationTimestamp ?? '')
  return difference || (left.metadata.name < right.metadata.name ? -1 : 1)
}

const withoutHash = (template: PodTemplate): PodTemplate => {
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata?.labels ?? {}
  const { metadata, ...rest } = template
  const { labels: _labels, ...others } = metadata ?? {}
  return { ...rest, metadata: { ...others, labels } }
}

/** The revision of a set; 0 for none. */
export const toRevision = ({ metadata }: KubeObject): number => Number(metadata.annotations?.[REVISION] ?? 0) || 0

/** The annotations that a set of the present template should have. `isNew`: it is about to be created. */
export const computeSetAnnotations = (
  deployment: Deployment,
  set: KubeObject,
  { revision, isNew }: { readonly revision: number; readonly isNew: boolean },
): Readonly<Record<string, string>> => {
  const before = set.metadata.annotations ?? {}
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !OWN_ANNOTATIONS.has(key))
  const own = toRevision(set)
  const isRenewed = own < revision
  const history = [...(before[HISTORY] ?? '').split(','), before[REVISION] ?? '']
    .filter((text) => text !== '')
    .join(',')
  return {
    ...before,
    ...Object.fromEntries(copied),
    ...(isRenewed ? { [REVISION]: String(revision) } : {}),
    ...(isRenewed && before[REVISION] !== undefined ? { [HISTORY]: history } : {}),
    ...(isNew ? toSizeAnnotations(deployment) : {}),
  }
}

/** The size of the Deployment, which its sets remember. */
export const toSizeAnnotations = (deployment: Deployment): Readonly<Record<string, string>> => ({
  [DESIRED]: String(toReplicas(deployment)),
  [MAXIMUM]: String(toReplicas(deployment) + toMaxSurge(deployment)),
})

/** How many pods the Deployment wanted when this set was last scaled. */
export const readDesired = ({ metadata }: KubeObject): number | undefined => readNumber(metadata.annotations?.[DESIRED])

const readNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined

/** The sum of the pods that sets want. */
export const countWanted = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + toReplicas(set), 0)

/** The sum of the pods that sets have available. */
export const countAvailable = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0)

/** How many pods the new set should want: as many as fit beside the others. */
export const computeNewSetSize = (deployment: Deployment, sets: readonly ReplicaSet[], own: number): number => {
  const replicas = toReplicas(deployment)
  if (!isRolling(deployment)) return replicas
  const total = countWanted(sets)
  const most = replicas + toMaxSurge(deployment)
  if (total >= most) return own
  return own + Math.min(most - total, replicas - own)
}

/** New sizes of sets that differ from theirs, by name. */
export type Sizes = ReadonlyMap<string, number>

/** The sizes that old sets can go down to now: first those whose pods are not available, then as many as may be missing. */
export const computeOldSetSizes = (
  deployment: Deployment,
  oldSets: readonly ReplicaSet[],
  newSet: ReplicaSet,
): Sizes => {
  const sizes = new Map(oldSets.map((set) => [set.metadata.name, toReplicas(set)]))
  const least = toReplicas(deployment) - toMaxUnavailable(deployment)
  const newMissing = toReplicas(newSet) - (newSet.status?.availableReplicas ?? 0)
  const spare = countWanted([...oldSets, newSet]) - least - newMissing
  if (spare <= 0) return new Map()
  const ordered = [...oldSets].sort(compareByCreation)
  let left = spare
  for (const set of ordered) {
    const missing = toReplicas(set) - (set.status?.availableReplicas ?? 0)
    const fewer = Math.max(0, Math.min(left, missing, toReplicas(set)))
    sizes.set(set.metadata.name, toReplicas(set) - fewer)
    left -= fewer
  }
  let more = countAvailable([...oldSets, newSet]) - least
  for (const set of ordered) {
    if (more <= 0) break
    const size = sizes.get(set.metadata.name) as number
    const fewer = Math.min(size, more)
    sizes.set(set.metadata.name, size - fewer)
    more -= fewer
  }
  return new Map(oldSets.map(({ metadata: { name } }) => [name, sizes.get(name) as number]))
}

/** The sizes of all sets after the Deployment was given another size amid a rollout: each gets its share. */
export const computeProportions = (deployment: Deployment, sets: readonly ReplicaSet[]): Sizes => {
  const replicas = toReplicas(deployment)
  const most = replicas > 0 ? replicas + toMaxSurge(deployment) : 0
  const toAdd = most - countWanted(sets)
  const ordered = [...sets].sort(
    (left, right) =>
      toReplicas(right) - toReplicas(left) ||
      (toAdd > 0 ? compareByCreation(right, left) : compareByCreation(left, right)),
  )
  let added = 0
  const sizes = new Map<string, number>()
  for (const set of ordered) {
    const own = toReplicas(set)
    const share = toAdd === 0 || toAdd === added || own === 0 ? 0 : computeShare(deployment, set, toAdd - added)
    sizes.set(set.metadata.name, own + share)
    added += share
  }
  const [largest] = ordered
  if (largest && toAdd !== 0) {
    const { name } = largest.metadata
    sizes.set(name, Math.max(0, (sizes.get(name) as number) + toAdd - added))
  }
  return sizes
}

const computeShare = (deployment: Deployment, set: ReplicaSet, allowed: number): number => {
  const own = toReplicas(set)
  const replicas = toReplicas(deployment)
  const before = readNumber(set.metadata.annotations?.[MAXIMUM]) || deployment.status?.replicas || 0
  const exact = before === 0 ? own : (own * (replicas + toMaxSurge(deployment))) / before
  const share = replicas === 0 ? -own : Math.round(exact) - own
  return allowed > 0 ? Math.min(share, allowed) : Math.max(share, allowed)
}
