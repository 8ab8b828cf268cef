import { POLICY } from '../src/enforce/testing/world.ts'
import type { ResolvedComponent } from '../src/fleet/resolved.ts'
import type { Discovery } from '../src/kube/client.ts'
import type { DesiredCluster } from '../src/render/desired.ts'
import { renderCluster, toCapabilities } from '../src/render/render-cluster.ts'

/** What a component of a corpus folder is called, and its namespace where it names none. */
export const toCorpusName = (path: string): string => path.replace(/\W+/g, '-').replace(/-$/, '')

const toComponent = (path: string): ResolvedComponent => ({
  name: toCorpusName(path),
  source: { type: 'path', path },
  policy: { ...POLICY, waitMs: 300_000 },
  namespace: toCorpusName(path),
  dependsOn: [],
  helm: { values: {}, valuesFiles: [] },
  kustomize: { images: [], patches: [] },
  jsonnet: { tlas: {}, extVars: {}, libs: [] },
  substitute: false,
  variables: { parameters: {}, cluster: { name: 'test', labels: {} } },
  origin: { file: 'fleet.yaml' },
})

/** Folders of the corpus as the product renders them, each a component of one cluster. */
export const renderCorpus = (
  paths: readonly string[],
  deps: { readonly directory: string; readonly cacheDir: string; readonly discovery: Discovery },
): Promise<DesiredCluster> =>
  renderCluster(
    {
      fleet: 'corpus',
      revision: 'r1',
      deletionGuard: { maxObjects: 1000, maxPercent: 100 },
      capabilities: toCapabilities(deps.discovery),
      cluster: {
        name: 'test',
        labels: {},
        provider: { type: 'existing', kubeconfig: {} },
        shape: {},
        components: paths.map(toComponent),
        origin: { file: 'fleet.yaml' },
      },
    },
    {
      cacheDir: deps.cacheDir,
      engines: {},
      checkOut: async () => ({ directory: deps.directory }),
      sources: { fetch: () => Promise.reject(new Error('everything is here')) } as never,
    },
  )
