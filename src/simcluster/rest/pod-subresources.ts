import type { KubeObject } from '../../kube/object.ts'
import type { ApiResponse } from '../api.ts'
import { StatusFailure } from '../status-failure.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { readWanted } from './answer-form.ts'
import { parseBody } from './body.ts'
import { deleteObject } from './delete-object.ts'
import { createBadRequest, createConflict, createMethodNotAllowed, createNotFound } from './failures.ts'
import { parseLabelSelector } from './label-selector.ts'
import { readWriteOptions } from './options.ts'
import { respondJson, respondText, toWarningHeaders } from './respond.ts'
import { formatTime, readStored, type Scope, toApiVersion, toRequestKey } from './scope.ts'
import { toSelectorText } from './selector-text.ts'
import { withMetadata } from './write-object.ts'

type Pod = KubeObject & {
  readonly spec: { readonly nodeName?: string; readonly schedulingGates?: readonly unknown[] }
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] }
}
type Condition = Readonly<Record<string, unknown>> & { readonly type: string }

/** POST `binding`: the Pod gets its node. */
export const bindPod = (scope: Scope): ApiResponse => {
  const { info, request, type } = scope
  if (info.verb !== 'create') throw createMethodNotAllowed()
  const { dryRun } = readWriteOptions(request.query, 'CreateOptions')
  const binding = parseBody(request.body, request.headers['content-type']) as {
    readonly metadata?: KubeObject['metadata']
    readonly target?: { readonly name?: string }
  }
  if (binding.metadata?.name !== info.name) throw createBadRequest('name in URL does not match name in Binding object')
  const { stored, pod } = readPod(scope)
  const refuse = (why: string): Error => createConflict(type, pod.metadata.name, why)
  if (binding.metadata?.uid && binding.metadata.uid !== pod.metadata.uid) throw refuse('Precondition failed: UID')
  if (pod.metadata.deletionTimestamp) throw refuse(`pod ${info.name} is being deleted, cannot be assigned to a host`)
  if (pod.spec.nodeName)
    throw refuse(`pod ${info.name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`)
  if (pod.spec.schedulingGates?.length) throw refuse(`pod ${info.name} has non-empty .spec.schedulingGates`)
  const { annotations, labels } = binding.metadata ?? {}
  const placed = withMetadata(pod, {
    ...(annotations ? { annotations: { ...pod.metadata.annotations, ...annotations } } : {}),
    ...(labels ? { labels: { ...pod.metadata.labels, ...labels } } : {}),
  })
  const bound = withCondition(
    { ...placed, spec: { ...pod.spec, nodeName: binding.target?.name ?? '' } },
    { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: formatTime(scope.now) },
  )
  if (!dryRun) save(scope, stored, bound)
  return respondSuccess(scope)
}

/** POST `eviction`: the Pod is deleted unless a disruption budget is against it. */
export const evictPod = (scope: Scope): ApiResponse => {
  const { info, request } = scope
  if (info.verb !== 'create') throw createMethodNotAllowed()
  const { dryRun } = readWriteOptions(request.query, 'CreateOptions')
  const eviction = parseBody(request.body, request.headers['content-type']) as {
    readonly metadata?: { readonly name?: string }
    readonly deleteOptions?: {
      readonly gracePeriodSeconds?: number
      readonly propagationPolicy?: string
      readonly dryRun?: readonly string[]
      readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
    }
  }
  if (eviction.metadata?.name !== info.name)
    throw createBadRequest('name in URL does not match name in Eviction object')
  const { stored, pod } = readPod(scope)
  const options = eviction.deleteOptions
  const isDry = dryRun || (options?.dryRun?.length ?? 0) > 0
  if (isGuarded(pod)) {
    spendBudget(scope, pod, isDry)
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: formatTime(scope.now),
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
    }
    if (!isDry) save(scope, stored, withCondition(pod, condition))
  }
  deleteObject(scope, info.name as string, {
    dryRun: isDry,
    gracePeriodSeconds: options?.gracePeriodSeconds,
    uid: options?.preconditions?.uid,
    resourceVersion: undefined,
    orphanDependents: undefined,
    propagationPolicy: options?.propagationPolicy,
  })
  return respondSuccess(scope)
}

/** GET `log`: nobody runs here, so nobody has said anything. */
export const readPodLog = (scope: Scope): ApiResponse => {
  if (scope.info.verb !== 'get') throw createMethodNotAllowed()
  readPod(scope)
  return respondText(200, '')
}

const readPod = (scope: Scope): { readonly stored: StoredObject; readonly pod: Pod } => {
  const name = scope.info.name as string
  const stored = scope.backend.store.get(scope.resource, toRequestKey(scope, name))
  if (!stored) throw createNotFound(scope.type, name)
  return { stored, pod: readStored(scope, stored) as Pod }
}

const save = ({ backend, resource, type }: Scope, stored: StoredObject, object: KubeObject): void => {
  backend.store.update(resource, { apiVersion: toApiVersion(type), kind: type.kind }, stored, object)
}

const withCondition = (pod: Pod, condition: Condition): KubeObject => {
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== condition.type)
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } }
}

const isGuarded = ({ metadata, status }: Pod): boolean =>
  !metadata.deletionTimestamp && !['Succeeded', 'Failed', 'Pending'].includes(status?.phase ?? 'Pending')

type Budget = KubeObject & {
  readonly spec: { readonly selector?: unknown }
  readonly status?: {
    readonly observedGeneration?: number
    readonly disruptionsAllowed?: number
    readonly desiredHealthy?: number
    readonly currentHealthy?: number
    readonly disruptedPods?: Readonly<Record<string, string>>
  }
}
const BUDGETS = 'policy/poddisruptionbudgets'

/** Takes one disruption of the budget that the Pod is under; 429 where there is none left. */
const spendBudget = ({ backend, info, now }: Scope, pod: Pod, isDry: boolean): void => {
  const { store } = backend
  const budgets = (store.list(BUDGETS, `${info.namespace}/`) ?? [])
    .map((stored) => ({ stored, budget: store.read(stored) as Budget }))
    .filter(({ budget }) => selects(budget.spec.selector, pod.metadata.labels ?? {}))
  const [first, second] = budgets
  if (!first) return
  if (second)
    throw new StatusFailure(
      500,
      '',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    )
  const { stored, budget } = first
  const { observedGeneration = 0, disruptionsAllowed = 0, desiredHealthy = 0, currentHealthy = 0 } = budget.status ?? {}
  const { name, generation = 0 } = budget.metadata
  if (observedGeneration < generation)
    throw createBudgetFailure(`The disruption budget ${name} is still being processed by the server.`, 10)
  if (disruptionsAllowed <= 0) {
    const why = `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
    throw createBudgetFailure(why)
  }
  if (isDry) return
  const disruptedPods = { ...budget.status?.disruptedPods, [pod.metadata.name]: formatTime(now) }
  const status = { ...budget.status, disruptionsAllowed: disruptionsAllowed - 1, disruptedPods }
  store.update(BUDGETS, stored.type, stored, { ...budget, status })
}

const selects = (selector: unknown, labels: Readonly<Record<string, string>>): boolean => {
  if (selector === undefined || selector === null) return false
  return parseLabelSelector(toSelectorText(selector))?.(labels) ?? true
}

const createBudgetFailure = (message: string, retryAfterSeconds?: number): StatusFailure =>
  new StatusFailure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })

const respondSuccess = (scope: Scope): ApiResponse => {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
  return respondJson(201, JSON.stringify(status), readWanted(scope.request), toWarningHeaders(scope.warnings))
}
