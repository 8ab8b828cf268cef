import type { AuditRecord } from '../audit/record.ts'
import type { Clock } from '../base/clock.ts'
import { toError } from '../base/errors.ts'
import { parseMatchers } from '../fleet/alert-matcher.ts'
import type { ResolvedAlertPolicy } from '../fleet/alert-policy.ts'
import type { Severity } from '../fleet/severity.ts'
import { toSeverity } from './alert.ts'
import { toAlertInput } from './alert-input.ts'
import { type AlertState, createAlertState } from './alert-state.ts'
import { CONDITION_NAMES, type ConditionFinder, createConditionFinder, type HubFacts } from './conditions.ts'
import type { AlertContext, OpenedFinding } from './finding-alert.ts'
import type { AlertStore } from './outbox.ts'
import { type ActiveSilence, listPolicySilences, type Silence } from './silence.ts'

/** What the fleet says of alerts, at the revision that the hub enforces. */
export type AlertFleet = { readonly context: AlertContext; readonly policies: readonly ResolvedAlertPolicy[] }

/** The world of alerting. */
export type AlertingDeps = {
  readonly store: Pick<AlertStore, 'loadAlerting' | 'saveAlerting' | 'listSilences'>
  readonly clock: Clock
  /** The records of the trail after this one, in order, so many at most. */
  readonly listRecords: (after: number, limit: number) => Promise<readonly AuditRecord[]>
  readonly readHead: () => Promise<{ readonly seq: number } | undefined>
  readonly listOpenFindings: () => Promise<readonly OpenedFinding[]>
  readonly facts: () => HubFacts
  /** Something is in the outbox. */
  readonly onDeliveries: () => void
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void
}

/** Alerting at work. */
export type Alerting = AsyncDisposable & {
  /** Something happened; costs nothing. */
  readonly wake: () => void
  /** Until it is called for the first time nothing is told. */
  readonly setFleet: (fleet: AlertFleet) => void
  readonly counts: () => { readonly firing: Readonly<Partial<Record<Severity, number>>>; readonly quiet: number }
}

const PAGE = 500
/** What happens within this time is dealt with in one transaction. */
const GATHER_MS = 50
/** Not sooner again, whatever is due. */
const SOON_MS = 20
/** How often the state of the hub is looked at. */
const LOOK_MS = 1_000

/**
 * Makes alerts of what the trail records, and of how the hub is, and puts what is to be told into the outbox. How far it came
 * in the trail is stored with what it made of it: nothing is lost or told anew when the hub is killed. It runs beside what
 * records and heals, which only wake it.
 */
export const startAlerting = (deps: AlertingDeps): Alerting => {
  const { clock, log } = deps
  const stop = new AbortController()
  const { signal } = stop
  let woken = Promise.withResolvers<void>()
  const wake = (): void => woken.resolve()
  let fleet: AlertFleet | undefined
  let loaded: { readonly state: AlertState; cursor: number; readonly find: ConditionFinder } | undefined
  let isRouted = false
  let hubSilences: { readonly at: number; readonly silences: readonly ActiveSilence[] } | undefined
  let lookedAt = 0

  const load = async ({ context }: AlertFleet): Promise<NonNullable<typeof loaded>> => {
    const stored = await deps.store.loadAlerting()
    const state = createAlertState(stored)
    const find = createConditionFinder(() => (fleet as AlertFleet).context)
    if (stored.cursor !== undefined) return { state, cursor: stored.cursor, find }
    const cursor = (await deps.readHead())?.seq ?? 0
    for (const finding of await deps.listOpenFindings()) state.book.note({ type: 'opened', finding }, context)
    return { state, cursor, find }
  }

  const listSilences = async ({ policies }: AlertFleet, now: Date): Promise<readonly ActiveSilence[]> => {
    if (!hubSilences || now.getTime() - hubSilences.at >= LOOK_MS) {
      const stored = await deps.store.listSilences(now.toISOString())
      hubSilences = { at: now.getTime(), silences: stored.flatMap((silence) => readSilence(silence, log)) }
    }
    return [...hubSilences.silences, ...policies.flatMap((policy) => listPolicySilences(policy, now))]
  }

  /** One transaction; true where there is more to read at once. */
  const step = async (current: AlertFleet): Promise<boolean> => {
    loaded ??= await load(current)
    const { state, cursor, find } = loaded
    const now = clock.now()
    if (!isRouted) state.setPolicies(current.policies, now)
    isRouted = true
    const records = await deps.listRecords(cursor, PAGE)
    for (const record of records) {
      const input = toAlertInput(record, current.context)
      if (input) state.book.note(input, current.context)
    }
    if (now.getTime() - lookedAt >= LOOK_MS) {
      lookedAt = now.getTime()
      const facts = deps.facts()
      // Before the fleet was read nobody knows how clusters are.
      if (facts.revision !== undefined) state.book.setConditions(CONDITION_NAMES, find(facts, now, state.book.get), now)
    }
    const settled = state.settle({ now, silences: await listSilences(current, now) })
    const next = records.at(-1)?.seq ?? cursor
    const isChanged =
      next !== cursor || settled.alerts.size > 0 || settled.groups.size > 0 || settled.deliveries.length > 0
    if (isChanged) await deps.store.saveAlerting({ ...settled, cursor: next })
    loaded.cursor = next
    if (settled.deliveries.length > 0) deps.onDeliveries()
    return records.length === PAGE
  }

  const stepSafely = async (current: AlertFleet): Promise<boolean> => {
    try {
      return await step(current)
    } catch (error) {
      log('error', 'alerts cannot be made', { error: toError(error).message })
      // What is in memory may be ahead of what is stored.
      loaded = undefined
      isRouted = false
      return false
    }
  }

  /** Waits so long, or until it is woken: true then. */
  const pause = async (ms: number): Promise<boolean> => {
    const waiting = new AbortController()
    const due = clock.sleep(ms, { signal: AbortSignal.any([signal, waiting.signal]) }).catch(() => undefined)
    const isWoken = await Promise.race([due.then(() => false), woken.promise.then(() => true)])
    waiting.abort()
    return isWoken
  }

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      woken = Promise.withResolvers<void>()
      if (!fleet) {
        await woken.promise
        continue
      }
      const isMore = await stepSafely(fleet)
      if (isMore) continue
      const dueMs = (loaded?.state.nextAt() ?? Number.POSITIVE_INFINITY) - clock.now().getTime()
      const isWoken = await pause(Math.max(SOON_MS, Math.min(LOOK_MS, dueMs)))
      if (isWoken) await clock.sleep(GATHER_MS, { signal }).catch(() => undefined)
    }
  }
  const running = run()

  return {
    wake,
    setFleet: (next) => {
      fleet = next
      isRouted = false
      wake()
    },
    counts: () => {
      const firing: Partial<Record<Severity, number>> = {}
      for (const alert of loaded?.state.book.list() ?? []) {
        if (alert.endsAt !== undefined) continue
        const severity = toSeverity(alert)
        firing[severity] = (firing[severity] ?? 0) + 1
      }
      return { firing, quiet: loaded?.state.quiet() ?? 0 }
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the hub ends'))
      wake()
      await running
    },
  }
}

const readSilence = (silence: Silence, log: AlertingDeps['log']): ActiveSilence[] => {
  const { id, matchers, reason, until } = silence
  try {
    return [{ source: `silence ${id}`, matchers: matchers.flatMap(parseMatchers), reason, until }]
  } catch (error) {
    log('error', 'a silence cannot be read', { silence: id, error: toError(error).message })
    return []
  }
}
