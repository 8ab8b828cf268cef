import type { KubeObject } from '../../kube/object.ts'
import { type AccessRequest, allowsRequest, type RbacRule } from '../../kube/rbac-rule.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { AccessAttributes } from './authorize.ts'

/** Why a request is allowed; undefined where no role allows it. */
export type Allowance = { readonly reason: string }

type Subject = { readonly kind: string; readonly name: string; readonly namespace?: string }
type Binding = KubeObject & {
  readonly subjects?: readonly Subject[]
  readonly roleRef: { readonly kind: string; readonly name: string }
}
const COMPONENTS = new Set(['system:kube-controller-manager', 'system:kube-scheduler'])
const RBAC = 'rbac.authorization.k8s.io'

/** Asks the roles and bindings in the store, and what every cluster grants to everybody who is known. */
export const allowByRoles = (store: ObjectStore, attributes: AccessAttributes): Allowance | undefined => {
  const { groups, username } = attributes.user
  // Of the components, the roles that every cluster has for them are taken for granted.
  if (groups.includes('system:masters') || groups.includes('system:nodes') || COMPONENTS.has(username))
    return { reason: '' }
  if (groups.includes('system:authenticated') && DISCOVERY.some((rule) => allowsRequest(rule, toRequest(attributes))))
    return {
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
    }
  const clusterWide = findAllowing(store, `${RBAC}/clusterrolebindings`, '', attributes)
  if (clusterWide || attributes.namespace === '') return clusterWide
  return findAllowing(store, `${RBAC}/rolebindings`, attributes.namespace, attributes)
}

const findAllowing = (
  store: ObjectStore,
  resource: string,
  namespace: string,
  attributes: AccessAttributes,
): Allowance | undefined => {
  for (const stored of store.list(resource, namespace === '' ? '' : `${namespace}/`) ?? []) {
    const binding = store.read(stored) as Binding
    const subject = binding.subjects?.find((each) => matchesSubject(each, attributes, namespace))
    if (!subject) continue
    const { kind, name } = binding.roleRef
    const role =
      kind === 'ClusterRole'
        ? store.get(`${RBAC}/clusterroles`, name)
        : store.get(`${RBAC}/roles`, `${namespace}/${name}`)
    const { rules } = (role ? store.read(role) : {}) as { rules?: readonly RbacRule[] }
    if (!rules?.some((rule) => allowsRequest(rule, toRequest(attributes)))) continue
    const bound = namespace === '' ? binding.metadata.name : `${binding.metadata.name}/${namespace}`
    const bindingKind = namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding'
    const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace}` : subject.name
    return { reason: `RBAC: allowed by ${bindingKind} "${bound}" of ${kind} "${name}" to ${subject.kind} "${who}"` }
  }
  return undefined
}

const matchesSubject = ({ kind, name, namespace }: Subject, { user }: AccessAttributes, own: string): boolean => {
  if (kind === 'User') return user.username === name
  if (kind === 'Group') return user.groups.includes(name)
  return user.username === `system:serviceaccount:${namespace ?? own}:${name}`
}

const toRequest = ({ verb, group, plural, subresource, name, path }: AccessAttributes): AccessRequest =>
  path === undefined ? { verb, group, resource: plural, subresource, name } : { verb, path }

/** What every cluster grants to whoever is known. */
const DISCOVERY: readonly RbacRule[] = [
  {
    verbs: ['get'],
    nonResourceURLs: [
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ],
  },
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
]
