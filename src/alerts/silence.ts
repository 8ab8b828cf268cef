import { type Matcher, matchesAll } from '../fleet/alert-matcher.ts'
import type { ResolvedAlertPolicy } from '../fleet/alert-policy.ts'
import type { Labels } from './alert.ts'

/** Alerts that are told to nobody for a while, as an operator made it in the hub. */
export type Silence = {
  readonly id: number
  /** As they are written: `cluster="eu-1"`. */
  readonly matchers: readonly string[]
  readonly actor: string
  readonly reason: string
  readonly started: string
  readonly until: string
  readonly ended?: string
}

/** A silence, wherever it comes from, with its matchers read. */
export type ActiveSilence = {
  readonly source: string
  readonly matchers: readonly Matcher[]
  readonly reason: string
  readonly until: string
}

/** The silence that an alert falls under now, if any. Pure. */
export const findSilence = (silences: readonly ActiveSilence[], labels: Labels): ActiveSilence | undefined =>
  silences.find(({ matchers }) => matchesAll(matchers, labels))

/** Those of a policy that are in force; they speak of the clusters of the policy alone. Pure. */
export const listPolicySilences = (policy: ResolvedAlertPolicy, now: Date): ActiveSilence[] => {
  const inPolicy: Matcher = {
    label: 'cluster',
    operator: '=~',
    value: '',
    matches: (cluster) => cluster === '' || policy.clusters.has(cluster),
  }
  return policy.silences
    .filter(
      ({ from, until }) =>
        (from === undefined || Date.parse(from) <= now.getTime()) && Date.parse(until) > now.getTime(),
    )
    .map(({ matchers, reason, until }) => ({
      source: `AlertPolicy/${policy.name}`,
      matchers: [inPolicy, ...matchers],
      reason,
      until,
    }))
}
