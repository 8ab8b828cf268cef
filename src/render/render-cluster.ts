import { isLockstepError, toError } from '../base/errors.ts'
import { mapLimited } from '../base/limit.ts'
import { findOwner } from '../fleet/codeowners.ts'
import type { DeletionGuard } from '../fleet/policy.ts'
import type { ResolvedCluster, ResolvedComponent } from '../fleet/resolved.ts'
import type { Selectable } from '../fleet/selector.ts'
import { digestJson } from '../kube/canonical.ts'
import type { Discovery } from '../kube/client.ts'
import type { DesiredCluster, DesiredComponent, DesiredObject } from './desired.ts'
import { createRenderError } from './errors.ts'
import { correctScopes, listDefined } from './normalize.ts'
import { type RenderDeps, type RenderedComponent, renderComponent } from './render-component.ts'
import type { Capabilities } from './rendered.ts'

/** What is rendered. */
export type RenderClusterInput = {
  readonly fleet: string
  readonly revision: string
  readonly deletionGuard: DeletionGuard
  readonly cluster: ResolvedCluster
  /** What the cluster can do; absent where it is not asked, as in `validate`. */
  readonly capabilities?: Capabilities
  /** The text of the fleet's CODEOWNERS. */
  readonly codeowners?: string
  /** When: access that has expired is left out. Absent: nothing has. */
  readonly now?: Date
  /** The namespaces of the cluster, asked for where a grant needs them; absent where it is not asked. */
  readonly listNamespaces?: () => Promise<readonly Selectable[]>
}

const CONCURRENCY = 3

/**
 * Everything Git says of one cluster, as manifests. Used by every command, so that all of them mean the same. A component
 * that cannot be rendered carries its error and does not keep the others from being rendered.
 */
export const renderCluster = async (
  input: RenderClusterInput,
  deps: RenderDeps,
  options: { readonly signal?: AbortSignal } = {},
): Promise<DesiredCluster> => {
  const { cluster, fleet, revision, deletionGuard } = input
  const rendered = await mapLimited(
    cluster.components.filter(({ source }) => source.type !== 'grant'),
    CONCURRENCY,
    (component) =>
      renderOne(component, input, (one) => renderComponent(one, input.capabilities, deps, options), options),
  )
  const scoped = withScopes(rendered, input.capabilities)
  const components = scoped.map((component) => withNamespace(component, scoped))
  return {
    fleet,
    cluster: cluster.name,
    labels: cluster.labels,
    revision,
    deletionGuard,
    components: [...components, ...(await renderGrants(input, components, options))],
  }
}

/** Grants come last, as they follow the namespaces that the other components state. */
const renderGrants = async (
  input: RenderClusterInput,
  components: readonly DesiredComponent[],
  options: { readonly signal?: AbortSignal },
): Promise<DesiredComponent[]> => {
  const grants = input.cluster.components.flatMap((component) =>
    component.source.type === 'grant' ? [{ component, grant: component.source.grant }] : [],
  )
  if (grants.length === 0) return []
  // Most clusters have none: what is known of roles and risks is loaded for those that do.
  const { createGrantRenderer } = await import('./render-grants.ts')
  const render = createGrantRenderer(input, components)
  return Promise.all(grants.map(({ component, grant }) => renderOne(component, input, () => render(grant), options)))
}

const renderOne = async (
  component: ResolvedComponent,
  input: RenderClusterInput,
  render: (component: ResolvedComponent) => Promise<RenderedComponent>,
  options: { readonly signal?: AbortSignal },
): Promise<DesiredComponent> => {
  const path = component.source.type === 'path' ? component.source.path : component.origin.file
  const owner = component.owner ?? (input.codeowners === undefined ? undefined : findOwner(input.codeowners, path))
  const base = {
    name: component.name,
    policy: component.policy,
    dependsOn: component.dependsOn,
    path,
    ...(component.namespace ? { namespace: component.namespace } : {}),
    ...(owner ? { owner } : {}),
    ...(component.serviceAccount ? { serviceAccount: component.serviceAccount } : {}),
  }
  try {
    return { ...base, ...(await render(component)) }
  } catch (error) {
    if (options.signal?.aborted) throw error
    return { ...base, objects: [], warnings: [], source: component.source.type, error: toRenderError(error, component) }
  }
}

/** A file that cannot be read, or input that nobody foresaw, is one component's trouble as well. */
const toRenderError = (thrown: unknown, { name, origin }: ResolvedComponent): Error => {
  if (isLockstepError(thrown)) return thrown
  const message = `component ${name} cannot be rendered: ${toError(thrown).message}`
  return createRenderError('RENDER_FAILED', message, { subject: name, position: origin, cause: thrown })
}

/** What the definitions of all components say of the scope of kinds counts before what the cluster knows already. */
const withScopes = (
  components: readonly DesiredComponent[],
  capabilities: Capabilities | undefined,
): readonly DesiredComponent[] => {
  const defined = new Map(components.flatMap(({ objects }) => objects.flatMap(({ manifest }) => listDefined(manifest))))
  if (defined.size === 0 && !capabilities) return components
  const isNamespaced = (group: string, kind: string): boolean | undefined =>
    defined.get(`${group}/${kind}`) ?? capabilities?.isNamespaced(group, kind)
  return components.map((component) => ({
    ...component,
    objects: correctScopes(component.objects, component, isNamespaced),
  }))
}

/** The default namespace comes with the component, unless some component states it. */
const withNamespace = (component: DesiredComponent, all: readonly DesiredComponent[]): DesiredComponent => {
  const { namespace, objects } = component
  const isStated = all.some((other) =>
    other.objects.some(
      ({ manifest }) =>
        manifest.kind === 'Namespace' && manifest.apiVersion === 'v1' && manifest.metadata.name === namespace,
    ),
  )
  const first = all.find((other) => other.namespace === namespace && !other.error && other.objects.length > 0)
  if (!namespace || namespace === 'default' || namespace.startsWith('kube-') || isStated || first !== component)
    return component
  const manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  const object: DesiredObject = {
    manifest,
    digest: digestJson(manifest),
    origin: `(namespace of component ${component.name})`,
  }
  return { ...component, objects: [object, ...objects] }
}

/** What a server's discovery says to charts. */
export const toCapabilities = (discovery: Discovery): Capabilities => ({
  kubeVersion: discovery.serverVersion,
  apiVersions: discovery.apiVersions,
  isNamespaced: (group, kind) => discovery.find(group, kind)?.namespaced,
})
