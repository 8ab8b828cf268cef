import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { corpusDir } from '../../test/corpus.ts'
import type { EnginePaths, ResolvedComponent } from '../fleet/resolved.ts'
import { packChart } from '../source/testing/chart.ts'
import type { DesiredComponent } from './desired.ts'
import { findEngine } from './engines.ts'
import { renderCluster } from './render-cluster.ts'
import type { Capabilities } from './rendered.ts'

const cacheDir = mkdtempSync(join(tmpdir(), 'lockstep-render-cache-'))
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
afterAll(() => rmSync(cacheDir, { recursive: true, force: true }))

const makeFolder = (files: Readonly<Record<string, string>>): string => {
  const root = mkdtempSync(join(tmpdir(), 'lockstep-render-test-'))
  folders.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const render = async (
  root: string,
  path: string,
  over: Partial<ResolvedComponent> = {},
  capabilities?: Capabilities,
  engines: EnginePaths = {},
): Promise<DesiredComponent> => {
  const [component] = await renderAll(root, [{ source: { type: 'path', path }, ...over }], capabilities, engines)
  return component as DesiredComponent
}

const renderAll = async (
  root: string,
  overrides: readonly Partial<ResolvedComponent>[],
  capabilities?: Capabilities,
  engines: EnginePaths = {},
  artifact?: object,
): Promise<readonly DesiredComponent[]> => {
  const toComponent = (over: Partial<ResolvedComponent>): ResolvedComponent => ({
    name: 'app',
    source: { type: 'path', path: '.' },
    policy: {
      apply: 'auto',
      drift: 'heal',
      prune: true,
      adopt: 'ifUnowned',
      replace: false,
      waitMs: 0,
      intervalMs: 0,
      exclusive: [],
      ignore: [],
      health: [],
    },
    dependsOn: [],
    helm: { values: {}, valuesFiles: [] },
    kustomize: { images: [], patches: [] },
    jsonnet: { tlas: {}, extVars: {}, libs: [] },
    substitute: false,
    variables: { parameters: { size: 3 }, cluster: { name: 'eu-1', labels: { region: 'eu' } } },
    origin: { file: 'fleet.yaml' },
    ...over,
  })
  const { components } = await renderCluster(
    {
      fleet: 'f',
      revision: 'r',
      deletionGuard: { maxObjects: 20, maxPercent: 25 },
      cluster: {
        name: 'eu-1',
        labels: {},
        provider: { type: 'existing', kubeconfig: {} },
        shape: {},
        components: overrides.map(toComponent),
        origin: { file: 'fleet.yaml' },
      },
      ...(capabilities ? { capabilities } : {}),
    },
    {
      cacheDir,
      engines,
      checkOut: async () => ({ directory: root }),
      sources: { fetch: async () => artifact } as never,
    },
  )
  return components
}
const names = ({ objects, error }: DesiredComponent): string[] => {
  if (error) throw error
  return objects
    .map(({ manifest: { kind, metadata } }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`)
    .sort()
}
const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`

test('one path may mix plain YAML, Kustomize, Helm and Jsonnet', async () => {
  const root = makeFolder({
    'app/plain.yaml': configMap('plain'),
    'app/deeper/more.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"more"}}',
    'app/k/kustomization.yaml': 'resources: [../../base]\nnamePrefix: k-\n',
    'base/kustomization.yaml': 'resources: [c.yaml]\n',
    'base/c.yaml': configMap('base'),
    'app/h/Chart.yaml': 'apiVersion: v2\nname: h\nversion: 1.0.0\n',
    'app/h/templates/c.yaml': configMap('{{ .Release.Name }}-h'),
    'app/j/main.jsonnet': "{c: {apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'j'}}}",
  })

  expect(names(await render(root, 'app', { namespace: 'shop' }))).toEqual([
    'ConfigMap/shop/app-h',
    'ConfigMap/shop/j',
    'ConfigMap/shop/k-base',
    'ConfigMap/shop/more',
    'ConfigMap/shop/plain',
    'Namespace//shop',
  ])
})

test('what a kustomization or a chart takes in is its own', async () => {
  const kustomization = (...resources: string[]): string => `resources: [${resources.join(', ')}]\n`
  const root = makeFolder({
    'app/base/kustomization.yaml': kustomization('c.yaml'),
    'app/base/c.yaml': configMap('base'),
    'app/middle/kustomization.yaml': kustomization('../base/'),
    'app/prod/kustomization.yaml': `${kustomization('../middle')}namePrefix: prod-\n`,
    'app/chart/Chart.yaml':
      'apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies: [{name: lib, version: 1.0.0, repository: "file://../lib"}]\n',
    'app/chart/templates/c.yaml': configMap('chart'),
    'app/chart/charts/lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n',
    'app/lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n',
  })

  expect(names(await render(root, 'app'))).toEqual(['ConfigMap/default/chart', 'ConfigMap/default/prod-base'])
})

test('kustomizations that take in each other are an error, not nothing', async () => {
  const root = makeFolder({
    'app/a/kustomization.yaml': 'resources: [../b]\n',
    'app/b/kustomization.yaml': 'resources: [../a]\n',
  })

  expect((await render(root, 'app')).error).toMatchObject({
    code: 'RENDER_FAILED',
    message: expect.stringMatching(/cycle/),
  })
})

test('a source may be one file, of manifests or a chart archive', async () => {
  const root = makeFolder({ 'one.yaml': configMap('one'), 'two.yaml': configMap('two'), 'read.me': 'hello' })
  writeFileSync(join(root, 'c-1.0.0.tgz'), await packChart('c', '1.0.0'))

  expect(names(await render(root, 'one.yaml'))).toEqual(['ConfigMap/default/one'])
  expect(names(await render(root, 'c-1.0.0.tgz'))).toEqual(['ConfigMap/default/x'])
  expect((await render(root, 'read.me')).error).toMatchObject({
    code: 'RENDER_FAILED',
    message: expect.stringMatching(/neither/),
  })
})

test('a chart gets values from files and inline, capabilities of the cluster, and its hooks are told apart', async () => {
  const root = makeFolder({
    'chart/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    'chart/values.yaml': 'a: chart\nb: chart\nc: chart\n',
    'chart/crds/crd.yaml':
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: t.e.com}\nspec: {group: e.com, scope: Cluster, names: {kind: T, plural: t}, versions: []}\n',
    'chart/templates/c.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: {{ .Release.Namespace }}}\ndata: {a: {{ .Values.a }}, b: {{ .Values.b }}, c: {{ .Values.c }}, v: {{ .Capabilities.KubeVersion.Version }}, has: "{{ .Capabilities.APIVersions.Has "x.io/v1" }}"}\n',
    'chart/templates/hook.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hook, annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-weight: "-5", helm.sh/hook-delete-policy: hook-succeeded}}\n',
    'chart/templates/test.yaml':
      'apiVersion: v1\nkind: Pod\nmetadata: {name: test, annotations: {helm.sh/hook: test}}\n',
    'values.yaml': 'b: file\nc: file\n',
  })
  const capabilities = { kubeVersion: 'v1.36.3', apiVersions: ['x.io/v1'], isNamespaced: () => undefined }
  const component = await render(
    root,
    'chart',
    { namespace: 'shop', helm: { values: { c: 'inline' }, valuesFiles: [{ path: 'values.yaml' }] } },
    capabilities,
  )

  expect(names(component)).toEqual([
    'ConfigMap/shop/c',
    'ConfigMap/shop/hook',
    'CustomResourceDefinition//t.e.com',
    'Namespace//shop',
  ])
  expect(component.objects.find(({ manifest }) => manifest.metadata.name === 'c')?.manifest.data).toEqual({
    a: 'chart',
    b: 'file',
    c: 'inline',
    v: 'v1.36.3',
    has: 'true',
  })
  expect(component.objects.find(({ hook }) => hook)?.hook).toEqual({
    phases: ['pre-install', 'pre-upgrade'],
    weight: -5,
    deletePolicies: ['hook-succeeded'],
  })
})

test('what a chart makes up anew each time is marked, and lookup is warned about', async () => {
  const root = makeFolder({
    'chart/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    'chart/templates/s.yaml':
      'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {fixed: a, password: {{ randAlphaNum 12 }}}\n# {{ lookup "v1" "Secret" "n" "s" }}\n',
  })
  const { objects, warnings } = await render(root, 'chart')

  expect(objects[0]?.random).toHaveLength(1)
  expect(objects[0]?.random).toEqual(['/data/password'])
  expect(objects[0]?.manifest.data).toMatchObject({ fixed: 'YQ==' })
  expect(objects[0]?.manifest).not.toHaveProperty('stringData')
  expect(warnings.join()).toContain('lookup')
})

test('an object that a chart calls otherwise each time is warned about', async () => {
  const root = makeFolder({
    'chart/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    'chart/templates/a.yaml': configMap('a-{{ randAlphaNum 5 | lower }}'),
  })

  expect((await render(root, 'chart')).warnings).toEqual([
    expect.stringMatching(/^c\/templates\/a\.yaml: v1 ConfigMap a-\w{5} is called otherwise at each rendering/),
  ])
})

test('a kustomization gets images and patches of the component', async () => {
  const root = makeFolder({
    'k/kustomization.yaml': 'resources: [d.yaml]\n',
    'k/d.yaml':
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: 1, template: {spec: {containers: [{name: c, image: "i:1"}]}}}\n',
  })
  const { objects, error } = await render(root, 'k', {
    kustomize: {
      images: [{ name: 'i', newTag: '2' }],
      patches: [{ target: { kind: 'Deployment' }, patch: '[{"op":"replace","path":"/spec/replicas","value":5}]' }],
    },
  })

  expect(error).toBeUndefined()
  expect(objects[0]?.manifest.spec).toMatchObject({
    replicas: 5,
    template: { spec: { containers: [{ image: 'i:2' }] } },
  })
})

test('references are replaced where the component says so, and keep their type', async () => {
  const root = makeFolder({
    'p/c.yaml':
      'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: "t-${cluster.name}"}\nspec: {size: "${parameters.size}", text: "$${left}"}\n',
  })

  expect((await render(root, 'p', { substitute: true })).objects[0]?.manifest).toMatchObject({
    metadata: { name: 't-eu-1' },
    spec: { size: 3, text: '${left}' },
  })
  expect((await render(root, 'p')).objects[0]?.manifest.metadata.name).toBe('t-${cluster.name}')
})

test('lists are taken apart, a cluster-scoped kind gets no namespace, and a variable set twice is the last one', async () => {
  const root = makeFolder({
    'p/l.yaml': 'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleList\nitems: [{metadata: {name: r}}]\n',
    'p/c.yaml':
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: c, namespace: wrong, creationTimestamp: null}\n',
    'p/t.yaml': 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\n',
    'p/d.yaml':
      'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, env: [{name: A, value: "1"}, {name: A, value: "2"}]}]}\n',
  })
  const capabilities = {
    kubeVersion: 'v1.36.3',
    apiVersions: [],
    isNamespaced: (_: string, kind: string) => (kind === 'Thing' ? false : undefined),
  }
  const component = await render(root, 'p', { namespace: 'default' }, capabilities)

  expect(names(component)).toEqual(['ClusterRole//c', 'Pod/default/p', 'Role/default/r', 'Thing//t'])
  expect(component.objects.find(({ manifest }) => manifest.kind === 'Pod')?.manifest.spec).toMatchObject({
    containers: [{ env: [{ name: 'A', value: '2' }] }],
  })
  expect(component.warnings.join()).toContain('sets A more than once')
})

test.each<[string, Record<string, string>, string, RegExp]>([
  ['a path that is not there', {}, 'SOURCE_PATH_MISSING', /nothing at app/],
  ['YAML that is none', { 'app/a.yaml': 'a: [' }, 'YAML_INVALID', /app\/a\.yaml:\d/],
  [
    'an object without a name',
    { 'app/a.yaml': 'apiVersion: v1\nkind: ConfigMap\n' },
    'MANIFEST_INVALID',
    /app\/a\.yaml.*metadata\.name/,
  ],
  [
    'a name that the server is to make up',
    { 'app/a.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n' },
    'MANIFEST_INVALID',
    /generateName/,
  ],
  [
    'a namespace that YAML reads as a boolean',
    { 'app/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: n}\n' },
    'MANIFEST_INVALID',
    /namespace.*quote/,
  ],
  [
    'an object twice',
    { 'app/a.yaml': configMap('a'), 'app/b.yaml': configMap('a') },
    'MANIFEST_DUPLICATE',
    /app\/a\.yaml.*app\/b\.yaml/,
  ],
  [
    'a port twice',
    {
      'app/a.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, ports: [{containerPort: 1}, {containerPort: 1, protocol: TCP}]}]}\n',
    },
    'MANIFEST_INVALID',
    /twice in ports/,
  ],
  [
    'a remote base',
    { 'app/kustomization.yaml': 'resources: ["https://example.com/base?ref=v1"]\n' },
    'KUSTOMIZE_REMOTE_BASE',
    /https:\/\/example\.com/,
  ],
  [
    'a base outside the repository',
    { 'app/kustomization.yaml': 'resources: [../../elsewhere]\n' },
    'KUSTOMIZE_REMOTE_BASE',
    /elsewhere/,
  ],
  [
    'a chart that fails',
    {
      'app/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
      'app/templates/a.yaml': '{{ fail "no size given" }}',
    },
    'RENDER_FAILED',
    /no size given/,
  ],
  [
    'a chart whose dependency is missing',
    {
      'app/Chart.yaml':
        'apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies: [{name: other, version: 1.0.0, repository: "https://example.com"}]\n',
    },
    'RENDER_FAILED',
    /other/,
  ],
  [
    'a kustomization that fails',
    { 'app/kustomization.yaml': 'resources: [a.yaml]\nreplicas: [{name: x, count: 1}]\n', 'app/a.yaml': 'a' },
    'RENDER_FAILED',
    /kustomize/,
  ],
])('%s is a clear error of the component', async (_, files, code, message) => {
  const { error, objects } = await render(makeFolder(files), 'app')

  expect(objects).toEqual([])
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
})

test('what a chart says of its failure is told with its place', async () => {
  const root = makeFolder({
    'app/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    'app/templates/a.yaml': '# one\n{{ fail "no size given" }}',
  })

  expect((await render(root, 'app')).error).toMatchObject({
    position: { file: 'c/templates/a.yaml', line: 2, column: 3 },
  })
})

test('a link that leaves the repository is refused, whatever the source type', async () => {
  const root = makeFolder({
    'app/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    'plain/a.yaml': configMap('a'),
  })
  symlinkSync('/etc', join(root, 'app/templates'))
  symlinkSync('/etc/hostname', join(root, 'plain/b.yaml'))

  expect((await render(root, 'app')).error).toMatchObject({ code: 'PATH_OUTSIDE_ROOT' })
  expect((await render(root, 'plain')).error).toMatchObject({ code: 'PATH_OUTSIDE_ROOT' })
})

test('what a chart is told of the cluster decides, and is part of the name of what is cached', async () => {
  const root = makeFolder({
    'charts/a/Chart.yaml': 'apiVersion: v2\nname: a\nversion: 1.0.0\nkubeVersion: "<1.30.0-0"\n',
    'charts/a/templates/c.yaml': configMap('a'),
    'charts/b/Chart.yaml': 'apiVersion: v2\nname: b\nversion: 1.0.0\n',
    'charts/b/values.yaml': 'v: "{{ .Capabilities.KubeVersion.GitVersion }}"\n',
    'charts/b/templates/c.yaml': `${configMap('b')}data: {v: {{ tpl .Values.v . }}}\n`,
  })
  const on = (kubeVersion: string) =>
    render(root, 'charts', {}, { kubeVersion, apiVersions: ['v1'], isNamespaced: () => undefined })

  expect((await on('v1.29.4')).objects.map(({ manifest }) => manifest.data)).toEqual([undefined, { v: 'v1.29.4' }])
  expect((await on('v1.28.9-gke.100')).objects[1]?.manifest.data).toEqual({ v: 'v1.28.9-gke.100' })
  expect((await on('v1.31.0')).error).toMatchObject({
    code: 'RENDER_FAILED',
    message: expect.stringContaining('incompatible with Kubernetes v1.31.0'),
  })
})

test('components that are rendered side by side unpack an engine once', async () => {
  const fresh = makeFolder({})
  const found = await Promise.all([1, 2, 3].map(() => findEngine('kustomize', { cacheDir: fresh })))

  expect(new Set(found.map(({ file }) => file)).size).toBe(1)
  expect(readdirSync(join(fresh, 'engines'))).toEqual(['kustomize-5.8.1'])
})

test('an engine that the fleet names is used, and another one under its name is not answered from the cache', async () => {
  const root = makeFolder({ 'k/kustomization.yaml': '{}\n' })
  const path = join(root, 'engine')
  const writeEngine = (name: string): void =>
    writeFileSync(path, `#!/bin/sh\necho '${configMap(name).trim()}'\n`, { mode: 0o755 })

  writeEngine('one')
  expect(names(await render(root, 'k', {}, undefined, { kustomize: { path } }))).toEqual(['ConfigMap/default/one'])
  writeEngine('another')
  expect(names(await render(root, 'k', {}, undefined, { kustomize: { path } }))).toEqual(['ConfigMap/default/another'])
  expect((await render(root, 'k', {}, undefined, { kustomize: { path: join(root, 'none') } })).error).toMatchObject({
    code: 'ENGINE_MISSING',
  })
})

test.each([
  ['a generator', { 'k/kustomization.yaml': 'configMapGenerator: [{name: a, files: ["x=URL"]}]\n' }],
  ['a patch', { 'k/kustomization.yaml': 'patches: [{path: "URL"}]\n' }],
  [
    'a plugin in a file',
    {
      'k/kustomization.yaml': 'generators: [g.yaml]\n',
      'k/g.yaml': 'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: a}\nfiles: ["x=URL"]\n',
    },
  ],
  [
    'a plugin in place',
    {
      'k/kustomization.yaml':
        'generators:\n- |-\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: a}\n  files: ["x=URL"]\n',
    },
  ],
])('%s of a kustomization that names a URL fetches nothing', async (_, files: Record<string, string>) => {
  let requests = 0
  const server = createServer((_request, response) => {
    requests++
    response.end('fetched')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`
  try {
    const root = makeFolder(
      Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text.replace('URL', url)])),
    )
    const { error } = await render(root, 'k')

    expect(error).toMatchObject({ code: 'KUSTOMIZE_REMOTE_BASE', message: expect.stringContaining(url) })
    expect(requests).toBe(0)
  } finally {
    server.close()
  }
})

test('a link to a folder is told among plain files, and gives no kustomization a way out', async () => {
  const root = makeFolder({
    'fleet/app/a.yaml': configMap('a'),
    'fleet/other/b.yaml': configMap('b'),
    'fleet/k/kustomization.yaml': 'resources: [../../outside]\n',
    'fleet/outside/kustomization.yaml': '{}\n',
    'outside/kustomization.yaml': 'resources: [c.yaml]\n',
    'outside/c.yaml': configMap('outside'),
    'fleet/x/.keep': '',
  })
  symlinkSync('../other', join(root, 'fleet/app/link'))
  symlinkSync('../k', join(root, 'fleet/x/k'))

  const component = await render(join(root, 'fleet'), 'app')
  expect(names(component)).toEqual(['ConfigMap/default/a'])
  expect(component.warnings).toEqual([expect.stringContaining('app/link is a link to a folder')])
  // Seen from the link, `../../outside` would be in the repository; Kustomize goes up from where the link leads.
  expect((await render(join(root, 'fleet'), 'x/k')).error).toMatchObject({ code: 'KUSTOMIZE_REMOTE_BASE' })
})

test('libraries are of the fleet, also where the program is of another repository', async () => {
  const fleet = makeFolder({
    'libs/size.libsonnet': '{size: "7"}',
    'libs/deep/x.libsonnet': "import '../size.libsonnet'",
  })
  const other = makeFolder({
    'deploy/main.jsonnet':
      "local s = import 'deep/x.libsonnet'; {apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'j'}, data: s}",
  })
  const artifact = {
    type: 'folder',
    digest: 'git:1',
    revision: '1',
    description: 'other',
    warnings: [],
    tree: { directory: other },
    path: 'deploy',
  }
  const over: Partial<ResolvedComponent> = {
    source: { type: 'git', repository: { type: 'git', name: 'other', url: 'file:///other' }, path: 'deploy' },
    jsonnet: { tlas: {}, extVars: {}, libs: [{ path: 'libs' }] },
  }
  const [component] = await renderAll(fleet, [over], undefined, {}, artifact)

  expect(component?.error).toBeUndefined()
  expect(component?.objects[0]?.manifest.data).toEqual({ size: '7' })
})

test('a changed base beside the folder is not answered from the cache', async () => {
  const root = makeFolder({
    'k/kustomization.yaml': 'resources: [../base]\n',
    'base/kustomization.yaml': 'resources: [c.yaml]\n',
    'base/c.yaml': configMap('one'),
  })

  expect(names(await render(root, 'k'))).toEqual(['ConfigMap/default/one'])
  writeFileSync(join(root, 'base/c.yaml'), configMap('two'))
  expect(names(await render(root, 'k'))).toEqual(['ConfigMap/default/two'])
})

test('a definition in one component says the scope of objects in another', async () => {
  const root = makeFolder({
    'a/crd.yaml':
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: t.e.com}\nspec: {group: e.com, scope: Cluster, names: {kind: T, plural: t}, versions: []}\n',
    'b/t.yaml': 'apiVersion: e.com/v1\nkind: T\nmetadata: {name: t}\n',
  })
  const [, b] = await renderAll(root, [
    { name: 'a', source: { type: 'path', path: 'a' } },
    { name: 'b', source: { type: 'path', path: 'b' } },
  ])

  expect(names(b as DesiredComponent)).toEqual(['T//t'])
})

const corpus = corpusDir()
test.skipIf(!corpus).each([
  ['kube-prometheus', 131],
  ['podinfo/chart', 2],
  ['podinfo/kustomize', 3],
  ['metrics-server/chart', 9],
  ['metrics-server/kustomize/overlays/release', 9],
  ['online-boutique/chart', 36],
  ['online-boutique/kustomize', 35],
])('%s of the corpus renders to %d objects', async (path, count) => {
  const component = await render(corpus as string, path)

  expect(component.error).toBeUndefined()
  expect(component.objects).toHaveLength(count)
})
