import type { Finding } from '../drift/report.ts'
import { toRefKey } from '../kube/object.ts'
import type { ReconcileResult } from './reconcile-cluster.ts'

type Looked = Pick<ReconcileResult, 'findings'>
/** What is known of a component that says why its drift is left. */
type KnownComponent = { readonly name: string; readonly policy: { readonly drift: string } }

/** Findings that were there before, and are not any more. Pure. */
export const listHealed = (before: Looked, after: Looked | undefined): Finding[] => {
  const left = new Set(after?.findings.map(toFindingKey))
  return before.findings.filter((finding) => !left.has(toFindingKey(finding)))
}

const toFindingKey = ({ object, field }: Finding): string => `${toRefKey(object)} ${field ?? ''}`

/** Says of what is left why it is: by policy, because the server refused, because something else has to happen first. Pure. */
export const explainLeft = <Result extends Looked>(
  after: Result,
  { outcomes: healing }: Pick<ReconcileResult, 'outcomes'>,
  components: readonly KnownComponent[],
): Result => {
  const outcomes = new Map(healing.map((outcome) => [toRefKey(outcome.ref), outcome]))
  return {
    ...after,
    findings: after.findings.map((finding) => {
      if (finding.note !== undefined) return finding
      const outcome = outcomes.get(toRefKey(finding.object))
      const isReported = components.find(({ name }) => name === finding.component)?.policy.drift === 'report'
      const note =
        outcome?.error?.message ?? (isReported ? 'only reported, by policy' : (outcome?.skip?.message ?? undefined))
      return note === undefined ? finding : { ...finding, note }
    }),
  }
}
