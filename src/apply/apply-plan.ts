import { isLockstepError } from '../base/errors.ts'
import { mapLimited } from '../base/limit.ts'
import type { Discovery, KubeClient } from '../kube/client.ts'
import { type KubeObject, type ObjectRef, toGroupKind, toRefKey } from '../kube/object.ts'
import type { Plan, PlannedComponent, PlannedObject } from '../plan/plan.ts'
import { STAGES, type Stage } from '../plan/stages.ts'
import { type ApplyContext, applyObject, toOutcome } from './apply-object.ts'
import type { AppliedObject, Health, ObjectOutcome } from './change-set.ts'
import { deleteObject } from './delete-object.ts'
import { type WaitResult, type WaitTarget, waitForObjects } from './wait.ts'
import { waitForKinds } from './wait-for-kinds.ts'

/** What applying a component needs. */
export type ComponentContext = ApplyContext & {
  readonly waitMs: number
  readonly computeHealth: (object: KubeObject) => WaitResult
  /** Objects that were not Current when last looked at, waited for again. */
  readonly unready: readonly WaitTarget[]
  /** Runs the component's hooks before or after its objects are applied. Rejects when one fails. */
  readonly runHooks: (when: 'pre' | 'post') => Promise<void>
}

/** What {@link applyPlan} tells while it works. */
export type ApplyEvent =
  | { readonly type: 'objectDone'; readonly outcome: ObjectOutcome }
  | { readonly type: 'waiting'; readonly component: string; readonly pending: readonly ObjectRef[] }
  | { readonly type: 'hookFailed'; readonly component: string; readonly error: Error }
  | { readonly type: 'componentDone'; readonly component: string; readonly ready: boolean }

/** What applying a plan needs of the world. */
export type ApplyPlanDeps = {
  readonly contextOf: (component: string) => ComponentContext
  readonly client: KubeClient
  /** Stores what was done to a component; called before waiting and after pruning. */
  readonly record: (component: string, applied: readonly AppliedObject[]) => Promise<void>
  readonly emit: (event: ApplyEvent) => void
}

const CONCURRENCY = 32
/** A definition may have 600 kB, which the server answers with, and digests one after another. */
const DEFINITION_CONCURRENCY = 4
/** At least, also where a component does not wait: a server under load takes its time to serve a new kind. */
const DEFINITION_WAIT_MS = 60_000
const DEFINITION = 'apiextensions.k8s.io/CustomResourceDefinition'

/**
 * Carries a plan out. Components wait for those they depend on and for nobody else; within a component, stage by stage;
 * within a stage, in parallel. A failure keeps back only what needs the failed object: a namespace's objects, a
 * definition's instances, dependent components. What Git dropped is deleted last, and only where all else went well.
 */
