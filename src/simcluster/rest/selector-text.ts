type Requirement = { readonly key: string; readonly operator: string; readonly values?: readonly string[] }

/** A label selector as text, as the server writes it: `app=web,tier in (a,b)`. */
export const toSelectorText = (selector: unknown): string => {
  if (typeof selector === 'string') return selector
  if (typeof selector !== 'object' || selector === null) return ''
  const { matchLabels, matchExpressions } = selector as {
    matchLabels?: Readonly<Record<string, string>>
    matchExpressions?: readonly Requirement[]
  }
  // The oldest kinds have the labels themselves as selector.
  const labels = matchLabels ?? (matchExpressions ? {} : (selector as Readonly<Record<string, string>>))
  const terms = [
    ...Object.entries(labels).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...(matchExpressions ?? []).map((requirement) => ({ key: requirement.key, text: toText(requirement) })),
  ]
  return terms
    .sort((left, right) => (left.key < right.key ? -1 : 1))
    .map(({ text }) => text)
    .join(',')
}

const toText = ({ key, operator, values = [] }: Requirement): string => {
  const sorted = `(${[...values].sort().join(',')})`
  switch (operator) {
    case 'In':
      return `${key} in ${sorted}`
    case 'NotIn':
      return `${key} notin ${sorted}`
    case 'Exists':
      return key
    default:
      return `!${key}`
  }
}
