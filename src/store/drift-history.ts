import { formatRef } from '../kube/object.ts'
import type { FindingStore, StoredFinding } from './findings.ts'

/** How findings of a period went, of all or of those that have something in common. Times in milliseconds. */
export type HistoryLine = {
  readonly name: string
  readonly findings: number
  readonly open: number
  /** Healed by us. */
  readonly healed: number
  /** From the change to its being seen, where the time of the change is known (to a second). */
  readonly detectMs?: Quantiles
  /** From being seen to being healed. */
  readonly healMs?: Quantiles
}

/** The middle, and what 95 of 100 are below. */
export type Quantiles = { readonly p50: number; readonly p95: number }

/** The drift of a period. */
export type DriftHistory = {
  readonly since: string
  readonly until: string
  readonly total: HistoryLine
  /** Of each day of the period (UTC), also those without any. */
  readonly byDay: readonly { readonly day: string; readonly findings: number }[]
  readonly bySeverity: readonly HistoryLine[]
  readonly byCluster: readonly HistoryLine[]
  readonly byComponent: readonly HistoryLine[]
  readonly byOwner: readonly HistoryLine[]
  /** People where they are known, else field managers. */
  readonly byActor: readonly HistoryLine[]
  /** The same difference more than once: object and field, on whatever clusters. */
  readonly recurring: readonly HistoryLine[]
}

/** A period, of all clusters or of some. */
export type HistoryPeriod = {
  readonly since: string
  readonly until: string
  readonly clusters?: readonly string[]
}

const DAY_MS = 86_400_000

/** Reads and sums up the drift of a period. */
export const readDriftHistory = async (
  store: Pick<FindingStore, 'listFindings'>,
  { clusters, ...period }: HistoryPeriod,
): Promise<DriftHistory> => {
  const findings = await store.listFindings(period)
  return computeDriftHistory(clusters ? findings.filter(({ cluster }) => clusters.includes(cluster)) : findings, period)
}

/** Sums up findings that were seen first within a period, the most frequent first. Pure. */
export const computeDriftHistory = (
  findings: readonly StoredFinding[],
  { since, until }: { readonly since: string; readonly until: string },
): DriftHistory => {
  const seen = findings.filter(({ firstSeen }) => firstSeen >= since && firstSeen < until)
  const by = (toName: (finding: StoredFinding) => string): HistoryLine[] =>
    [...Map.groupBy(seen, toName)]
      .map(([name, group]) => toLine(name, group))
      .toSorted((left, right) => right.findings - left.findings || left.name.localeCompare(right.name))
  return {
    since,
    until,
    total: toLine('all', seen),
    byDay: listDays(since, until).map((day) => ({
      day,
      findings: seen.filter(({ firstSeen }) => firstSeen.startsWith(day)).length,
    })),
    bySeverity: by(({ severity }) => severity),
    byCluster: by(({ cluster }) => cluster),
    byComponent: by(({ component }) => component),
    byOwner: by(({ owner }) => owner ?? 'nobody'),
    byActor: by(({ actor, manager }) => actor ?? manager ?? 'unknown'),
    recurring: by(({ object, field }) => `${formatRef(object)}${field === undefined ? '' : ` ${field}`}`).filter(
      (line) => line.findings > 1,
    ),
  }
}

const toLine = (name: string, findings: readonly StoredFinding[]): HistoryLine => {
  const healed = findings.filter(({ closedBy }) => closedBy === 'lockstep')
  const detect = findings.flatMap(({ changedAt, firstSeen }) =>
    changedAt === undefined ? [] : [Math.max(0, Date.parse(firstSeen) - Date.parse(changedAt))],
  )
  const heal = healed.map(({ firstSeen, closed }) => Date.parse(closed as string) - Date.parse(firstSeen))
  return {
    name,
    findings: findings.length,
    open: findings.filter(({ closed }) => closed === undefined).length,
    healed: healed.length,
    ...(detect.length > 0 ? { detectMs: toQuantiles(detect) } : {}),
    ...(heal.length > 0 ? { healMs: toQuantiles(heal) } : {}),
  }
}

const toQuantiles = (values: readonly number[]): Quantiles => {
  const sorted = values.toSorted((left, right) => left - right)
  const at = (part: number): number => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] as number
  return { p50: at(0.5), p95: at(0.95) }
}

const listDays = (since: string, until: string): string[] => {
  const days: string[] = []
  for (let day = Date.parse(since.slice(0, 10)); day < Date.parse(until); day += DAY_MS)
    days.push(new Date(day).toISOString().slice(0, 10))
  return days
}
