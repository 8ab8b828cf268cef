import type { KubeObject } from '../../kube/object.ts'
import { formatTime } from '../rest/scope.ts'
import { listUnavailable } from './api-service.ts'
import { type Controller, EVERY_RESOURCE, itself, type Outcome, toManagerAgent } from './controller.ts'
import type { ServedResource } from './served-resources.ts'
import type { Condition } from './shapes.ts'
import type { World } from './world.ts'

const NAME = 'namespace-controller'
const NAMESPACES = '/namespaces'
const PODS = '/pods'

/** Empties namespaces that are being deleted: pods first, then the rest; and lets them go. */
export const NAMESPACE: Controller = {
  name: NAME,
  agent: toManagerAgent(NAME),
  triggers: {
    [NAMESPACES]: itself,
    // What is in the way of the end may be gone now, or let go.
    [EVERY_RESOURCE]: ({ type, key }, world) => {
      const at = type === 'ADDED' ? -1 : key.indexOf('/')
      if (at <= 0) return []
      const namespace = key.slice(0, at)
      return world.isTerminating(namespace) ? [namespace] : []
    },
  },
  reconcile: (key, world) => {
    const namespace = world.get(NAMESPACES, key) as Namespace | undefined
    if (!namespace?.metadata.deletionTimestamp || !namespace.spec?.finalizers?.includes('kubernetes')) return undefined
    return empty(world, namespace)
  },
}

type Namespace = KubeObject & {
  readonly spec?: { readonly finalizers?: readonly string[] }
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] }
}

/** What is left of a namespace's content. */
export type Remains = {
  /** By `resource.group`. */
  readonly instances: ReadonlyMap<string, number>
  readonly finalizers: ReadonlyMap<string, number>
  /** Group versions that nobody answers for, so that nobody knows what is left of them. */
  readonly unknown: readonly string[]
  readonly failures: readonly string[]
}

const empty = (world: World, namespace: Namespace): Outcome => {
  const { name } = namespace.metadata
  const unknown = listUnavailable(world)
  const resources = world.resources().filter(({ namespaced, verbs }) => namespaced && verbs.includes('delete'))
  const failures: string[] = []
  const clear = ({ resource, plural, group }: ServedResource): readonly string[] => {
    const keys = world.keys(resource, `${name}/`)
    if (keys.some((key) => !world.get(resource, key)?.metadata.deletionTimestamp)) {
      const deleted = world.deleteCollection(resource, name)
      if (!deleted.ok) failures.push(`unexpected error deleting ${plural}.${group}: ${deleted.message}`)
    }
    return world.keys(resource, `${name}/`)
  }

  const pods = resources.filter(({ resource }) => resource === PODS).flatMap(clear)
  const instances = new Map<string, number>()
  const finalizers = new Map<string, number>()
  if (pods.length === 0) {
    for (const served of resources) {
      if (served.resource === PODS) continue
      const keys = clear(served)
      if (keys.length > 0) instances.set(`${served.plural}.${served.group}`, keys.length)
      for (const key of keys)
        for (const finalizer of world.get(served.resource, key)?.metadata.finalizers ?? [])
          finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1)
    }
  }
  const conditions = computeNamespaceConditions(
    namespace.status?.conditions ?? [],
    { instances, finalizers, unknown, failures },
    world.now(),
  )
  const written = world.updateStatus(NAMESPACES, namespace, { ...namespace.status, conditions })
  if (written?.ok === false || failures.length > 0) return 'failed'
  if (pods.length > 0 || instances.size > 0) return undefined
  // What cannot be discovered is asked for again: its backend may be back.
  if (unknown.length > 0) return 'failed'
  const emptied = world.get(NAMESPACES, name) as Namespace
  const others = (emptied.spec?.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes')
  const finalized = world.update(
    NAMESPACES,
    { ...emptied, spec: others.length > 0 ? { finalizers: others } : {} },
    'finalize',
  )
  return finalized.ok || finalized.code === 404 ? undefined : 'failed'
}

type Told = { readonly reason: string; readonly message: string }

/** Where nothing is in the way. */
const FINE: Readonly<Record<string, Told>> = {
  NamespaceDeletionDiscoveryFailure: {
    reason: 'ResourcesDiscovered',
    message: 'All resources successfully discovered',
  },
  NamespaceDeletionGroupVersionParsingFailure: {
    reason: 'ParsedGroupVersions',
    message: 'All legacy kube types successfully parsed',
  },
  NamespaceDeletionContentFailure: {
    reason: 'ContentDeleted',
    message: 'All content successfully deleted, may be waiting on finalization',
  },
  NamespaceContentRemaining: { reason: 'ContentRemoved', message: 'All content successfully removed' },
  NamespaceFinalizersRemaining: {
    reason: 'ContentHasNoFinalizers',
    message: 'All content-preserving finalizers finished',
  },
}

/** The conditions of a namespace that is being deleted. Pure. */
export const computeNamespaceConditions = (
  before: readonly Condition[],
  remains: Remains,
  now: Date,
): readonly Condition[] => {
  const problems = tellRemains(remains)
  const wished = Object.entries(FINE).map(([type, fine]): Condition => {
    const problem = problems[type]
    return { type, status: problem ? 'True' : 'False', lastTransitionTime: formatTime(now), ...(problem ?? fine) }
  })
  const kept = before.map((condition) => {
    const next = wished.find(({ type }) => type === condition.type)
    if (!next) return condition
    return next.status === condition.status ? { ...next, lastTransitionTime: condition.lastTransitionTime } : next
  })
  return [...kept, ...wished.filter(({ type }) => !before.some((condition) => condition.type === type))]
}

const tellRemains = ({ instances, finalizers, unknown, failures }: Remains): Readonly<Record<string, Told>> => {
  const groups = unknown.map((each) => `${each}: stale GroupVersion discovery: ${each}`).join(', ')
  const resources = [...instances].map(([name, count]) => `${name} has ${count} resource instances`).sort()
  const held = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`).sort()
  return {
    ...(unknown.length > 0
      ? {
          NamespaceDeletionDiscoveryFailure: {
            reason: 'DiscoveryFailed',
            message: `Discovery failed for some groups, ${unknown.length} failing: unable to retrieve the complete list of server APIs: ${groups}`,
          },
        }
      : {}),
    ...(failures.length > 0
      ? {
          NamespaceDeletionContentFailure: {
            reason: 'ContentDeletionFailed',
            message: `Failed to delete all resource types, ${failures.length} remaining: ${[...failures].sort().join(', ')}`,
          },
        }
      : {}),
    ...(resources.length > 0
      ? {
          NamespaceContentRemaining: {
            reason: 'SomeResourcesRemain',
            message: `Some resources are remaining: ${resources.join(', ')}`,
          },
        }
      : {}),
    ...(held.length > 0
      ? {
          NamespaceFinalizersRemaining: {
            reason: 'SomeFinalizersRemain',
            message: `Some content in the namespace has finalizers remaining: ${held.join(', ')}`,
          },
        }
      : {}),
  }
}
