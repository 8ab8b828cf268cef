import type { KeyObject } from 'node:crypto'
import { signCheckpoint } from '../audit/checkpoint.ts'
import type { AuditEvent } from '../audit/record.ts'
import type { Clock } from '../base/clock.ts'
import { toError } from '../base/errors.ts'
import type { Finding } from '../drift/report.ts'
import { raiseSeverity } from '../drift/severity.ts'
import type { ReconcileEvent } from '../enforce/events.ts'
import type { ReconcileDeps } from '../enforce/reconcile-cluster.ts'
import { formatRef, toRefKey } from '../kube/object.ts'
import { listWritten } from '../plan/plan.ts'
import type { StoredFinding } from '../store/findings.ts'
import type { Store, StoreParts } from '../store/store.ts'
import type { Measure } from './metrics.ts'

/** A fight counts so long after the last time that it was left alone. */
const FOUGHT_MS = 900_000

/** Written with one wait for the disk at most, so that whoever reads does not wait long. */
const TOGETHER = 64

/** What was found is written with the beginning of its healing, which comes at once where it comes. */
const FOUND_MS = 2

type Found = Awaited<ReturnType<Store['saveFound']>>

/** What waits to be written, and whoever waits for it. */
type Waiting = {
  readonly run: (store: StoreParts) => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
  readonly since: number
}

/** What of a cluster's events is remembered. */
export type RecorderDeps = {
  readonly store: Store
  readonly clock: Clock
  /** Who acts: `hub/NAME`. */
  readonly actor: string
  readonly key: KeyObject
  readonly measure: Measure
  readonly revisionOf: (cluster: string) => string
  readonly onFindings: (found: {
    readonly opened: readonly StoredFinding[]
    readonly closed: readonly StoredFinding[]
  }) => void
  readonly onError: (error: Error) => void
}

/** Writes down what happens. */
export type Recorder = AsyncDisposable & {
  readonly emit: (event: ReconcileEvent) => void
  readonly beforeWrite: NonNullable<ReconcileDeps['beforeWrite']>
  readonly append: (event: Pick<AuditEvent, 'type' | 'subject' | 'data'> & Partial<AuditEvent>) => Promise<void>
  /** What waits to be written. */
  readonly waiting: () => number
  /** Signs the end of the trail, where it grew. */
  readonly checkpoint: () => Promise<void>
}

/**
 * Turns the event stream into findings, changes and audit records. What is found is written down in the order in which it
 * was found, and before anything is done about it.
 */
