import { expect, test } from 'vitest'
import { createMemoryTree } from '../base/file-tree.ts'
import { loadFleet } from './load.ts'
import { parseFleet } from './parse.ts'
import { formatProblem } from './problem.ts'
import { resolveFleet } from './resolve.ts'
import type { ResolvedCluster } from './resolved.ts'

const API = 'apiVersion: lockstep.dev/v1alpha1'
const FLEET = `${API}
kind: Fleet
metadata: {name: acme}
spec:
  defaults: {drift: report, wait: 2m}
  ignore: [{kind: Deployment, fields: [/spec/replicas]}]
  repositories:
    - {name: platform, git: {url: https://git.example.com/platform.git, ref: {branch: main}}}
    - {name: charts, helm: {url: https://charts.example.com}}
`
const BASE = `${API}
kind: ClusterTemplate
metadata: {name: base}
spec:
  parameters:
    type: object
    properties: {nodes: {type: integer, minimum: 1, default: 3}}
  shape: {kubernetesVersion: v1.36.3, workers: [{name: default, replicas: "\${parameters.nodes}", labels: {a: x}}]}
  provider: {existing: {kubeconfig: {context: "\${cluster.name}"}}}
  components:
    - {name: policies, source: {path: ./policies}, ignore: [{kind: Service, fields: [/spec/type]}]}
    - name: ingress
      source: {chart: ingress-nginx, repository: charts, version: 4.11.3}
      helm: {values: {controller: {replicas: 2, args: [a, b]}}, valuesFiles: [values.yaml]}
      dependsOn: [policies]
`
const WEB = `${API}
kind: ClusterTemplate
metadata: {name: web}
spec:
  extends: base
  parameters: {properties: {nodes: {default: 5}, ingressClass: {type: string}}, required: [ingressClass]}
  shape: {workers: [{name: default, machine: m5.large, labels: {b: z}}, {name: gpu, replicas: 1}]}
  components:
    - name: ingress
      helm: {values: {controller: {class: "\${parameters.ingressClass}", args: [c]}}, valuesFiles: [more.yaml]}
      drift: heal
`
const FILES = {
  'fleet.yaml': FLEET,
  'templates/base/template.yaml': BASE,
  'templates/base/policies/a.yaml': 'kind: ConfigMap',
  'templates/base/values.yaml': 'a: 1',
  'templates/web/template.yaml': WEB,
  'templates/web/more.yaml': 'a: 1',
  'apps/placement.yaml': `${API}
kind: Placement
metadata: {name: apps}
spec:
  clusters: {matchLabels: {env: prod}}
  arguments: {size: 3}
  components:
    - {name: shop, source: {repository: platform, path: apps/shop}, jsonnet: {tlas: {size: "\${parameters.size}", where: "\${cluster.labels.region}-\${cluster.name}"}}}
    - {name: ingress, wait: 9m}
`,
  'clusters/eu.yaml': `${API}
kind: Cluster
metadata: {name: eu, labels: {env: prod, region: europe}}
spec:
  template: {name: web, arguments: {ingressClass: nginx}}
  components: [{name: ingress, wait: 10m, owner: "@net"}, {name: policies, enabled: true}]
`,
  'clusters/dev.yaml': `${API}
kind: Cluster
metadata: {name: dev}
spec:
  template: {name: web, arguments: {ingressClass: none, nodes: 1}}
  provider: {simulated: {}}
  components: [{name: ingress, enabled: false}]
`,
}

const load = async (files: Record<string, string>): Promise<Record<string, ResolvedCluster>> => {
  const { fleet, problems } = await loadFleet(createMemoryTree(files))
  expect(problems.map(formatProblem)).toEqual([])
  return Object.fromEntries(fleet!.clusters.map((cluster) => [cluster.name, cluster]))
}

test('merges fleet defaults, templates, placements and the cluster in this order', async () => {
  const { eu } = await load(FILES)

  expect(eu!.components.map(({ name }) => name)).toEqual(['ingress', 'policies', 'shop'])
  const [ingress, policies] = eu!.components
  expect(ingress!.policy).toMatchObject({ drift: 'heal', waitMs: 600_000, intervalMs: 600_000, prune: true })
  expect(ingress!.owner).toBe('@net')
  expect(policies!.policy).toMatchObject({ drift: 'report', waitMs: 120_000, adopt: 'ifUnowned', apply: 'auto' })
})

