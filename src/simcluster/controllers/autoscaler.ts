import type { KubeObject } from '../../kube/object.ts'
import { toGroup } from '../../kube/object.ts'
import { formatTime } from '../rest/scope.ts'
import { mergeCondition } from './conditions.ts'
import { type Controller, itself, type ObjectChange, type Outcome, toManagerAgent } from './controller.ts'
import { omitEmpty } from './omit-empty.ts'
import type { Condition } from './shapes.ts'
import { toObjectKey, type World } from './world.ts'

type Autoscaler = KubeObject & {
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string }
    readonly minReplicas?: number
    readonly maxReplicas: number
    readonly metrics?: readonly Metric[]
  }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly currentReplicas?: number
    readonly desiredReplicas?: number
    readonly lastScaleTime?: string
    readonly currentMetrics?: readonly object[] | null
  }
}
type Metric = {
  readonly type: string
  readonly resource?: { readonly name: string; readonly target?: { readonly type?: string } }
  readonly containerResource?: { readonly name: string; readonly target?: { readonly type?: string } }
}

const NAME = 'horizontal-pod-autoscaler'
const AUTOSCALERS = 'autoscaling/horizontalpodautoscalers'

const toScalers = ({ type, object, previous }: ObjectChange, world: World): readonly string[] =>
  type === 'MODIFIED' && object.spec === previous?.spec
    ? []
    : (world.listIn(AUTOSCALERS, object.metadata.namespace as string) as readonly Autoscaler[])
        .filter(
          ({ spec: { scaleTargetRef } }) =>
            scaleTargetRef.kind === object.kind && scaleTargetRef.name === object.metadata.name,
        )
        .map(toObjectKey)

/** Keeps targets within the bounds of their autoscalers. No cluster of ours measures anything, and that is what it says. */
export const AUTOSCALER: Controller = {
  name: NAME,
  agent: toManagerAgent(NAME),
  triggers: {
    [AUTOSCALERS]: itself,
    'apps/deployments': toScalers,
    'apps/statefulsets': toScalers,
    'apps/replicasets': toScalers,
  },
  reconcile: (key, world) => {
    const scaler = world.get(AUTOSCALERS, key) as Autoscaler | undefined
    return scaler && !scaler.metadata.deletionTimestamp ? sync(world, scaler) : undefined
  },
}

const sync = (world: World, scaler: Autoscaler): Outcome => {
  const { spec, status = {} } = scaler
  let conditions = status.conditions ?? []
  const tell = (type: string, state: 'True' | 'False', reason: string, message: string): void => {
    const lastTransitionTime = formatTime(world.now())
    conditions = mergeCondition(conditions, { type, status: state, lastTransitionTime, reason, message })
  }
  const write = (changed: Autoscaler['status']): Outcome => {
    const { currentMetrics = null, desiredReplicas = 0, ...others } = { ...status, ...changed }
    const next = { currentMetrics, desiredReplicas, ...omitEmpty({ ...others, conditions }) }
    return world.updateStatus(AUTOSCALERS, scaler, next)?.ok === false ? 'failed' : undefined
  }

  const target = findTarget(world, scaler)
  if ('problem' in target) {
    const message = `the HPA controller was unable to get the target's current scale: ${target.problem}`
    tell('AbleToScale', 'False', 'FailedGetScale', message)
    return write({})
  }
  tell('AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale")
  const { replicas, resource, key } = target
  if (replicas === 0) {
    tell(
      'ScalingActive',
      'False',
      'ScalingDisabled',
      'scaling is disabled since the replica count of the target is zero',
    )
    return write({ currentReplicas: 0, desiredReplicas: 0, currentMetrics: null })
  }
  const wanted = Math.min(Math.max(replicas, spec.minReplicas ?? 1), spec.maxReplicas)
  if (wanted === replicas) {
    const [metric] = spec.metrics ?? []
    if (metric) {
      const { reason, message } = tellUnmeasured(metric)
      tell('ScalingActive', 'False', reason, `the HPA was unable to compute the replica count: ${message}`)
    }
    return write({ currentReplicas: replicas, currentMetrics: (spec.metrics ?? []).map(() => ({ type: '' })) })
  }
  const scaled = world.patch(resource, key, {
    type: 'merge',
    subresource: 'scale',
    body: { spec: { replicas: wanted } },
  })
  if (!scaled.ok) {
    const message = `the HPA controller was unable to update the target scale: ${scaled.message}`
    tell('AbleToScale', 'False', 'FailedUpdateScale', message)
    write({ currentReplicas: replicas })
    return 'failed'
  }
  const message = `the HPA controller was able to update the target scale to ${wanted}`
  tell('AbleToScale', 'True', 'SucceededRescale', message)
  return write({ currentReplicas: replicas, desiredReplicas: wanted, lastScaleTime: formatTime(world.now()) })
}

type Target = { readonly resource: string; readonly key: string; readonly replicas: number }

const findTarget = (world: World, { spec, metadata }: Autoscaler): Target | { readonly problem: string } => {
  const { apiVersion = '', kind, name } = spec.scaleTargetRef
  const group = toGroup(apiVersion)
  const served = world.resources().find((each) => each.group === group && each.kind === kind)
  if (!served) return { problem: `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}` }
  const key = `${metadata.namespace}/${name}`
  const object = world.get(served.resource, key)
  const named = group === '' ? served.plural : `${served.plural}.${group}`
  if (!object) return { problem: `${named} ${JSON.stringify(name)} not found` }
  return { resource: served.resource, key, replicas: (object.spec as { replicas?: number } | undefined)?.replicas ?? 1 }
}

const UNMEASURED = 'unable to fetch metrics from resource metrics API: the server could not find the requested resource'

const tellUnmeasured = ({ type, resource, containerResource }: Metric): { reason: string; message: string } => {
  const measured = resource ?? containerResource
  if (!measured) return { reason: `FailedGet${type}Metric`, message: `no metrics API serves metrics of type ${type}` }
  const what = `${measured.name} ${measured.target?.type === 'Utilization' ? 'utilization' : 'usage'}`
  return {
    reason: `FailedGet${type}Metric`,
    message: `failed to get ${what}: unable to get metrics for resource ${measured.name}: ${UNMEASURED} (get pods.metrics.k8s.io)`,
  }
}
