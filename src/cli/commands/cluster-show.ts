import { isLockstepError } from '../../base/errors.ts'
import { compareShape } from '../../clusters/existing/compare-shape.ts'
import { type ReconcileResult, reconcileCluster } from '../../enforce/reconcile-cluster.ts'
import type { ResolvedCluster } from '../../fleet/resolved.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { DesiredCluster } from '../../render/desired.ts'
import { EXIT, toExitCode } from '../exit-code.ts'
import type { RemoteOptions } from '../hub/hub-options.ts'
import type { ClusterOptions, Format } from '../options.ts'
import { formatShown, type ShownCluster } from '../report/cluster-report.ts'
import { formatData } from '../report/data.ts'
import { type ClusterRun, type ConnectedCluster, runClusters } from '../run-clusters.ts'
import { openFleetSession } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep cluster show`. */
export type ClusterShowOptions = ClusterOptions & RemoteOptions & { readonly output: Format }

type Looked = {
  readonly server: string
  readonly version: string
  readonly nodes?: number
  readonly shape: readonly string[]
  readonly desired: DesiredCluster
  readonly result: ReconcileResult
}

/** `lockstep cluster show`: one cluster, what Git says of it and how it is. */
export const runClusterShow = async (name: string, options: ClusterShowOptions, world: World): Promise<number> => {
  if (options.hub !== undefined)
    return (await import('./hub-clusters.ts')).runHubClusterShow(name, { ...options, hub: options.hub }, world)
  await using session = await openFleetSession({ ...options, cluster: [name] }, world)
  const [run] = await runClusters(session, look, options, world)
  world.signal.throwIfAborted()
  const shown = toShown(session.fleet.clusters[0] as ResolvedCluster, run as ClusterRun<Looked>)
  world.stdout.write(
    options.output === 'table'
      ? formatShown(shown, world)
      : formatData(shown, options.output === 'json' ? 'json' : 'yaml'),
  )
  return run?.type === 'failed' ? toExitCode(run.error) : EXIT.nothingToReport
}

const look = async (
  { cluster, desired, discovery, deps }: ConnectedCluster,
  call: { readonly signal: AbortSignal },
): Promise<Looked> => {
  const [nodes, result] = await Promise.all([
    listNodes(deps.client, call),
    reconcileCluster({ desired, mode: 'heal', dryRun: true }, deps, call),
  ])
  return {
    server: deps.client.server,
    version: discovery.serverVersion,
    ...(nodes ? { nodes: nodes.length } : {}),
    shape: compareShape(cluster.shape, { ...discovery, ...(nodes ? { nodes } : {}) }),
    desired,
    result,
  }
}

/** Undefined where we may not list them. */
const listNodes = async (
  client: ConnectedCluster['deps']['client'],
  call: { readonly signal: AbortSignal },
): Promise<readonly KubeObject[] | undefined> => {
  const resource = { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false, verbs: [] }
  try {
    return (await client.list({ resource }, call)).items
  } catch (error) {
    if (isLockstepError(error, 'KUBE_FORBIDDEN')) return undefined
    throw error
  }
}

const toShown = (cluster: ResolvedCluster, run: ClusterRun<Looked>): ShownCluster => {
  const looked = run.type === 'done' ? run.result : undefined
  const { name, labels, provider, template, shape, components } = cluster
  return {
    name,
    labels,
    provider,
    ...(template ? { template } : {}),
    shape,
    reachable: run.report.reachable,
    ...(run.report.error === undefined ? {} : { error: run.report.error }),
    ...(looked
      ? {
          server: looked.server,
          version: looked.version,
          ...(looked.nodes === undefined ? {} : { nodes: looked.nodes }),
          shapeDifferences: looked.shape,
          warnings: looked.result.warnings,
        }
      : {}),
    components: components.map((component) => ({
      name: component.name,
      source: component.source,
      ...(component.namespace ? { namespace: component.namespace } : {}),
      ...(component.owner ? { owner: component.owner } : {}),
      dependsOn: component.dependsOn,
      policy: component.policy,
      ...(looked ? countComponent(component.name, looked) : {}),
    })),
  }
}

const countComponent = (name: string, { desired, result }: Looked) => {
  const found = desired.components.find((component) => component.name === name)
  return {
    objects: found?.objects.length ?? 0,
    findings: result.findings.filter(({ component }) => component === name).length,
    pending: result.pending.filter(({ component }) => component === name).length,
    ...(found?.owner ? { owner: found.owner } : {}),
    ...(found?.error ? { error: found.error } : {}),
  }
}
