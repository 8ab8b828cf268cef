import { type KubeObject, toGroup, toGroupKind } from './object.ts'
import { type Condition, listConditions, type StatusOptions, type StatusResult } from './object-status.ts'
import { STATUS_RULES } from './status-rules.ts'

/** Whether a live object has become what its spec says, by the rules of kstatus (cli-utils). Pure. */
export const computeStatus = (object: KubeObject | undefined, options: StatusOptions = {}): StatusResult => {
  if (!object) return { status: 'NotFound', message: 'it does not exist' }
  const conditions = listConditions(object)
  return (
    checkObserved(object) ??
    checkConditions(conditions) ??
    STATUS_RULES[toGroupKind({ group: toGroup(object.apiVersion), kind: object.kind })]?.(
      object,
      conditions,
      options,
    ) ??
    checkReady(conditions) ?? { status: 'Current', message: 'it exists' }
  )
}

/** What holds whatever the kind: it is being deleted, or its controller has not seen the latest generation. Pure. */
export const checkObserved = (object: KubeObject): StatusResult | undefined => {
  const { deletionTimestamp, finalizers = [], generation } = object.metadata
  if (deletionTimestamp !== undefined) {
    const held = finalizers.length > 0 ? `, held by ${finalizers.join(', ')}` : ''
    return { status: 'Terminating', message: `it is being deleted since ${deletionTimestamp}${held}` }
  }
  const observed = (object.status as { observedGeneration?: unknown } | undefined)?.observedGeneration
  if (typeof observed !== 'number' || generation === undefined || observed === generation) return undefined
  return { status: 'InProgress', message: `generation ${generation} is not observed yet, ${observed} is` }
}

const checkConditions = (conditions: readonly Condition[]): StatusResult | undefined => {
  const reconciling = conditions.find(({ type, status }) => type === 'Reconciling' && status === 'True')
  if (reconciling) return { status: 'InProgress', message: explain(reconciling) }
  const stalled = conditions.find(({ type, status }) => type === 'Stalled' && status === 'True')
  return stalled && { status: 'Failed', message: explain(stalled) }
}

const checkReady = (conditions: readonly Condition[]): StatusResult | undefined => {
  const ready = conditions.find(({ type }) => type === 'Ready')
  if (!ready) return undefined
  return { status: ready.status === 'True' ? 'Current' : 'InProgress', message: explain(ready) }
}

const explain = ({ type, status, reason, message }: Condition): string => message || reason || `${type} is ${status}`
