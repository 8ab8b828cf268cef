import { isLockstepError } from '../base/errors.ts'
import { mapLimited } from '../base/limit.ts'
import { toListedRef } from '../drift/observe.ts'
import type { ExclusiveScope, Selector } from '../fleet/policy.ts'
import type { Discovery, KubeClient, Resource } from '../kube/client.ts'
import { type ObjectMetadata, type ObjectRef, toRefKey } from '../kube/object.ts'
import type { DesiredCluster, DesiredComponent } from '../render/desired.ts'

/** An object in a scope that a component claims for itself, that no component owns. */
export type UnmanagedObject = {
  readonly ref: ObjectRef
  readonly resource: Resource
  readonly live: ObjectMetadata
  readonly component: DesiredComponent
  /** What it has to do with the scope. */
  readonly note?: string
  /** Only told, never removed. */
  readonly keep?: boolean
}

/** Lists what is in the exclusive scopes of a cluster's components and belongs to nobody. One LIST a kind and namespace. */
export const findUnmanaged = async (
  desired: DesiredCluster,
  owned: ReadonlySet<string>,
  deps: { readonly clientFor: (component: string) => KubeClient; readonly discovery: Discovery },
  options: { readonly signal?: AbortSignal } = {},
): Promise<UnmanagedObject[]> => {
  const scopes = desired.components.flatMap((component) =>
    component.policy.exclusive.map((scope) => ({ component, scope })),
  )
  const found = await mapLimited(scopes, 8, async ({ component, scope }): Promise<UnmanagedObject[]> => {
    const resource = deps.discovery.find(scope.group, scope.kind)
    if (!resource) return []
    const items = await listScope(scope, resource, deps.clientFor(component.name), options)
    return items
      .map((live) => ({ live, resource, component, ref: toListedRef(live, resource) }))
      .filter(({ live, ref }) => !owned.has(toRefKey(ref)) && !isSystem(live))
  })
  // Two components may claim one scope: an object in it is told once.
  return [...new Map(found.flat().map((object) => [toRefKey(object.ref), object])).values()]
}

const listScope = async (
  scope: ExclusiveScope,
  resource: Resource,
  client: KubeClient,
  options: { readonly signal?: AbortSignal },
): Promise<ObjectMetadata[]> => {
  const namespaces = await listNamespaces(scope.namespaces, client, options)
  if (namespaces === undefined || !resource.namespaced)
    return [...(await client.listMetadata({ resource }, options)).items]
  const lists = await mapLimited(namespaces, 8, (namespace) => client.listMetadata({ resource, namespace }, options))
  return lists.flatMap(({ items }) => [...items])
}

const NAMESPACES: Resource = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  verbs: [],
}

const listNamespaces = async (
  selector: Selector | undefined,
  client: KubeClient,
  options: { readonly signal?: AbortSignal },
): Promise<readonly string[] | undefined> => {
  if (!selector) return undefined
  if ('names' in selector) return selector.names
  const labelSelector = formatSelector(selector)
  try {
    const { items } = await client.listMetadata(
      { resource: NAMESPACES, ...(labelSelector ? { labelSelector } : {}) },
      options,
    )
    return items.map(({ metadata }) => metadata.name)
  } catch (error) {
    if (options.signal?.aborted || !isLockstepError(error, 'KUBE_NOT_FOUND')) throw error
    return []
  }
}

const formatSelector = (selector: Exclude<Selector, { names: readonly string[] }>): string => {
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${(values ?? []).join(',')})`
  })
  return [...labels, ...expressions].join(',')
}

/** Made by a controller for something else, or by Kubernetes itself in every namespace or cluster. */
const isSystem = ({ metadata, kind }: ObjectMetadata): boolean =>
  metadata.ownerReferences?.some(({ controller }) => controller) === true ||
  metadata.labels?.['kubernetes.io/bootstrapping'] !== undefined ||
  (metadata.name === 'kube-root-ca.crt' && kind === 'ConfigMap') ||
  (metadata.name === 'default' && kind === 'ServiceAccount')
