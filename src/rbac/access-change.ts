import { aggregateRoles, type RbacBinding, type RbacObjects, type RbacRole } from '../kube/rbac.ts'
import { formatSubject } from '../kube/rbac-identity.ts'
import { type AccessRequest, allowsRequest, type RbacRule } from '../kube/rbac-rule.ts'
import { type AccessChange, createAccessFold, type Right } from './access-fold.ts'

/** The roles and bindings of one cluster. */
export type ClusterAccess = { readonly cluster: string; readonly objects: RbacObjects }

/**
 * What subjects gain and lose from one state of the clusters to another, folded over resources, namespaces and clusters.
 * A right that a subject has in another way, too, is neither gained nor lost. Pure.
 */
export const computeAccessChange = (base: readonly ClusterAccess[], head: readonly ClusterAccess[]): AccessChange[] => {
  const fold = createAccessFold()
  const compare = createComparer()
  const before = new Map(base.map(({ cluster, objects }) => [cluster, objects]))
  const after = new Map(head.map(({ cluster, objects }) => [cluster, objects]))
  for (const cluster of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [toState(before.get(cluster)), toState(after.get(cluster))]
    const affected = listAffected(was, is)
    if (affected.size === 0) continue
    const [had, has] = [toHeld(was, affected), toHeld(is, affected)]
    for (const [key, { subject, namespace }] of new Map([...had.places, ...has.places])) {
      const anywhere = toKey(subject, undefined)
      const { gained, lost } = compare({
        before: [had.rules.get(key), had.rules.get(anywhere)],
        after: [has.rules.get(key), has.rules.get(anywhere)],
        isNamespaced: namespace !== undefined,
      })
      const place = { cluster, ...(namespace === undefined ? {} : { namespace }) }
      for (const right of gained) fold.add(subject, 'gains', right, place)
      for (const right of lost) fold.add(subject, 'loses', right, place)
    }
  }
  return fold.list()
}

/** A role with a name for its rules that is equal for equal rules. */
type KnownRole = { readonly id: string; readonly rules: readonly RbacRule[] }
type State = { readonly roles: ReadonlyMap<string, KnownRole>; readonly bindings: readonly RbacBinding[] }

const toState = (objects: RbacObjects | undefined): State => ({
  roles: new Map(
    aggregateRoles(objects?.roles ?? []).map(({ kind, namespace, name, rules }) => [
      toRoleKey(kind, namespace, name),
      { id: JSON.stringify(rules), rules },
    ]),
  ),
  bindings: objects?.bindings ?? [],
})

/** Whom any changed binding names, or a binding of a changed role: most of a fleet is the same before and after. */
const listAffected = (before: State, after: State): Set<string> => {
  const changed = new Set(
    [...before.roles.keys(), ...after.roles.keys()].filter(
      (key) => before.roles.get(key)?.id !== after.roles.get(key)?.id,
    ),
  )
  const toName = ({ namespace = '', name }: RbacBinding): string => `${namespace} ${name}`
  const known = new Map(before.bindings.map((binding) => [toName(binding), binding]))
  const affected = new Set<string>()
  const add = ({ subjects }: RbacBinding): void => {
    for (const subject of subjects) affected.add(formatSubject(subject))
  }
  for (const binding of after.bindings) {
    const name = toName(binding)
    const old = known.get(name)
    if (old && isSameBinding(old, binding) && !changed.has(toBoundKey(binding))) known.delete(name)
    else add(binding)
  }
  for (const binding of known.values()) add(binding)
  return affected
}

const isSameBinding = (a: RbacBinding, b: RbacBinding): boolean =>
  a === b ||
  (a.roleRef.kind === b.roleRef.kind &&
    a.roleRef.name === b.roleRef.name &&
    a.subjects.length === b.subjects.length &&
    a.subjects.every(({ kind, name, namespace }, at) => {
      const other = b.subjects[at]
      return kind === other?.kind && name === other.name && namespace === other.namespace
    }))

type Place = { readonly subject: string; readonly namespace: string | undefined }

/** The rules of all roles that the subjects have in each place. */
const toHeld = ({ roles, bindings }: State, affected: ReadonlySet<string>) => {
  const places = new Map<string, Place>()
  const collected = new Map<string, Set<KnownRole>>()
  for (const binding of bindings) {
    const role = roles.get(toBoundKey(binding))
    if (role === undefined) continue
    const { namespace } = binding
    for (const each of binding.subjects) {
      const subject = formatSubject(each)
      if (!affected.has(subject)) continue
      const key = toKey(subject, namespace)
      const known = collected.get(key)
      if (known) known.add(role)
      else {
        places.set(key, { subject, namespace })
        collected.set(key, new Set([role]))
      }
    }
  }
  return { places, rules: new Map([...collected].map(([key, held]) => [key, joinRoles([...held])])) }
}

const joinRoles = (roles: readonly KnownRole[]): KnownRole =>
  roles.length === 1
    ? roles[0]!
    : {
        id: roles
          .map(({ id }) => id)
          .sort()
          .join(),
        rules: roles.flatMap(({ rules }) => rules),
      }

const toBoundKey = ({ roleRef, namespace }: RbacBinding): string => toRoleKey(roleRef.kind, namespace, roleRef.name)
const toKey = (subject: string, namespace: string | undefined): string => `${namespace ?? ''} ${subject}`
const toRoleKey = (kind: RbacRole['kind'], namespace: string | undefined, name: string): string =>
  kind === 'ClusterRole' ? name : `${namespace ?? ''} ${name}`

type Compared = { readonly gained: readonly Right[]; readonly lost: readonly Right[] }
/** The rules in the place itself, and on the whole cluster. */
type Both = readonly [KnownRole | undefined, KnownRole | undefined]
type Comparison = { readonly before: Both; readonly after: Both; readonly isNamespaced: boolean }

const NOTHING: Compared = { gained: [], lost: [] }

/** Many subjects on many clusters have the same rules before and after: compared once. */
const createComparer = (): ((comparison: Comparison) => Compared) => {
  const known = new Map<string, Compared>()
  return ({ before, after, isNamespaced }) => {
    if (before[0]?.id === after[0]?.id) return NOTHING
    const ids = isNamespaced ? [...before, ...after] : [before[0], after[0]]
    const key = ids.map((rules) => rules?.id ?? '').join('\n')
    const compared = known.get(key) ?? {
      // What one has on the whole cluster afterwards is told there.
      gained: listMissing(after[0], isNamespaced ? [...before, after[1]] : before),
      lost: listMissing(before[0], after),
    }
    known.set(key, compared)
    return compared
  }
}

const listMissing = (from: KnownRole | undefined, covering: readonly (KnownRole | undefined)[]): Right[] => {
  const rules = covering.flatMap((each) => each?.rules ?? [])
  const rights = (from?.rules ?? []).flatMap(listRights)
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()].filter(
    (right) => !rules.some((rule) => allowsRequest(rule, toRequest(right))),
  )
}

const listRights = ({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames,
  nonResourceURLs = [],
}: RbacRule): Right[] =>
  verbs.flatMap((verb): Right[] => [
    ...nonResourceURLs.map((path) => ({ verb, path })),
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource): Right[] =>
        resourceNames?.length
          ? resourceNames.map((name) => ({ verb, group, resource, name }))
          : [{ verb, group, resource }],
      ),
    ),
  ])

const toRequest = (right: Right): AccessRequest => {
  if ('path' in right) return right
  const [resource = '', subresource] = right.resource.split('/')
  return { ...right, resource, ...(subresource === undefined ? {} : { subresource }) }
}
