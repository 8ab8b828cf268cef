import type { RbacRule } from '../kube/rbac-rule.ts'
import { listRisks, type Risk } from './risks.ts'

/** What one rule lets somebody do, taken apart; `*` stands for itself. */
export type Right =
  | { readonly verb: string; readonly group: string; readonly resource: string; readonly name?: string }
  | { readonly verb: string; readonly path: string }

/** Where a right is gained or lost; without a namespace: on the whole cluster. */
type RightPlace = { readonly cluster: string; readonly namespace?: string }

/** The same namespaces on each of the clusters; without namespaces: the whole clusters. */
export type AccessPlace = { readonly clusters: readonly string[]; readonly namespaces?: readonly string[] }

/** The same gain or loss of a subject in all the places where it happens. */
export type AccessChange = {
  /** `group:oidc:team-a`. */
  readonly subject: string
  readonly change: 'gains' | 'loses'
  readonly verbs: readonly string[]
  /** `secrets`, `deployments.apps`, `secrets "web"`, `/metrics`. */
  readonly what: readonly string[]
  /** Together exactly where it holds. */
  readonly places: readonly AccessPlace[]
  /** Of what is gained, the worst first. */
  readonly risks: readonly Risk[]
}

type Fold = {
  readonly add: (subject: string, change: AccessChange['change'], right: Right, place: RightPlace) => void
  readonly list: () => AccessChange[]
}

type Group = { readonly subject: string; readonly change: AccessChange['change']; readonly isNamespaced: boolean }

/** Collects gains and losses one by one and gives them folded: first over verbs, then over what, in equal places. */
export const createAccessFold = (): Fold => {
  const groups = new Map<string, Group & { readonly rights: Map<string, { right: Right; places: string[] }> }>()
  return {
    add: (subject, change, right, { cluster, namespace }) => {
      const key = `${change} ${namespace === undefined} ${subject}`
      const group = groups.get(key) ?? { subject, change, isNamespaced: namespace !== undefined, rights: new Map() }
      groups.set(key, group)
      const place = `${cluster}/${namespace ?? ''}`
      const id = JSON.stringify(right)
      const known = group.rights.get(id)
      if (known) known.places.push(place)
      else group.rights.set(id, { right, places: [place] })
    },
    list: () =>
      [...groups.values()].flatMap(({ rights, ...group }) => foldGroup(group, [...rights.values()])).sort(byWeight),
  }
}

const foldGroup = (
  group: Group,
  rights: readonly { readonly right: Right; readonly places: string[] }[],
): AccessChange[] => {
  const placed = rights.map(({ right, places }) => ({ right, what: formatWhat(right), where: places.sort().join() }))
  const byWhat = Map.groupBy(placed, ({ what, where }) => `${what}\n${where}`)
  const verbsOf = [...byWhat.values()].map((same) => {
    const verbs = sortVerbs(same.map(({ right }) => right.verb))
    return { what: same[0]!.what, where: same[0]!.where, verbs, rights: same.map(({ right }) => right) }
  })
  const byVerbs = Map.groupBy(verbsOf, ({ verbs, where }) => `${verbs.join()}\n${where}`)
  return [...byVerbs.values()].map((same) => {
    const { verbs, where } = same[0]!
    const rules = same.flatMap((each) => each.rights.map(toRule))
    return {
      subject: group.subject,
      change: group.change,
      verbs,
      what: same.map(({ what }) => what).sort(),
      places: toPlaces(where, group.isNamespaced),
      risks: group.change === 'gains' ? listRisks(rules, { clusterWide: !group.isNamespaced }) : [],
    }
  })
}