test('merges values as Helm does and adds up files and rules', async () => {
  const { eu } = await load(FILES)

  const [ingress, policies] = eu!.components
  expect(ingress!.helm).toEqual({
    values: { controller: { replicas: 2, class: 'nginx', args: ['c'] } },
    valuesFiles: [{ path: 'templates/base/values.yaml' }, { path: 'templates/web/more.yaml' }],
  })
  expect(policies!.policy.ignore.map(({ kind }) => kind)).toEqual(['Deployment', 'Service'])
})

test('resolves sources relative to the document that names them', async () => {
  const { eu } = await load(FILES)

  expect(eu!.components.map(({ source }) => source)).toMatchObject([
    { type: 'chart', chart: 'ingress-nginx', version: '4.11.3', repository: { url: 'https://charts.example.com' } },
    { type: 'path', path: 'templates/base/policies' },
    { type: 'git', path: 'apps/shop', ref: { branch: 'main' } },
  ])
})

test('keeps the type of text that is one reference', async () => {
  const { eu, dev } = await load(FILES)

  expect(eu!.components.at(-1)!.jsonnet.tlas).toEqual({ size: 3, where: 'europe-eu' })
  expect(eu!.components.at(-1)!.variables.parameters).toEqual({ size: 3 })
  expect(eu!.shape.workers![0]!.replicas).toBe(5)
  expect(dev!.shape.workers![0]!.replicas).toBe(1)
})

test('merges workers by name and replaces a provider of another type', async () => {
  const { eu, dev } = await load(FILES)

  expect(eu!.shape.workers).toEqual([
    { name: 'default', replicas: 5, machine: 'm5.large', labels: { a: 'x', b: 'z' } },
    { name: 'gpu', replicas: 1 },
  ])
  expect(eu!.provider).toEqual({ type: 'existing', kubeconfig: { context: 'eu' } })
  expect(dev!.provider).toEqual({ type: 'simulated' })
})

test('leaves out what a cluster disables', async () => {
  const { dev } = await load(FILES)

  expect(dev!.components.map(({ name }) => name)).toEqual(['policies'])
})

test('says where a component is declared', async () => {
  const { eu } = await load(FILES)

  expect(eu!.components[1]!.origin).toEqual({ file: 'templates/base/template.yaml', line: 11, column: 7 })
})

test('reads a pinned template from its version, with its paths', async () => {
  const pinned = await parseFleet(createMemoryTree(FILES))
  const files = {
    ...FILES,
    'templates/web/template.yaml': WEB.replace('name: web', 'name: other'),
    'clusters/eu.yaml': FILES['clusters/eu.yaml'].replace('name: web,', 'name: web, ref: {tag: v1},'),
    'clusters/dev.yaml': FILES['clusters/dev.yaml'].replace('name: web,', 'name: other,'),
  }
  const { fleet: model } = await parseFleet(createMemoryTree(files))
  const asked: unknown[] = []

  const { fleet, problems } = await resolveFleet(model!, {
    templateAt: async (ref) => {
      asked.push(ref)
      return pinned.fleet!
    },
  })

  expect(problems).toEqual([])
  expect(asked).toEqual([{ tag: 'v1' }])
  expect(fleet.clusters[1]!.components[1]!.source).toEqual({
    type: 'path',
    path: 'templates/base/policies',
    ref: { tag: 'v1' },
  })
  expect(fleet.clusters[1]!.components[0]!.helm.valuesFiles).toContainEqual({
    path: 'templates/web/more.yaml',
    ref: { tag: 'v1' },
  })
})

test('tells why a pinned version cannot be read', async () => {
  const files = {
    ...FILES,
    'clusters/eu.yaml': FILES['clusters/eu.yaml'].replace('name: web,', 'name: web, ref: {tag: v9},'),
  }

  const { problems } = await loadFleet(createMemoryTree(files), {
    templateAt: async () => {
      throw new Error('there is no tag v9')
    },
  })

  expect(problems.map(formatProblem)).toEqual([
    'clusters/eu.yaml:5:30: tag v9 cannot be used: there is no tag v9 (lockstep validate --revision shows the problems of another version)',
  ])
})

test('resolves only the clusters asked for', async () => {
  const { fleet } = await loadFleet(createMemoryTree(FILES), {}, { clusters: ['dev'] })

  expect(fleet!.clusters.map(({ name }) => name)).toEqual(['dev'])
})
