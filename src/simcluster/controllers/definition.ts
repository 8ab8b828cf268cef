import { formatTime } from '../rest/scope.ts'
import { isTrue, mergeCondition } from './conditions.ts'
import { APISERVER, type Controller, itself, type Outcome } from './controller.ts'
import { computeDefinitionStatus, type Definition } from './definition-rules.ts'
import type { World } from './world.ts'

const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions'
const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io'
/** How often a definition that is being deleted looks whether its objects are gone. */
const LOOK_MS = 5_000

/** Establishes definitions, and deletes what they define before they go. */
export const DEFINITION: Controller = {
  name: 'crd-controller',
  agent: APISERVER,
  triggers: {
    [DEFINITIONS]: (change, world) => {
      // A name may be free now.
      const others = change.type === 'DELETED' ? listGroup(world, change.object as Definition) : []
      return [...itself(change), ...others.map(({ metadata }) => metadata.name)]
    },
  },
  reconcile: (key, world) => {
    const definition = world.get(DEFINITIONS, key) as Definition | undefined
    if (!definition) return undefined
    if (definition.metadata.deletionTimestamp) return cleanUp(world, definition)
    const status = computeDefinitionStatus(definition, listGroup(world, definition), world.now())
    return world.updateStatus(DEFINITIONS, definition, status)?.ok === false ? 'failed' : undefined
  },
}

const listGroup = (world: World, { metadata, spec }: Definition): readonly Definition[] =>
  (world.list(DEFINITIONS) as readonly Definition[]).filter(
    (other) => other.spec.group === spec.group && other.metadata.name !== metadata.name,
  )

const cleanUp = (world: World, definition: Definition): Outcome => {
  const { metadata, spec, status } = definition
  if (!metadata.finalizers?.includes(CLEANUP)) return undefined
  if (!isTrue(status?.conditions, 'Established'))
    return finish(world, definition, 'NeverEstablished', 'resource was never established')
  const resource = `${spec.group}/${spec.names.plural}`
  const keys = world.keys(resource)
  if (keys.length === 0) return finish(world, definition, 'InstanceDeletionCompleted', 'removed all instances')
  for (const namespace of new Set(keys.map((key) => key.slice(0, Math.max(0, key.indexOf('/'))))))
    world.deleteCollection(resource, namespace)
  if (world.keys(resource).length === 0) return cleanUp(world, definition)
  const told = tell(world, definition, 'True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress')
  world.wakeAfter(metadata.name, LOOK_MS)
  return world.updateStatus(DEFINITIONS, definition, told.status)?.ok === false ? 'failed' : undefined
}

const finish = (world: World, definition: Definition, reason: string, message: string): Outcome => {
  const told = tell(world, definition, 'False', reason, message)
  const finalizers = (definition.metadata.finalizers ?? []).filter((each) => each !== CLEANUP)
  const freed = { ...told, metadata: { ...told.metadata, finalizers } }
  return world.update(DEFINITIONS, freed, 'status').ok ? undefined : 'failed'
}

const tell = (world: World, definition: Definition, status: string, reason: string, message: string): Definition => {
  const condition = { type: 'Terminating', status, lastTransitionTime: formatTime(world.now()), reason, message }
  const conditions = mergeCondition(definition.status?.conditions ?? [], condition)
  return { ...definition, status: { ...definition.status, conditions } } as Definition
}
