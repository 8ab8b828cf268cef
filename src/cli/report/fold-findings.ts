import type { Finding, Pending } from '../../drift/report.ts'
import { SEVERITIES } from '../../fleet/severity.ts'
import { formatRef, type ObjectRef, toRefKey } from '../../kube/object.ts'

/** Findings that say the same of several objects or clusters, as one. */
export type FoldedFinding = {
  readonly finding: Finding
  readonly clusters: readonly string[]
  readonly objects: readonly ObjectRef[]
  /** How many objects went with it, on each cluster: what was in a deleted namespace. */
  readonly within: number
  /** How many findings these are. */
  readonly count: number
}

/**
 * Folds findings: everything that is missing in a missing namespace into that namespace; then the same finding of one
 * object over clusters; then the same finding over objects. The worst and most widespread come first. Pure.
 */
export const foldFindings = (findings: readonly Finding[]): FoldedFinding[] => {
  const folded = foldObjects(foldClusters(foldNamespaces(findings)))
  return folded.toSorted(
    (left, right) =>
      rank(left.finding) - rank(right.finding) ||
      right.count - left.count ||
      compare(left.clusters[0], right.clusters[0]) ||
      compare(formatRef(left.finding.object), formatRef(right.finding.object)) ||
      compare(left.finding.field, right.finding.field),
  )
}

/** How bad it is, 0 the worst. */
export const rank = ({ severity }: Pick<Finding, 'severity'>): number => SEVERITIES.indexOf(severity)

const foldNamespaces = (findings: readonly Finding[]): FoldedFinding[] => {
  const toKey = (cluster: string, namespace: string, drift: string): string => `${cluster} ${namespace} ${drift}`
  const namespaces = new Map<string, Finding[]>()
  for (const { cluster, object, drift } of findings) {
    if (isNamespace(object) && (drift === 'missing' || drift === 'terminating'))
      namespaces.set(toKey(cluster, object.name, drift), [])
  }
  const kept = findings.filter((finding) => {
    const { cluster, object, drift } = finding
    if (object.namespace === undefined) return true
    // What is gone already from a namespace that is still going belongs to it as well.
    const content =
      namespaces.get(toKey(cluster, object.namespace, drift)) ??
      (drift === 'missing' ? namespaces.get(toKey(cluster, object.namespace, 'terminating')) : undefined)
    content?.push(finding)
    return content === undefined
  })
  return kept.map((finding) => {
    const { cluster, object, drift } = finding
    const content = (isNamespace(object) && namespaces.get(toKey(cluster, object.name, drift))) || []
    const worst = content.reduce((found, other) => (rank(other) < rank(found) ? other : found), finding)
    return {
      finding: { ...finding, severity: worst.severity },
      clusters: [cluster],
      objects: [object],
      within: new Set(content.map((other) => toRefKey(other.object))).size,
      count: 1 + content.length,
    }
  })
}

const foldClusters = (folded: readonly FoldedFinding[]): FoldedFinding[] =>
  foldBy(folded, (item) => [toRefKey(item.finding.object), item.within, ...toContent(item.finding)])

const foldObjects = (folded: readonly FoldedFinding[]): FoldedFinding[] =>
  foldBy(folded, (item) => [
    item.clusters,
    // Namespaces that went with what was in them stay apart: each is a story of its own.
    item.within > 0 ? toRefKey(item.finding.object) : '',
    item.finding.object.group,
    item.finding.object.kind,
    ...toContent(item.finding),
  ])

const toContent = ({ drift, field, git, live, severity, owner, manager, component, note }: Finding): unknown[] => [
  component,
  drift,
  field ?? null,
  git ?? null,
  live ?? null,
  severity,
  owner ?? null,
  manager ?? null,
  note ?? null,
]

const foldBy = (folded: readonly FoldedFinding[], toKey: (item: FoldedFinding) => unknown): FoldedFinding[] => {
  const groups = new Map<string, FoldedFinding[]>()
  for (const item of folded) {
    const key = JSON.stringify(toKey(item))
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return [...groups.values()].map((items): FoldedFinding => {
    const first = items[0] as FoldedFinding
    const newest = items.reduce((found, { finding }) => {
      return (finding.changedAt ?? '') > (found.changedAt ?? '') ? finding : found
    }, first.finding)
    return {
      finding: { ...first.finding, ...(newest.changedAt ? { changedAt: newest.changedAt } : {}) },
      clusters: unique(items.flatMap(({ clusters }) => clusters)),
      objects: [...new Map(items.flatMap(({ objects }) => objects).map((ref) => [toRefKey(ref), ref])).values()],
      within: first.within,
      count: items.reduce((sum, { count }) => sum + count, 0),
    }
  })
}

/** Pending lines that say the same, as one. */
export type FoldedPending = {
  readonly reason: Pending['reason']
  readonly message?: string
  readonly components: readonly string[]
  readonly clusters: readonly string[]
  readonly objects: readonly ObjectRef[]
}

/** Folds what is pending into one line a reason. Pure. */
export const foldPending = (pending: readonly Pending[]): FoldedPending[] => {
  const groups = new Map<string, Pending[]>()
  for (const item of pending) {
    // What failed to render differs in its message; all else is told by its reason.
    const key = item.reason === 'renderFailed' ? `${item.component} ${item.message}` : item.reason
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return [...groups.values()].map((items): FoldedPending => {
    const first = items[0] as Pending
    const messages = unique(items.flatMap(({ message }) => message ?? []))
    return {
      reason: first.reason,
      ...(messages.length === 1 ? { message: messages[0] as string } : {}),
      components: unique(items.map(({ component }) => component)),
      clusters: unique(items.map(({ cluster }) => cluster)),
      objects: [...new Map(items.flatMap(({ object }) => object ?? []).map((ref) => [toRefKey(ref), ref])).values()],
    }
  })
}

const isNamespace = ({ group, kind }: ObjectRef): boolean => group === '' && kind === 'Namespace'

const unique = (names: readonly string[]): string[] => [...new Set(names)].sort()

const compare = (left = '', right = ''): number => (left < right ? -1 : left > right ? 1 : 0)
