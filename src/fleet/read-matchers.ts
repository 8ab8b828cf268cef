import { isLockstepError } from '../base/errors.ts'
import { ALERT_NAMES, isClusterLabel } from './alert-labels.ts'
import { type Matcher, parseMatchers } from './alert-matcher.ts'
import type { Report } from './model.ts'
import { SEVERITIES } from './severity.ts'
import { suggest, suggestOrList } from './suggest.ts'

/** What reading a part of an AlertPolicy needs to know. */
export type PolicyContext = {
  readonly report: Report
  /** The labels that alerts of this fleet can have. */
  readonly labels: readonly string[]
  readonly receivers: readonly string[]
}

/** The matchers of a list of texts; what is none, or can never hold, is told and left out. */
export const readMatchers = (
  texts: readonly string[] | undefined,
  pointer: string,
  context: PolicyContext,
): readonly Matcher[] =>
  (texts ?? []).flatMap((text, index) => {
    const at = `${pointer}/${index}`
    try {
      const matchers = parseMatchers(text)
      for (const matcher of matchers) checkMatcher(matcher, at, context)
      return matchers
    } catch (error) {
      if (!isLockstepError(error, 'MATCHER_INVALID')) throw error
      context.report(at, { code: 'MATCHER_INVALID', message: error.message, hint: error.hint })
      return []
    }
  })

/** Labels whose values are known: a misspelt one would never match. */
const VALUES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['severity', SEVERITIES],
  ['alertname', ALERT_NAMES],
])

const checkMatcher = ({ label, operator, value }: Matcher, pointer: string, context: PolicyContext): void => {
  checkLabel(label, pointer, context)
  const known = VALUES.get(label)
  const isExact = operator === '=' || operator === '!='
  if (!known || !isExact || value === '' || known.includes(value)) return
  const hint = suggestOrList(value, known, label)
  context.report(pointer, { code: 'MATCHER_INVALID', message: `there is no ${label} "${value}"`, hint })
}

/** Tells a label that no alert of this fleet has. A label of clusters may come with the next cluster: that is a warning. */
export const checkLabel = (label: string, pointer: string, { report, labels }: PolicyContext): void => {
  if (labels.includes(label)) return
  const message = isClusterLabel(label) ? `no cluster has the label of "${label}"` : `alerts have no label "${label}"`
  const severity = isClusterLabel(label) ? 'warning' : 'error'
  const hint = suggest(label, labels) ?? `known: ${labels.filter((known) => !isClusterLabel(known)).join(', ')}`
  report(pointer, { code: 'REFERENCE_UNKNOWN', message, hint, severity })
}
