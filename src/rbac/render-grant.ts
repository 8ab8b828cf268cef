import { createHash } from 'node:crypto'
import type { ResolvedBinding, ResolvedGrant, ResolvedRole } from '../fleet/resolved.ts'
import { matchesSelector, type Selectable } from '../fleet/selector.ts'
import type { JsonObject, Manifest, ObjectRef } from '../kube/object.ts'
import { toRef } from '../kube/object.ts'
import { RBAC_GROUP } from '../kube/rbac.ts'
import { formatSubject } from '../kube/rbac-identity.ts'
import { GRANT_LABEL } from './grant-label.ts'
import { toRbacSubject } from './grant-risks.ts'
import { PRESETS } from './presets.ts'

/** What is known of the cluster and the moment that a grant is rendered for. */
export type GrantContext = {
  /** Absent: nothing expires. */
  readonly now?: Date
  /** Namespaces that Git states or that are there. */
  readonly namespaces: readonly Selectable[]
  /** Whether these are all; else a namespace that is named is taken to be there. */
  readonly isComplete: boolean
}

/** A binding that a grant no longer makes, and since when. */
export type ExpiredAccess = { readonly ref: ObjectRef; readonly expires: string }

/** What a grant manages on a cluster, where access that it did not make is to be told. */
export type GrantScope = {
  /** As {@link formatSubject} writes them. */
  readonly subjects: readonly string[]
  readonly namespaces: readonly string[]
  /** The ClusterRoles that it gives. */
  readonly roles: readonly string[]
  readonly remove: boolean
}

/** What a grant comes to on one cluster. */
export type RenderedGrant = {
  readonly manifests: readonly Manifest[]
  /** Bindings that were once stated and have expired. */
  readonly expired: readonly ExpiredAccess[]
  readonly scope?: GrantScope
  readonly warnings: readonly string[]
}

/** On a binding, when it ends. */
export const EXPIRES_ANNOTATION = 'lockstep.dev/expires'
const REASON_ANNOTATION = 'lockstep.dev/reason'

/**
 * The roles and bindings of a grant. The name of a binding carries a hash of all that cannot be changed in it, or ends it:
 * another role or another end is another binding, applied before the old one is deleted.
 */
export const renderGrant = (grant: ResolvedGrant, context: GrantContext): RenderedGrant => {
  const roles = new Map(grant.roles.map((role) => [role.name, role]))
  const warnings: string[] = []
  const bindings = grant.bindings.flatMap((binding) => {
    const role = roles.get(binding.role) as ResolvedRole
    return listTargets(binding, role, context, warnings).map((namespace) => ({ binding, role, namespace }))
  })
  const merged = Map.groupBy(bindings, ({ binding, role, namespace }) =>
    JSON.stringify([toBindingName(grant, binding, role), namespace]),
  )
  const rendered = [...merged.values()].map(([first, ...rest]) => {
    const { binding, role, namespace } = first as (typeof bindings)[number]
    const subjects = [binding, ...rest.map((more) => more.binding)].flatMap((each) => each.subjects)
    return {
      isExpired: isExpired(binding, context),
      expires: binding.expires ?? '',
      manifest: toBinding(grant, { ...binding, subjects }, role, namespace),
    }
  })
  return {
    manifests: [
      ...grant.roles.flatMap((role) => toClusterRole(grant, role) ?? []),
      ...rendered.flatMap(({ isExpired, manifest }) => (isExpired ? [] : [manifest])),
    ],
    expired: rendered.flatMap(({ isExpired, expires, manifest }) =>
      isExpired ? [{ ref: toRef(manifest), expires }] : [],
    ),
    ...(grant.unmanaged === 'ignore' ? {} : { scope: toScope(grant, bindings) }),
    warnings,
  }
}

