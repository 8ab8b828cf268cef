import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock, systemRandom } from '../../src/base/system-clock.ts'
import { runLockstep } from '../../src/cli/testing/run-lockstep.ts'
import type { Finding } from '../../src/drift/report.ts'
import type { KubeClient, ObjectAddress, Resource } from '../../src/kube/client.ts'
import { createKubeClient } from '../../src/kube/http-client.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { startSimFleet } from '../sim-fleet.ts'

const API = 'apiVersion: lockstep.dev/v1alpha1\n'
/** In base64 as in a Secret: nothing that Lockstep prints may hold it. */
const CANARY = Buffer.from('canary-value').toString('base64')
const TAMPERED = Buffer.from('canary-tampered').toString('base64')

const FILES: Readonly<Record<string, string>> = {
  'fleet.yaml': `${API}kind: Fleet\nmetadata: {name: acme}\n`,
  'cluster.yaml': `${API}kind: Cluster
metadata: {name: eu, labels: {env: prod}}
spec:
  provider: {existing: {kubeconfig: {context: eu}}}
  components:
    - {name: owned, source: {path: owned}, namespace: shop, owner: "@component", adopt: {from: [kubectl]}}
    - {name: listed, source: {path: listed}, namespace: shop}
    - {name: bare, source: {path: bare}}
`,
  CODEOWNERS: '/listed/ @codeowners\n',
  'policies.yaml': `${API}kind: AlertPolicy
metadata: {name: b-late}
spec:
  severity: [{name: late, when: "object.kind == 'ConfigMap'", severity: info}]
  owners: [{owner: "@late", namespaces: {names: ["*"]}}]
---
${API}kind: AlertPolicy
metadata: {name: a-early}
spec:
  clusters: {matchLabels: {env: prod}}
  severity:
    - {name: other-tenant, when: "cluster.labels.tenant == 'x'", severity: info}
    - {name: broken, when: "object.kind == 'PriorityClass' && live > 3", severity: info}
    - {name: secrets, when: "git == '${CANARY}' || (live != null && string(live).contains('${TAMPERED}'))", severity: info}
    - {name: config, when: "object.kind == 'ConfigMap' && object.namespace == 'shop' && cluster.labels.env == 'prod'", severity: critical}
  owners: [{owner: "@shop", namespaces: {names: [shop]}}, {owner: "@team-a", namespaces: {names: ["team-*"]}}]
---
${API}kind: AlertPolicy
metadata: {name: a-elsewhere}
spec:
  clusters: {matchExpressions: [{key: env, operator: DoesNotExist}]}
  severity: [{name: all, when: "true", severity: low}]
`,
  'owned/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {a: "1"}\n',
  'owned/secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {name: owned}\ndata: {password: ${CANARY}}\n`,
  'listed/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: listed}\ndata: {a: "1"}\n',
  'bare/config.yaml': `apiVersion: v1
kind: Namespace
metadata: {name: team-a}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: bare, namespace: team-a}
data: {a: "1"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: bare, namespace: default}
data: {a: "1"}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: bare}
value: 10
description: as Git has it
`,
}

const KUBECTL = 'kubectl-client-side-apply'
/** As kubectl apply leaves it, which copies all of it into an annotation. */
const APPLIED = {
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":{"password":"${TAMPERED}"}}` },
}
const ADOPTED = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'owned', namespace: 'shop', ...APPLIED },
  data: { password: TAMPERED },
}

let folder: string
let client: KubeClient
const stack = new AsyncDisposableStack()

beforeAll(async () => {
  const clusters = stack.use(await startSimFleet([{ name: 'eu', nodes: 1 }]))
  folder = await mkdtemp(join(tmpdir(), 'lockstep-alert-policy-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  for (const [path, content] of Object.entries({ ...FILES, kubeconfig: clusters.kubeconfig })) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content, { mode: 0o600 })
  }
  const access = await loadKubeconfig(
    { paths: [join(folder, 'kubeconfig')], allowExec: [] },
    { clock: systemClock, env: {} },
  )
  client = stack.use(createKubeClient(access, { clock: systemClock, random: systemRandom }))
})
afterAll(() => stack.disposeAsync())

const run = (...args: string[]) => runLockstep([...args, '--kubeconfig', 'kubeconfig'], { cwd: folder })

test('findings have the severity and the owner that AlertPolicies give them, and secrets stay secret', async () => {
  const discovery = await client.discover()
  const find = (kind: string, group = '') => discovery.find(group, kind) as Resource
  const shop = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
  await client.create({ resource: find('Namespace') }, shop)
  await client.create({ resource: find('Secret'), namespace: 'shop' }, ADOPTED, { fieldManager: KUBECTL })
  const synced = await run('sync')
  const recorded = await client.list({ resource: find('ConfigMap'), namespace: 'lockstep-system' })
  const patch = async (kind: string, address: Omit<ObjectAddress, 'resource'>, body: object, group = '') => {
    await client.patchMerge({ resource: find(kind, group), ...address }, body)
  }
  const changed = { data: { a: '2' } }
  await patch('ConfigMap', { namespace: 'shop', name: 'owned' }, changed)
  await patch('ConfigMap', { namespace: 'shop', name: 'listed' }, changed)
  await patch('ConfigMap', { namespace: 'team-a', name: 'bare' }, changed)
  await patch('ConfigMap', { namespace: 'default', name: 'bare' }, changed)
  await patch('Namespace', { name: 'team-a' }, { metadata: { labels: { extra: 'x' } } })
  await patch('PriorityClass', { name: 'bare' }, { description: 'changed' }, 'scheduling.k8s.io')
  await patch('Secret', { namespace: 'shop', name: 'owned' }, { metadata: APPLIED, data: { password: TAMPERED } })

  const drift = await run('drift', '-o', 'json')

  expect(synced).toMatchObject({ exitCode: 0 })
  expect(JSON.stringify(recorded)).toContain('owned')
  expect(JSON.stringify(recorded)).not.toContain(TAMPERED)
  expect(JSON.stringify(recorded)).not.toContain(CANARY)
  const { findings, clusters } = JSON.parse(drift.stdout) as {
    findings: Finding[]
    clusters: { warnings?: string[] }[]
  }
  const told = findings.map(({ object, severity, owner }) => [
    object.kind,
    object.namespace,
    object.name,
    severity,
    owner,
  ])
  expect(told.sort()).toEqual([
    ['ConfigMap', 'default', 'bare', 'info', '@late'],
    ['ConfigMap', 'shop', 'listed', 'critical', '@codeowners'],
    ['ConfigMap', 'shop', 'owned', 'critical', '@component'],
    ['ConfigMap', 'team-a', 'bare', 'info', '@team-a'],
    ['Namespace', undefined, 'team-a', 'low', '@team-a'],
    ['PriorityClass', undefined, 'bare', 'medium', undefined],
    ['Secret', 'shop', 'owned', 'high', '@component'],
    ['Secret', 'shop', 'owned', 'low', '@component'],
  ])
  expect(clusters[0]?.warnings).toEqual([
    `severity rule broken of AlertPolicy a-early is passed over: expression "object.kind == 'PriorityClass' && live > 3" failed: no such overload: dyn<string> > int`,
  ])
  expect(drift.stdout + drift.stderr).not.toContain(TAMPERED)
})
