import type { Requirement, Selector } from './shapes.ts'

type Labels = Readonly<Record<string, string>>

/** Whether labels fit a selector. No selector fits nothing; an empty one fits everything. */
export const matchesSelector = (selector: Selector | undefined, labels: Labels | undefined): boolean =>
  selector !== undefined &&
  selector !== null &&
  matchesLabels(selector.matchLabels ?? {}, labels) &&
  (selector.matchExpressions ?? []).every((requirement) => matchesRequirement(requirement, labels?.[requirement.key]))

/** Whether labels have all of these. */
export const matchesLabels = (wanted: Labels, labels: Labels | undefined): boolean =>
  Object.entries(wanted).every(([key, value]) => labels?.[key] === value)

/** Whether a value, or its absence, is as required. */
export const matchesRequirement = ({ operator, values = [] }: Requirement, value: string | undefined): boolean => {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0])
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0])
    default:
      return false
  }
}