const toScope = (
  grant: ResolvedGrant,
  targets: readonly { readonly binding: ResolvedBinding; readonly namespace: string | undefined }[],
): GrantScope => ({
  subjects: [
    ...new Set(grant.bindings.flatMap(({ subjects }) => subjects.map((each) => formatSubject(toRbacSubject(each))))),
  ],
  namespaces: [...new Set(targets.flatMap(({ namespace }) => namespace ?? []))],
  roles: grant.roles.map((role) => toRoleName(grant, role)),
  remove: grant.unmanaged === 'remove',
})

/** Has the access ended? */
const isExpired = ({ expires }: ResolvedBinding, { now }: GrantContext): boolean =>
  now !== undefined && expires !== undefined && Date.parse(expires) <= now.getTime()

/** The namespaces where a binding is made; `undefined` is the whole cluster. */
const listTargets = (
  { namespaces: selector }: ResolvedBinding,
  { scope, name }: ResolvedRole,
  { namespaces, isComplete }: GrantContext,
  warnings: string[],
): (string | undefined)[] => {
  if (scope === 'Cluster' || selector === undefined) return [undefined]
  const found = namespaces.filter((namespace) => matchesSelector(selector, namespace)).map((each) => each.name)
  if (!('names' in selector)) return [...new Set(found)].sort()
  const missing = selector.names.filter((each) => !found.includes(each))
  if (!isComplete) return [...new Set(selector.names)]
  for (const namespace of missing)
    warnings.push(`there is no namespace ${namespace}: role ${name} is bound there once it exists`)
  return [...new Set(found)]
}

const toClusterRole = (grant: ResolvedGrant, role: ResolvedRole): Manifest | undefined => {
  const content = toContent(role)
  return (
    content && {
      apiVersion: `${RBAC_GROUP}/v1`,
      kind: 'ClusterRole',
      metadata: { name: toRoleName(grant, role), labels: { [GRANT_LABEL]: grant.name } },
      ...content,
    }
  )
}

const toContent = ({ rules, preset, aggregate }: ResolvedRole): JsonObject | undefined => {
  const made = preset === undefined ? undefined : PRESETS[preset]
  if (made && 'rules' in made) return { rules: made.rules as unknown as JsonObject[] }
  if (rules) return { rules: rules as unknown as JsonObject[] }
  return aggregate ? { aggregationRule: { clusterRoleSelectors: aggregate } } : undefined
}

/** The ClusterRole that a binding refers to. */
const toRoleName = (grant: ResolvedGrant, { name, preset, clusterRole }: ResolvedRole): string => {
  const made = preset === undefined ? undefined : PRESETS[preset]
  if (made && 'clusterRole' in made) return made.clusterRole
  return clusterRole ?? `lockstep:${grant.name}:${name}`
}

const toBindingName = (grant: ResolvedGrant, { expires, breakGlass }: ResolvedBinding, role: ResolvedRole): string => {
  const identity = JSON.stringify([toRoleName(grant, role), expires ?? null, breakGlass?.reason ?? null])
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 8)
  return `lockstep:${grant.name}:${role.name}:${hash}`
}

const toBinding = (
  grant: ResolvedGrant,
  binding: ResolvedBinding,
  role: ResolvedRole,
  namespace: string | undefined,
): Manifest => {
  const { expires, breakGlass, subjects } = binding
  const annotations = {
    ...(expires === undefined ? {} : { [EXPIRES_ANNOTATION]: expires }),
    ...(breakGlass === undefined ? {} : { [REASON_ANNOTATION]: breakGlass.reason }),
  }
  const made = subjects.map(toSubject)
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: {
      name: toBindingName(grant, binding, role),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [GRANT_LABEL]: grant.name },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    subjects: [...new Map(made.map((subject) => [JSON.stringify(subject), subject])).values()],
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: toRoleName(grant, role) },
  }
}

const toSubject = (subject: ResolvedBinding['subjects'][number]): JsonObject => {
  const { kind, namespace, name } = toRbacSubject(subject)
  return kind === 'ServiceAccount' ? { kind, namespace: namespace ?? '', name } : { kind, apiGroup: RBAC_GROUP, name }
}