/** Clusters with the same namespaces go together; `where` is sorted. */
const toPlaces = (where: string, isNamespaced: boolean): AccessPlace[] => {
  const namespacesOf = new Map<string, string>()
  for (const place of where.split(',')) {
    const at = place.indexOf('/')
    const [cluster, namespace, known] = [place.slice(0, at), place.slice(at + 1), namespacesOf.get(place.slice(0, at))]
    namespacesOf.set(cluster, known === undefined ? namespace : `${known},${namespace}`)
  }
  return [...Map.groupBy(namespacesOf.keys(), (cluster) => namespacesOf.get(cluster)!)].map(([joined, clusters]) => ({
    clusters,
    ...(isNamespaced ? { namespaces: joined.split(',') } : {}),
  }))
}

const formatWhat = (right: Right): string => {
  if ('path' in right) return right.path
  const [resource = '', subresource] = right.resource.split('/')
  const group = right.group === '' ? '' : `.${right.group}`
  return `${resource}${group}${subresource ? `/${subresource}` : ''}${right.name === undefined ? '' : ` "${right.name}"`}`
}

const toRule = (right: Right): RbacRule =>
  'path' in right
    ? { verbs: [right.verb], nonResourceURLs: [right.path] }
    : {
        verbs: [right.verb],
        apiGroups: [right.group],
        resources: [right.resource],
        ...(right.name === undefined ? {} : { resourceNames: [right.name] }),
      }

const VERBS = ['*', 'get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']

const sortVerbs = (verbs: readonly string[]): string[] => {
  const rank = (verb: string): number => (VERBS.includes(verb) ? VERBS.indexOf(verb) : VERBS.length)
  return [...new Set(verbs)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

const sortUnique = (names: readonly string[]): string[] => [...new Set(names)].sort()

const LEVELS = ['critical', 'high', 'medium']

/** The most dangerous gains first, then by subject. */
const byWeight = (a: AccessChange, b: AccessChange): number => {
  const rank = ({ risks }: AccessChange): number => (risks[0] ? LEVELS.indexOf(risks[0].level) : LEVELS.length)
  const text = ({ subject, change, what }: AccessChange): string => `${subject} ${change} ${what.join()}`
  return rank(a) - rank(b) || (text(a) < text(b) ? -1 : 1)
}

/** `group team-a gains delete on secrets in 3 namespaces of 14 clusters`. */
export const formatAccessChange = ({ subject, change, verbs, what, places }: AccessChange): string => {
  const [kind = '', name] = [subject.slice(0, subject.indexOf(':')), subject.slice(subject.indexOf(':') + 1)]
  const who = `${kind === 'serviceaccount' ? 'service account' : kind} ${name}`
  const doing = verbs.includes('*') ? 'every verb' : verbs.join(', ')
  return `${who} ${change} ${doing} on ${formatNames(what.map(formatResource), '', 6)} ${formatPlaces(places)}`
}

/** `secrets`; all of them: `everything`. */
export const formatResource = (what: string): string => (/^\*(\.\*)?$/.test(what) ? 'everything' : what)

/** Where many namespaces differ from cluster to cluster, how many of both there are. */
const formatPlaces = (places: readonly AccessPlace[]): string => {
  if (places.length <= 2) return places.map(formatPlace).join(' and ')
  const namespaces = places.flatMap((place) => place.namespaces ?? [])
  const clusters = places.flatMap((place) => place.clusters)
  return formatPlace({ clusters: sortUnique(clusters), namespaces: sortUnique(namespaces) })
}

/** `in namespace shop of prod-eu`, `on 14 clusters`. */
const formatPlace = ({ clusters, namespaces }: AccessPlace): string =>
  namespaces === undefined
    ? `on ${formatNames(clusters, 'clusters', 2)}`
    : `in ${namespaces.length === 1 ? 'namespace ' : ''}${formatNames(namespaces, 'namespaces', 2)} of ${formatNames(clusters, 'clusters', 2)}`

/** The names, or how many, where they are many. */
const formatNames = (names: readonly string[], noun: string, limit: number): string => {
  if (names.length <= limit) return names.join(', ')
  return noun === ''
    ? `${names.slice(0, limit - 1).join(', ')} and ${names.length - limit + 1} more`
    : `${names.length} ${noun}`
}
