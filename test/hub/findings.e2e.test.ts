import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSimFleet } from '../sim-fleet.ts'
import { type HubWorld, openHubWorld, until } from './hub-world.ts'

const API = 'apiVersion: lockstep.dev/v1alpha1\n'
const toConfigMap = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: "1"}\n`

const FILES: Readonly<Record<string, string>> = {
  'app/config.yaml': toConfigMap('settings'),
  'listed/config.yaml': toConfigMap('listed'),
  'bare/config.yaml': toConfigMap('bare'),
  CODEOWNERS: '/listed/ @codeowners\n',
  'placement.yaml': `${API}kind: Placement
metadata: {name: others}
spec:
  clusters: {}
  components:
    - {name: listed, source: {path: listed}, namespace: hub-shop}
    - {name: bare, source: {path: bare}, namespace: hub-shop}
`,
  'policy.yaml': `${API}kind: AlertPolicy
metadata: {name: default}
spec:
  severity:
    - {name: broken, when: "object.name == 'bare' && live > 3", severity: info}
    - {name: config, when: "object.kind == 'ConfigMap' && manager == 'mallory'", severity: critical}
  owners: [{owner: "@policy", namespaces: {names: ["hub-*"]}}]
`,
}

const stack = new AsyncDisposableStack()
let world: HubWorld

beforeAll(async () => {
  const fleet = stack.use(await startSimFleet([{ name: 'eu', nodes: 1 }]))
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-hub-findings-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, fleet.kubeconfig, { mode: 0o600 })
  world = stack.use(await openHubWorld({ kubeconfig, names: ['eu'], files: FILES }))
  await world.startHub()
  await world.hub().waitFor(({ message }) => message === 'rollout: done', { timeoutMs: 60_000 })
})
afterAll(() => stack.disposeAsync())

test('findings of a hub have the severity and the owner that AlertPolicies give them', async () => {
  const client = world.client('eu')
  const resource = (await client.discover()).find('', 'ConfigMap')!
  for (const name of ['settings', 'listed', 'bare', 'bare']) {
    await client.patchMerge(
      { resource, namespace: 'hub-shop', name },
      { data: { a: 'tampered' } },
      { fieldManager: 'mallory' },
    )
    await until('it is healed', async () => {
      const live = await world.read('eu', 'ConfigMap', 'hub-shop', name)
      return (live?.data as { a?: string } | undefined)?.a === '1'
    })
  }
  await until('all are told', async () => (await world.store.listFindings({})).length === 4)

  const findings = await world.store.listFindings({})
  expect(findings.map(({ object, severity, owner }) => [object.name, severity, owner]).toSorted()).toEqual([
    ['bare', 'critical', '@policy'],
    ['bare', 'critical', '@policy'],
    ['listed', 'critical', '@codeowners'],
    ['settings', 'critical', '@shop-team'],
  ])
  const told = world.hub().lines.filter(({ message }) => message === 'a rule of the fleet fails')
  expect(told.map(({ cluster, warning }) => [cluster, warning])).toEqual([
    ['eu', expect.stringContaining('severity rule broken of AlertPolicy default is passed over')],
  ])
})