export const createRecorder = (deps: RecorderDeps): Recorder => {
  const { store, clock, actor } = deps
  const waiting: Waiting[] = []
  let isDraining = false
  let drained: Promise<void> = Promise.resolve()
  let signed = 0
  /** Fields that two writers fight over: what is found of them is worse than it looks, for a while. */
  const fought = new Map<string, { readonly until: number; readonly note: string }>()
  const changing = new Set<{ readonly cluster: string; readonly keys: ReadonlySet<string> }>()
  const now = (): string => clock.now().toISOString()

  /** One after another: a finding is opened before it is closed. What waits meanwhile is written with one wait for the disk. */
  const enqueue = <Result>(run: (store: StoreParts) => Promise<Result>, patienceMs = 0): Promise<Result> => {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    waiting.push({ run, resolve: resolve as Waiting['resolve'], reject, since: clock.now().getTime() })
    if (patienceMs === 0) start()
    else void clock.sleep(patienceMs).then(start)
    return promise
  }
  const start = (): void => {
    if (!isDraining) drained = drain()
  }
  const drain = async (): Promise<void> => {
    isDraining = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, TOGETHER)
      const settled = await writeTogether(batch)
      waiting.splice(0, batch.length)
      for (const [at, { resolve, reject, since }] of batch.entries()) {
        const result = settled[at] as PromiseSettledResult<unknown>
        deps.measure.stored(clock.now().getTime() - since)
        if (result.status === 'fulfilled') resolve(result.value)
        else {
          deps.onError(toError(result.reason))
          reject(result.reason)
        }
      }
    }
    isDraining = false
  }
  const writeTogether = async (batch: readonly Waiting[]): Promise<readonly PromiseSettledResult<unknown>[]> => {
    try {
      return await store.together(batch.map(({ run }) => run))
    } catch (reason) {
      return batch.map(() => ({ status: 'rejected', reason }))
    }
  }
  const quietly = (run: (store: StoreParts) => Promise<void>): void => {
    void enqueue(run).catch(() => undefined)
  }

  /** What is being changed on a cluster now. */
  const listBusy = (cluster: string): ReadonlySet<string> =>
    new Set([...changing].flatMap((one) => (one.cluster === cluster ? [...one.keys] : [])))

  const saveFound = (
    store: StoreParts,
    event: Extract<ReconcileEvent, { type: 'found' }>,
    busy: ReadonlySet<string>,
  ): Promise<Found> => {
    const { cluster, findings, only } = event
    const moment = clock.now().getTime()
    const told = findings.map((finding): Finding => {
      const fight = fought.get(toFoughtKey(finding))
      if (!fight || fight.until < moment) return finding
      return { ...finding, severity: raiseSeverity(finding.severity), note: fight.note }
    })
    const found = {
      cluster,
      findings: told,
      busy,
      time: now(),
      revision: deps.revisionOf(cluster),
      ...(only ? { only } : {}),
    }
    return store.saveFound(found)
  }

  const saveFight = async (
    store: StoreParts,
    { cluster, fight }: Extract<ReconcileEvent, { type: 'fight' }>,
  ): Promise<void> => {
    const { finding, heals, waitMs } = fight
    const { object, field, component, owner, manager = 'unknown' } = finding
    const data = {
      object,
      component,
      ...(owner === undefined ? {} : { owner }),
      ...(field === undefined ? {} : { field }),
      managers: ['lockstep', manager],
      heals,
      waitSeconds: Math.round(waitMs / 1_000),
    }
    await store.appendAudit([
      { time: now(), type: 'fight.found', actor: manager, subject: formatRef(object), cluster, data },
    ])
    fought.set(toFoughtKey(finding), {
      until: clock.now().getTime() + waitMs + FOUGHT_MS,
      note: `lockstep and ${manager} write it in turn: undone ${heals} times in two minutes, then left alone for ${data.waitSeconds} s`,
    })
  }

  /** Once, also when the hub was started again since. */
  const saveBypass = async (
    store: StoreParts,
    { cluster, bypass }: Extract<ReconcileEvent, { type: 'bypassed' }>,
  ): Promise<void> => {
    const type = 'sync.bypassed'
    const known = await store.listAudit({ cluster, type })
    if (known.some(({ data }) => data.time === bypass.time)) return
    await store.appendAudit([{ time: now(), type, actor: bypass.by, subject: cluster, cluster, data: bypass }])
  }

  return {
    emit: (event) => {
      if (event.type === 'found') {
        // As of now: the change that is to heal it comes before it is written.
        const busy = listBusy(event.cluster)
        void enqueue((tx) => saveFound(tx, event, busy), FOUND_MS).then(deps.onFindings, () => undefined)
      }
      if (event.type === 'bypassed') quietly((tx) => saveBypass(tx, event))
      if (event.type === 'fight') quietly((tx) => saveFight(tx, event))
    },
    beforeWrite: async (plan) => {
      const change = { cluster: plan.cluster, keys: listWritten(plan) }
      changing.add(change)
      const id = await enqueue((tx) => tx.startChange(plan, { actor, time: now() })).catch((error: unknown) => {
        changing.delete(change)
        throw error
      })
      return async ({ outcomes, error }) => {
        const end = { outcomes, actor, time: now(), ...(error ? { error } : {}) }
        // Whatever is found after it may be closed again, in the same transaction too.
        const closed = await enqueue((tx) => tx.endChange(id, end).finally(() => changing.delete(change)))
        for (const { firstSeen, closed: gone } of closed)
          deps.measure.healed(Date.parse(gone as string) - Date.parse(firstSeen))
        deps.onFindings({ opened: [], closed })
      }
    },
    append: async (event) => {
      await enqueue((tx) => tx.appendAudit([{ time: now(), actor, ...event }]))
    },
    waiting: () => waiting.length,
    checkpoint: () =>
      enqueue(async (tx) => {
        const head = await tx.readHead()
        if (!head || head.seq === signed) return
        await tx.saveCheckpoint(signCheckpoint(head, now(), deps.key))
        signed = head.seq
      }),
    [Symbol.asyncDispose]: () => {
      start()
      return drained
    },
  }
}

const toFoughtKey = ({ cluster, object, field }: Finding): string => `${cluster} ${toRefKey(object)} ${field ?? ''}`
