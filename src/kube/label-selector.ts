/** One requirement of a label selector (`metav1.LabelSelectorRequirement`). */
export type LabelRequirement = {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}

/** `metav1.LabelSelector`. */
export type LabelSelector = {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly LabelRequirement[]
}

type Labels = Readonly<Record<string, string>>

/** Whether labels fit a selector; one without conditions fits all. */
export const matchesLabelSelector = ({ matchLabels, matchExpressions }: LabelSelector, labels: Labels = {}): boolean =>
  matchesLabels(matchLabels ?? {}, labels) &&
  (matchExpressions ?? []).every((requirement) => matchesRequirement(requirement, labels[requirement.key]))

/** Whether labels have all of these. */
export const matchesLabels = (wanted: Labels, labels: Labels = {}): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value)

/** Whether a value, or its absence, is as required. */
export const matchesRequirement = (
  { operator, values = [] }: Omit<LabelRequirement, 'key'>,
  value: string | undefined,
): boolean => {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      // Of another operator nothing is known.
      return false
  }
}
