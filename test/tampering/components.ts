import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ComponentPolicy } from '../../src/fleet/policy.ts'
import type { Discovery } from '../../src/kube/client.ts'
import { type Manifest, toGroup, toRef, toRefKey } from '../../src/kube/object.ts'
import type { DesiredCluster, DesiredComponent } from '../../src/render/desired.ts'
import { corpusDir, readManifests } from '../corpus.ts'
import { renderCorpus } from '../render-corpus.ts'
import { at } from './tree.ts'

const POLICY: ComponentPolicy = {
  apply: 'auto',
  drift: 'heal',
  prune: true,
  adopt: 'always',
  replace: false,
  waitMs: 0,
  intervalMs: 600_000,
  exclusive: [{ group: 'rbac.authorization.k8s.io', kind: 'RoleBinding', namespaces: { names: ['tamper'] } }],
  ignore: [{ kind: 'ConfigMap', name: 'settings', fields: ['/data/ignored', '/metadata/annotations/ignored'] }],
  health: [],
}

/** The charts of the corpus, rendered. What the same project's manifests bring, too, is left to them. */
const CHARTS = ['podinfo/chart', 'metrics-server/chart', 'online-boutique/chart']

/** What is tampered with: the objects made for it, and the corpus where it is at hand. */
export const readComponents = async (
  discovery: Discovery,
  names?: readonly string[],
): Promise<ReadonlyMap<string, readonly Manifest[]>> => {
  const corpus = corpusDir()
  const components = new Map<string, Manifest[]>([['own', readManifests(import.meta.dirname)]])
  if (corpus) {
    const read = (path: string): Manifest[] => readManifests(join(corpus, path))
    components.set('kube-prometheus', read('kube-prometheus'))
    components.set('podinfo', inNamespace('podinfo', read('podinfo/kustomize')))
    components.set('metrics-server', read('metrics-server/kustomize/base').map(completeMetricsServer))
    components.set('online-boutique', inNamespace('boutique', read('online-boutique/kustomize/base')))
    for (const [name, objects] of await renderCharts(corpus, discovery)) components.set(name, objects)
  }
  const seen = new Set<string>()
  const isFirst = (manifest: Manifest): boolean => {
    const key = toRefKey(toRef(manifest))
    return !seen.has(key) && Boolean(seen.add(key))
  }
  return new Map(
    [...components]
      .filter(([name]) => names?.includes(name) ?? true)
      .map(([name, objects]) => [name, objects.filter(isFirst)]),
  )
}

const renderCharts = async (directory: string, discovery: Discovery): Promise<[string, Manifest[]][]> => {
  const cacheDir = await mkdtemp(join(tmpdir(), 'lockstep-tampering-'))
  try {
    const { components } = await renderCorpus(CHARTS, { directory, cacheDir, discovery })
    return components.map(({ name, error, objects }) => {
      if (error) throw error
      return [name, objects.filter(({ hook }) => hook === undefined).map(({ manifest }) => manifest)]
    })
  } finally {
    await rm(cacheDir, { recursive: true, force: true })
  }
}

const inNamespace = (namespace: string, objects: readonly Manifest[]): Manifest[] => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  ...objects.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } })),
]

/** The labels that its kustomization adds: without them the Deployment is not valid. */
const completeMetricsServer = (object: Manifest): Manifest => {
  const labels = { 'k8s-app': 'metrics-server' }
  if (object.kind === 'Service') return { ...object, spec: { ...(object.spec as object), selector: labels } }
  if (object.kind !== 'Deployment') return object
  const template = { metadata: { labels }, spec: at(object, '/spec/template/spec') }
  return { ...object, spec: { ...(object.spec as object), selector: { matchLabels: labels }, template } }
}

/** The components as Lockstep is given them. Kinds of the cluster get no namespace, whatever their file says. */
export const toDesired = (
  components: ReadonlyMap<string, readonly Manifest[]>,
  discovery: Discovery,
): DesiredCluster => ({
  fleet: 'tampering',
  cluster: 'tampering',
  labels: {},
  revision: 'r1',
  deletionGuard: { maxObjects: 20, maxPercent: 25 },
  components: [...components].map(
    ([name, objects]): DesiredComponent => ({
      name,
      policy: POLICY,
      dependsOn: [],
      objects: objects.map((manifest) => ({ manifest: scope(manifest, discovery) })),
      source: name,
      warnings: [],
    }),
  ),
})

const scope = (stated: Manifest, discovery: Discovery): Manifest => {
  const manifest = encodeSecret(stated)
  const resource = discovery.find(toGroup(manifest.apiVersion), manifest.kind)
  if (!resource || resource.namespaced || !manifest.metadata.namespace) return manifest
  const { namespace: _, ...metadata } = manifest.metadata
  return { ...manifest, metadata }
}

/** As rendering does. */
const encodeSecret = ({ stringData, ...manifest }: Manifest): Manifest => {
  if (!stringData) return manifest
  const encoded = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
  return { ...manifest, data: { ...(manifest.data as object | undefined), ...Object.fromEntries(encoded) } }
}
