import { systemClock } from '../../base/system-clock.ts'
import type { ComponentPolicy } from '../../fleet/policy.ts'
import type { KubeClient } from '../../kube/client.ts'
import { createKubeClient } from '../../kube/http-client.ts'
import { loadKubeconfig } from '../../kube/kubeconfig.ts'
import type { KubeObject, Manifest } from '../../kube/object.ts'
import type { DesiredCluster, DesiredComponent } from '../../render/desired.ts'
import { type ReconcileRequest, type ReconcileResult, reconcileCluster } from '../reconcile-cluster.ts'

/** The policy of a component that says nothing of its own; nothing is waited for. */
export const POLICY: ComponentPolicy = {
  apply: 'auto',
  drift: 'heal',
  prune: true,
  adopt: 'ifUnowned',
  replace: false,
  waitMs: 0,
  intervalMs: 600_000,
  exclusive: [],
  ignore: [],
  health: [],
}

/** A component of these manifests. */
export const componentOf = (
  name: string,
  manifests: readonly Manifest[],
  over: Omit<Partial<DesiredComponent>, 'policy'> & { policy?: Partial<ComponentPolicy> } = {},
): DesiredComponent => ({
  name,
  dependsOn: [],
  objects: manifests.map((manifest) => ({ manifest })),
  source: 'test',
  warnings: [],
  ...over,
  policy: { ...POLICY, ...over.policy },
})

/** A cluster of these components. */
export const desiredOf = (components: readonly DesiredComponent[], revision = 'r1'): DesiredCluster => ({
  fleet: 'test',
  cluster: 'test',
  labels: {},
  revision,
  deletionGuard: { maxObjects: 20, maxPercent: 60 },
  components,
})

/** A cluster to reconcile, and a client to look at it and to tamper with. */
export type World = AsyncDisposable & {
  readonly client: KubeClient
  readonly reconcile: (
    desired: DesiredCluster,
    request?: Partial<ReconcileRequest>,
    options?: { signal?: AbortSignal; holder?: string; client?: KubeClient },
  ) => Promise<ReconcileResult>
  /** What `lockstep drift` would tell. */
  readonly drift: (desired: DesiredCluster) => Promise<ReconcileResult>
  readonly get: (
    kind: string,
    namespace: string | undefined,
    name: string,
    group?: string,
  ) => Promise<KubeObject | undefined>
}

/** Opens a cluster by its kubeconfig. */
export const openWorld = async (kubeconfigFile: string): Promise<World> => {
  const access = await loadKubeconfig({ paths: [kubeconfigFile], allowExec: [] }, { clock: systemClock, env: {} })
  const client = createKubeClient(access, { clock: systemClock, random: Math.random })
  const reconcile: World['reconcile'] = (desired, request = {}, options = {}) =>
    reconcileCluster(
      { desired, mode: 'sync', ...request },
      {
        client: options.client ?? client,
        clock: systemClock,
        holder: options.holder ?? 'test',
        lockWaitMs: 60_000,
        emit: () => undefined,
      },
      options.signal ? { signal: options.signal } : {},
    )
  return {
    client,
    reconcile,
    drift: (desired) => reconcile(desired, { mode: 'heal', dryRun: true }),
    get: async (kind, namespace, name, group = '') => {
      const resource = (await client.discover()).find(group, kind)
      return resource && client.get({ resource, name, ...(namespace ? { namespace } : {}) })
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}
