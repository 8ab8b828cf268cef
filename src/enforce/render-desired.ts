import type { Clock } from '../base/clock.ts'
import type { ResolvedCluster } from '../fleet/resolved.ts'
import type { Selectable } from '../fleet/selector.ts'
import type { Discovery, KubeClient } from '../kube/client.ts'
import type { DesiredCluster } from '../render/desired.ts'
import type { FleetSession } from '../render/fleet-session.ts'
import { renderCluster, toCapabilities } from '../render/render-cluster.ts'

/** What Git says of a cluster, rendered for what the cluster can do. */
export const renderDesired = async (
  { fleet, revision, codeowners, renderDeps }: FleetSession,
  cluster: ResolvedCluster,
  { client, discovery, clock }: { readonly client: KubeClient; readonly discovery: Discovery; readonly clock: Clock },
  options: { readonly signal?: AbortSignal } = {},
): Promise<DesiredCluster> => {
  const desired = await renderCluster(
    {
      fleet: fleet.name,
      revision,
      deletionGuard: fleet.deletionGuard,
      cluster,
      capabilities: toCapabilities(discovery),
      now: clock.now(),
      listNamespaces: () => listNamespaces(client, discovery, options),
      ...(codeowners === undefined ? {} : { codeowners }),
    },
    renderDeps,
    options,
  )
  return { ...desired, alertPolicies: fleet.alertPolicies.filter(({ clusters }) => clusters.has(cluster.name)) }
}

/** The namespaces that grants can hold in: one that is going away takes its bindings with it. */
const listNamespaces = async (
  client: KubeClient,
  discovery: Discovery,
  options: { readonly signal?: AbortSignal },
): Promise<Selectable[]> => {
  const resource = discovery.find('', 'Namespace')
  const { items } = resource ? await client.listMetadata({ resource }, options) : { items: [] }
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => ({ name: metadata.name, labels: metadata.labels ?? {} }))
}
