import type { RbacBinding, RbacObjects, RbacRole } from './rbac.ts'
import { type Identity, type RbacSubject, SUPERUSERS, toServiceAccountUser } from './rbac-identity.ts'
import { type AccessRequest, allowsRequest, type RbacRule } from './rbac-rule.ts'

/** One way in which a request is allowed: to whom, by which binding, role and rule. */
export type AccessPath = {
  readonly subject: RbacSubject
  readonly binding: RbacBinding
  readonly role: RbacRole
  readonly rule: RbacRule
}

/** A role that a subject has, and where. */
export type HeldRole = {
  readonly subject: RbacSubject
  readonly binding: RbacBinding
  /** Undefined where the binding names a role that is not there. */
  readonly role: RbacRole | undefined
}

/** The roles and bindings of one cluster, ready to be asked. */
export type RbacIndex = {
  /** Bindings whose roles can hold in a namespace: those of the cluster, and those of that namespace. */
  readonly clusterBindings: readonly IndexedBinding[]
  readonly bindingsByNamespace: ReadonlyMap<string, readonly IndexedBinding[]>
  /** By `User` or `Group` and name; service accounts as the users they are. Made when it is asked for. */
  readonly bySubject: () => ReadonlyMap<string, readonly HeldRole[]>
}

type IndexedBinding = { readonly binding: RbacBinding; readonly role: RbacRole | undefined }

/** Prepares roles and bindings for {@link canAccess}, {@link listWhoCan} and {@link explainAccess}. */
export const createRbacIndex = ({ roles, bindings }: RbacObjects): RbacIndex => {
  const rolesByKey = new Map(roles.map((role) => [toRoleKey(role.kind, role.namespace, role.name), role]))
  const clusterBindings: IndexedBinding[] = []
  const bindingsByNamespace = new Map<string, IndexedBinding[]>()
  for (const binding of bindings) {
    const { roleRef, namespace } = binding
    const role = rolesByKey.get(toRoleKey(roleRef.kind, namespace, roleRef.name))
    const indexed = { binding, role }
    if (namespace === undefined) clusterBindings.push(indexed)
    else append(bindingsByNamespace, namespace, indexed)
  }
  let bySubject: ReadonlyMap<string, readonly HeldRole[]> | undefined
  return {
    clusterBindings,
    bindingsByNamespace,
    bySubject: () => {
      bySubject ??= groupBySubject([...clusterBindings, ...[...bindingsByNamespace.values()].flat()])
      return bySubject
    },
  }
}

const groupBySubject = (bindings: readonly IndexedBinding[]): Map<string, HeldRole[]> => {
  const bySubject = new Map<string, HeldRole[]>()
  for (const indexed of bindings) {
    for (const subject of indexed.binding.subjects) append(bySubject, toSubjectKey(subject), { subject, ...indexed })
  }
  return bySubject
}

/** May somebody do this? Equals what the API server's RBAC authoriser says. */
export const canAccess = (index: RbacIndex, identity: Identity, request: AccessRequest): boolean =>
  identity.groups.includes(SUPERUSERS) ||
  listHeld(index, identity).some(
    ({ binding, role }) => holdsFor(binding, request) && role?.rules.some((rule) => allowsRequest(rule, request)),
  )

/** Every way in which somebody may do this; none for what a member of `system:masters` may without any role. */
export const explainAccess = (index: RbacIndex, identity: Identity, request: AccessRequest): AccessPath[] =>
  listHeld(index, identity).flatMap(({ subject, binding, role }) => {
    const rule = holdsFor(binding, request) ? role?.rules.find((each) => allowsRequest(each, request)) : undefined
    return role && rule ? [{ subject, binding, role, rule }] : []
  })

/** Who may do this: each subject of a binding that allows it. Members of `system:masters` may everything and are not told. */
export const listWhoCan = (index: RbacIndex, request: AccessRequest): AccessPath[] => {
  const allowing = new Map<RbacRole, RbacRule | undefined>()
  const findAllowing = (role: RbacRole): RbacRule | undefined => {
    if (!allowing.has(role))
      allowing.set(
        role,
        role.rules.find((rule) => allowsRequest(rule, request)),
      )
    return allowing.get(role)
  }
  const namespace = 'path' in request ? undefined : request.namespace
  const inNamespace = namespace === undefined ? [] : (index.bindingsByNamespace.get(namespace) ?? [])
  return [...index.clusterBindings, ...inNamespace].flatMap(({ binding, role }) => {
    const rule = role && findAllowing(role)
    return role && rule ? binding.subjects.map((subject) => ({ subject, binding, role, rule })) : []
  })
}

/** The roles somebody has, by his name and by his groups. */
export const listHeld = ({ bySubject }: RbacIndex, { user, groups }: Identity): HeldRole[] =>
  [`User ${user}`, ...groups.map((group) => `Group ${group}`)].flatMap((key) => bySubject().get(key) ?? [])

const holdsFor = ({ namespace }: RbacBinding, request: AccessRequest): boolean =>
  namespace === undefined || (!('path' in request) && request.namespace === namespace)

const toRoleKey = (kind: RbacRole['kind'], namespace: string | undefined, name: string): string =>
  kind === 'ClusterRole' ? name : `${namespace ?? ''} ${name}`

const toSubjectKey = ({ kind, name, namespace = '' }: RbacSubject): string =>
  kind === 'ServiceAccount' ? `User ${toServiceAccountUser(namespace, name)}` : `${kind} ${name}`

const append = <Value>(lists: Map<string, Value[]>, key: string, value: Value): void => {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
