import { type LabelSelector, matchesLabelSelector } from './label-selector.ts'
import { type JsonObject, type KubeObject, toGroup } from './object.ts'
import type { RbacSubject } from './rbac-identity.ts'
import type { RbacRule } from './rbac-rule.ts'

/** The API group of roles and bindings. */
export const RBAC_GROUP = 'rbac.authorization.k8s.io'

/** A Role or ClusterRole as plain data. */
export type RbacRole = {
  readonly kind: 'Role' | 'ClusterRole'
  readonly name: string
  readonly namespace?: string
  readonly labels: Readonly<Record<string, string>>
  readonly rules: readonly RbacRule[]
  /** Set where its rules are those of the ClusterRoles that one of these selects. */
  readonly aggregates?: readonly LabelSelector[]
}

/** A RoleBinding or ClusterRoleBinding as plain data. Service accounts always carry their namespace. */
export type RbacBinding = {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding'
  readonly name: string
  readonly namespace?: string
  readonly subjects: readonly RbacSubject[]
  readonly roleRef: { readonly kind: 'Role' | 'ClusterRole'; readonly name: string }
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** The roles and bindings of one cluster. */
export type RbacObjects = { readonly roles: readonly RbacRole[]; readonly bindings: readonly RbacBinding[] }

/** The roles and bindings among objects, desired or live; the rest is left out. */
export const readRbacObjects = (objects: Iterable<KubeObject>): RbacObjects => {
  const roles: RbacRole[] = []
  const bindings: RbacBinding[] = []
  for (const object of objects) {
    if (toGroup(object.apiVersion) !== RBAC_GROUP) continue
    if (object.kind === 'Role' || object.kind === 'ClusterRole') roles.push(toRole(object.kind, object))
    if (object.kind === 'RoleBinding' || object.kind === 'ClusterRoleBinding') {
      bindings.push(toBinding(object.kind, object))
    }
  }
  return { roles, bindings }
}

const toRole = (kind: RbacRole['kind'], { metadata, rules, aggregationRule }: KubeObject): RbacRole => {
  const selectors = (aggregationRule as { clusterRoleSelectors?: readonly LabelSelector[] } | null | undefined)
    ?.clusterRoleSelectors
  return {
    kind,
    name: metadata.name,
    ...(kind === 'Role' ? { namespace: metadata.namespace ?? '' } : {}),
    labels: metadata.labels ?? {},
    rules: (rules as readonly RbacRule[] | null | undefined) ?? [],
    ...(selectors ? { aggregates: selectors } : {}),
  }
}

const toBinding = (kind: RbacBinding['kind'], { metadata, subjects, roleRef }: KubeObject): RbacBinding => {
  const namespace = kind === 'RoleBinding' ? (metadata.namespace ?? '') : undefined
  return {
    kind,
    name: metadata.name,
    ...(namespace === undefined ? {} : { namespace }),
    subjects: ((subjects as readonly JsonObject[] | null | undefined) ?? []).flatMap((subject) =>
      toSubject(subject, namespace),
    ),
    roleRef: roleRef as RbacBinding['roleRef'],
    ...(metadata.labels ? { labels: metadata.labels } : {}),
    ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
  }
}

/** A service account without a namespace is one of the binding's; without either it is nobody. */
const toSubject = ({ kind, name, namespace }: JsonObject, own: string | undefined): RbacSubject[] => {
  if (kind === 'User' || kind === 'Group') return [{ kind, name: String(name) }]
  const of = String(namespace || own || '')
  return kind === 'ServiceAccount' && of !== '' ? [{ kind, namespace: of, name: String(name) }] : []
}

/** `RoleBinding/shop/team-a`, `ClusterRole/view`. */
export const formatRbac = ({
  kind,
  namespace,
  name,
}: Pick<RbacRole | RbacBinding, 'kind' | 'namespace' | 'name'>): string =>
  namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`

/** The role of a binding, written as `formatRbac` writes the role itself. */
export const formatBoundRole = ({ roleRef, namespace }: RbacBinding): string =>
  formatRbac(roleRef.kind === 'Role' && namespace !== undefined ? { ...roleRef, namespace } : roleRef)

/** Roles with the rules that aggregation gives them, as the cluster's controller fills them in. */
export const aggregateRoles = (roles: readonly RbacRole[]): RbacRole[] => {
  const clusterRoles = roles.filter(({ kind }) => kind === 'ClusterRole')
  const partsOf = new Map<RbacRole, readonly RbacRole[]>()
  const listParts = (role: RbacRole): readonly RbacRole[] => {
    const known = partsOf.get(role)
    if (known) return known
    const parts = clusterRoles.filter((other) => other !== role && selectsRole(role.aggregates ?? [], other))
    partsOf.set(role, parts)
    return parts
  }
  /** Everything a role takes its rules from, through however many roles that aggregate themselves. */
  const listSources = (role: RbacRole): RbacRole[] => {
    const seen = new Set<RbacRole>([role])
    for (const each of seen) if (each.aggregates) for (const part of listParts(each)) seen.add(part)
    return [...seen].filter(({ aggregates }) => !aggregates)
  }
  return roles.map((role) => (role.aggregates ? { ...role, rules: mergeRules(listSources(role)) } : role))
}

/** Is the ClusterRole taken in by one of the selectors? */
export const selectsRole = (selectors: readonly LabelSelector[], { labels }: Pick<RbacRole, 'labels'>): boolean =>
  selectors.some((selector) => matchesLabelSelector(selector, labels))

const mergeRules = (roles: readonly RbacRole[]): RbacRule[] => {
  const rules = roles.toSorted((a, b) => (a.name < b.name ? -1 : 1)).flatMap((role) => role.rules)
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()]
}