export const applyPlan = async (
  plan: Plan,
  deps: ApplyPlanDeps,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ObjectOutcome[]> => {
  const run = createRun(plan, deps, options.signal)
  const roots = plan.components.filter(
    ({ dependsOn }) => !dependsOn.some((name) => plan.components.some((other) => other.name === name)),
  )
  // Definitions of all that waits for nobody come first: a component may hold instances of a kind another one defines.
  await Promise.all(roots.map((component) => run.stage(component, 'definitions')))
  const finished = new Map<string, Promise<boolean>>()
  const finish = (component: PlannedComponent): Promise<boolean> => {
    const known = finished.get(component.name)
    if (known !== undefined) return known
    const dependencies = plan.components.filter(({ name }) => component.dependsOn.includes(name))
    const done = Promise.all(dependencies.map(finish)).then((ready) =>
      run.component(
        component,
        dependencies.filter((_, at) => !ready[at]).map(({ name }) => name),
      ),
    )
    finished.set(component.name, done)
    return done
  }
  await Promise.all(plan.components.map(finish))
  for (const stage of STAGES.toReversed())
    await Promise.all(plan.components.map((component) => run.prune(component, stage)))
  return run.outcomes
}

type Run = {
  readonly outcomes: ObjectOutcome[]
  readonly stage: (component: PlannedComponent, stage: Stage) => Promise<void>
  readonly component: (component: PlannedComponent, unready: readonly string[]) => Promise<boolean>
  readonly prune: (component: PlannedComponent, stage: Stage) => Promise<void>
}

const createRun = (plan: Plan, deps: ApplyPlanDeps, signal: AbortSignal | undefined): Run => {
  const outcomes: ObjectOutcome[] = []
  const applied = new Map<string, AppliedObject[]>(plan.components.map(({ name }) => [name, []]))
  const doneStages = new Set<string>()
  const failedNamespaces = new Map<string, string>()
  const failedKinds = new Map<string, string>()
  const failedComponents = new Set<string>()
  let discovery: Promise<Discovery> | undefined

  const finish = (result: AppliedObject): void => {
    const { outcome } = result
    applied.get(outcome.component)?.push(result)
    outcomes.push(outcome)
    if (outcome.actuation === 'failed') failedComponents.add(outcome.component)
    deps.emit({ type: 'objectDone', outcome })
  }

  const findBlocker = (object: PlannedObject): string | undefined =>
    failedNamespaces.get(object.ref.namespace ?? '') ?? failedKinds.get(toGroupKind(object.ref))

  const applyOne = async (planned: PlannedObject): Promise<void> => {
    signal?.throwIfAborted()
    const context = deps.contextOf(planned.component)
    let object = planned
    // The kind was not served when the plan was made, and its definition may have been applied since.
    if (object.skip?.reason === 'unserved' && !object.resource && doneStages.size > 0) {
      discovery ??= deps.client.discover({ refresh: true, ...(signal ? { signal } : {}) })
      if ((await discovery).find(object.ref.group, object.ref.kind)) object = await context.replan(object)
    }
    const blocker = findBlocker(object)
    if (blocker !== undefined) {
      const { reason: _, ...rest } = object
      const skip = { reason: 'dependency' as const, message: blocker }
      failedComponents.add(object.component)
      finish({ outcome: toOutcome({ ...rest, action: 'skip', skip }, 'skipped') })
    } else if (object.action === 'create' || object.action === 'configure') {
      const result = await applyObject(object, context)
      finish(result)
      if (result.outcome.actuation === 'failed')
        noteFailure(object, result.outcome.error?.message ?? 'it could not be applied')
    } else if (object.action !== 'delete')
      finish({ outcome: toOutcome(object, object.action === 'unchanged' ? 'done' : 'skipped') })
  }

  const noteFailure = (object: PlannedObject, message: string): void => {
    const kind = toGroupKind(object.ref)
    if (kind === 'Namespace') failedNamespaces.set(object.ref.name, `namespace ${object.ref.name}: ${message}`)
    if (kind === DEFINITION) {
      const { group, names } = object.desired!.manifest.spec as { group: string; names: { kind: string } }
      failedKinds.set(`${group}/${names.kind}`, `its definition: ${message}`)
    }
  }

  const runStage = async (component: PlannedComponent, stage: Stage): Promise<void> => {
    const id = `${component.name} ${stage}`
    if (doneStages.has(id)) return
    doneStages.add(id)
    const objects = component.objects.filter((object) => object.stage === stage)
    await mapLimited(objects, stage === 'definitions' ? DEFINITION_CONCURRENCY : CONCURRENCY, applyOne)
    if (stage === 'definitions') await waitForDefinitions(component)
  }

  const waitForDefinitions = async (component: PlannedComponent): Promise<void> => {
    const written = objectsWritten(component, applied.get(component.name) ?? []).filter(
      ({ stage, ref }) => stage === 'definitions' && toGroupKind(ref) === DEFINITION,
    )
    if (written.length === 0) return
    const context = deps.contextOf(component.name)
    const unserved = await waitForKinds(written, context, {
      timeoutMs: Math.max(DEFINITION_WAIT_MS, context.waitMs),
      ...(signal ? { signal } : {}),
    })
    discovery = undefined
    for (const object of written) {
      const reason = unserved.get(toRefKey(object.ref))
      if (reason !== undefined) noteFailure(object, reason)
    }
  }

  const runComponent = async (component: PlannedComponent, unready: readonly string[]): Promise<boolean> => {
    if (unready.length > 0) {
      failedComponents.add(component.name)
      for (const object of component.objects.filter(isWrite)) {
        const { reason: _, ...rest } = object
        const skip = { reason: 'dependency' as const, message: `component ${unready.join(', ')} is not ready` }
        finish({ outcome: toOutcome({ ...rest, action: 'skip', skip }, 'skipped') })
      }
      deps.emit({ type: 'componentDone', component: component.name, ready: false })
      return false
    }
    await runStage(component, 'definitions')
    const isChanged = component.objects.some(isWrite)
    if (isChanged && !(await runHooks(component, 'pre'))) {
      await deps.record(component.name, applied.get(component.name) ?? [])
      deps.emit({ type: 'componentDone', component: component.name, ready: false })
      return false
    }
    for (const stage of STAGES) await runStage(component, stage)
    await deps.record(component.name, applied.get(component.name) ?? [])
    const ready = (await waitForComponent(component)) && (!isChanged || (await runHooks(component, 'post')))
    deps.emit({ type: 'componentDone', component: component.name, ready })
    return ready && !failedComponents.has(component.name)
  }

  const runHooks = async (component: PlannedComponent, when: 'pre' | 'post'): Promise<boolean> => {
    try {
      await deps.contextOf(component.name).runHooks(when)
      return true
    } catch (error) {
      if (signal?.aborted || !isLockstepError(error)) throw error
      failedComponents.add(component.name)
      deps.emit({ type: 'hookFailed', component: component.name, error })
      return false
    }
  }

  const waitForComponent = async (component: PlannedComponent): Promise<boolean> => {
    const context = deps.contextOf(component.name)
    const written = objectsWritten(component, applied.get(component.name) ?? [])
    const targets = [...written.map(({ ref, resource }) => ({ ref, resource: resource! })), ...context.unready]
    if (targets.length === 0 || context.waitMs === 0) return true
    const onProgress = (pending: readonly ObjectRef[]): void =>
      deps.emit({ type: 'waiting', component: component.name, pending })
    const results = await waitForObjects(
      targets,
      { ...context, onProgress },
      { timeoutMs: context.waitMs, ...(signal ? { signal } : {}) },
    )
    outcomes.forEach((outcome, at) => {
      const result = outcome.component === component.name ? results.get(toRefKey(outcome.ref)) : undefined
      if (result)
        outcomes[at] = {
          ...outcome,
          status: result.status,
          ...(result.status === 'Current' ? {} : { statusMessage: result.message }),
        }
    })
    const isReady = [...results.values()].every(({ status }: { status: Health }) => status === 'Current')
    await deps.record(component.name, noteReadiness(component, applied.get(component.name) ?? [], results))
    return isReady
  }

  const prune = async (component: PlannedComponent, stage: Stage): Promise<void> => {
    const objects = component.objects.filter((object) => object.action === 'delete' && object.stage === stage)
    if (objects.length === 0) return
    const context = {
      client: deps.contextOf(component.name).client,
      discovery: await deps.client.discover(),
      ...(signal ? { signal } : {}),
    }
    const results = await mapLimited(objects, CONCURRENCY, async (object): Promise<AppliedObject> => {
      signal?.throwIfAborted()
      if (!failedComponents.has(component.name)) return deleteObject(object, context)
      const { reason: _, ...rest } = object
      const skip = { reason: 'dependency' as const, message: 'not everything of its component could be applied' }
      return { outcome: toOutcome({ ...rest, action: 'skip', skip }, 'skipped') }
    })
    results.forEach(finish)
    await deps.record(component.name, results)
  }

  return { outcomes, stage: runStage, component: runComponent, prune }
}

const isWrite = ({ action }: PlannedObject): boolean => action === 'create' || action === 'configure'

const objectsWritten = (component: PlannedComponent, applied: readonly AppliedObject[]): PlannedObject[] => {
  const done = new Map(
    applied
      .filter(
        ({ outcome }) =>
          outcome.actuation === 'done' && (outcome.action === 'create' || outcome.action === 'configure'),
      )
      .map(({ outcome }) => [toRefKey(outcome.ref), outcome]),
  )
  return component.objects.filter(({ ref, resource }) => resource !== undefined && done.has(toRefKey(ref)))
}

/** Notes in the inventory what was not Current when the waiting ended, and takes the note away from what is by now. */
const noteReadiness = (
  component: PlannedComponent,
  applied: readonly AppliedObject[],
  results: ReadonlyMap<string, WaitResult>,
): AppliedObject[] => {
  const planned = new Map(component.objects.map((object) => [toRefKey(object.ref), object]))
  return applied.flatMap(({ outcome, entry }) => {
    const key = toRefKey(outcome.ref)
    const status = results.get(key)?.status
    const known = entry ?? planned.get(key)?.entry
    const isUnready = status !== 'Current'
    if (status === undefined || !known || (known.unready === true) === isUnready) return []
    const { unready: _, ...ready } = known
    return [{ outcome, entry: isUnready ? { ...ready, unready: true } : ready }]
  })
}
