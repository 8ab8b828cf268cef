import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../../bench/lib/command.ts'
import { systemClock, systemRandom } from '../../src/base/system-clock.ts'
import { type Hub, startHub } from '../../src/hub/hub.ts'
import { createMetrics } from '../../src/hub/metrics.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { createKubeClient } from '../../src/kube/http-client.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { joinDigests } from '../../src/plan/deletion-guard.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { startSimFleet } from '../sim-fleet.ts'
import { until } from './hub-world.ts'

const NAMES = ['a', 'b', 'c']
const ANN = { actor: 'ann@example.com' }
const IDENTITY = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', '-c', 'commit.gpgsign=false']

const FLEET = `apiVersion: lockstep.dev/v1alpha1
kind: Fleet
metadata: {name: acme}
spec: {deletionGuard: {maxObjects: 2, maxPercent: 100}}
${NAMES.map(
  (name) => `---
apiVersion: lockstep.dev/v1alpha1
kind: Cluster
metadata: {name: ${name}}
spec: {provider: {existing: {kubeconfig: {context: ${name}}}}}
`,
).join('')}---
apiVersion: lockstep.dev/v1alpha1
kind: Placement
metadata: {name: all}
spec:
  clusters: {}
  components:
    - {name: auto, source: {path: ./auto}, namespace: auto}
    - {name: manual, source: {path: ./manual}, namespace: manual, apply: manual, drift: report}
`

const toConfigMaps = (names: readonly string[], value = '1'): string =>
  names
    .map((name) => `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {key: "${value}"}\n`)
    .join('')

const stack = new AsyncDisposableStack()
let hub: Hub
let store: Store
let work: string
const clients = new Map<string, KubeClient>()

const commit = async (files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(work, path)), { recursive: true })
    await writeFile(join(work, path), content)
  }
  await runCommand('git', ['-C', work, 'add', '--all'])
  await runCommand('git', ['-C', work, ...IDENTITY, 'commit', '--quiet', '--message', 'Change'])
  hub?.poke()
}

const address = async (cluster: string, namespace: string, name: string) => {
  const client = clients.get(cluster) as KubeClient
  const resource = (await client.discover()).find('', 'ConfigMap')
  return { client, at: { resource: resource as NonNullable<typeof resource>, namespace, name } }
}
const read = async (cluster: string, namespace: string, name: string): Promise<string | undefined> => {
  const { client, at } = await address(cluster, namespace, name)
  return ((await client.get(at))?.data as { key?: string } | undefined)?.key
}
const tamper = async (cluster: string, namespace: string, name: string): Promise<void> => {
  const { client, at } = await address(cluster, namespace, name)
  await client.patchMerge(at, { data: { key: 'tampered' } }, { fieldManager: 'mallory' })
}
const isEverywhere = async (namespace: string, name: string, value: string | undefined): Promise<boolean> =>
  (await Promise.all(NAMES.map((cluster) => read(cluster, namespace, name)))).every((found) => found === value)
const operations = (type: string) => store.listAudit({ type })

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-operations-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  work = join(folder, 'fleet')
  const fleet = stack.use(await startSimFleet(NAMES.map((name) => ({ name, nodes: 1 }))))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, fleet.kubeconfig, { mode: 0o600 })
  for (const name of NAMES) {
    const access = await loadKubeconfig(
      { paths: [kubeconfig], context: name, allowExec: [] },
      { clock: systemClock, env: {} },
    )
    clients.set(name, stack.use(createKubeClient(access, { clock: systemClock, random: systemRandom })))
  }
  await runCommand('git', ['init', '--quiet', '--initial-branch=main', work])
  await commit({
    'fleet.yaml': FLEET,
    'auto/app.yaml': toConfigMaps(['one', 'two', 'three', 'four']),
    'manual/app.yaml': toConfigMaps(['held']),
  })
  const dataDir = join(folder, 'data')
  store = stack.use(await openSqliteStore(join(dataDir, 'hub.db'), { clock: systemClock }))
  hub = stack.use(
    await startHub(
      {
        fleet: work,
        copyDir: join(dataDir, 'fleet'),
        cacheDir: join(folder, 'cache'),
        pollMs: 60_000,
        name: 'test',
        dataDir,
        version: 'test',
        access: { home: folder, kubeconfig },
        connectTimeoutMs: 5_000,
      },
      {
        clock: systemClock,
        random: systemRandom,
        env: process.env,
        holder: 'hub/test',
        store,
        log: () => undefined,
        onFindings: () => undefined,
        measure: createMetrics().measure,
      },
    ),
  )
  await until('the first commit is there', () => isEverywhere('auto', 'four', '1'))
})
afterAll(() => stack.disposeAsync())

test('what is applied by hand waits for a sync, which says who asked for it', async () => {
  expect(await read('a', 'manual', 'held')).toBeUndefined()

  const planned = await hub.operations.sync('a', { ...ANN, dryRun: true })
  expect(planned.outcomes.find(({ ref }) => ref.name === 'held')).toMatchObject({ actuation: 'pending' })
  expect(await operations('operation.requested')).toEqual([])

  const synced = await hub.operations.sync('a', ANN)
  expect(synced.outcomes.find(({ ref }) => ref.name === 'held')).toMatchObject({ action: 'create', actuation: 'done' })
  expect(await read('a', 'manual', 'held')).toBe('1')
  expect(await read('b', 'manual', 'held')).toBeUndefined()
  expect(await operations('operation.requested')).toMatchObject([
    { actor: ANN.actor, cluster: 'a', revision: synced.revision, data: { operation: 'sync' } },
  ])
})

test('drift that is only reported is left by heal, undone by sync, and can be acknowledged', async () => {
  await tamper('a', 'manual', 'held')
  await until('it is seen', async () => (await store.listFindings({ isOpen: true })).length === 1)
  const [finding] = await store.listFindings({ isOpen: true })

  const acknowledged = await hub.operations.acknowledge(finding?.id as number, { ...ANN, note: 'I am on it' })
  expect(acknowledged.acknowledged).toMatchObject({ by: ANN.actor, note: 'I am on it' })
  await hub.operations.heal('a', ANN)
  expect(await read('a', 'manual', 'held')).toBe('tampered')
  expect((await hub.operations.look('a', { deep: true })).findings).toMatchObject([{ object: { name: 'held' } }])

  await hub.operations.sync('a', ANN)
  expect(await read('a', 'manual', 'held')).toBe('1')
  await until('it is closed', async () => (await store.listFindings({ isOpen: true })).length === 0)
  await expect(hub.operations.acknowledge(finding?.id as number, { ...ANN, note: 'x' })).rejects.toMatchObject({
    code: 'HUB_FINDING_UNKNOWN',
  })
})

test('a diff tells what a sync would do, and writes nothing', async () => {
  const { changes } = await hub.operations.diff('b', { signal: AbortSignal.timeout(10_000) })

  expect(changes.filter(({ action }) => action === 'create').map(({ ref }) => ref.name)).toContain('held')
  expect(await read('b', 'manual', 'held')).toBeUndefined()
})

test('a sync of what is suspended is refused', async () => {
  const started = new Date().toISOString()
  const until2 = new Date(Date.now() + 60_000).toISOString()
  await store.suspend({ component: 'manual', actor: 'bob', reason: 'INC-1', started, until: until2 })
  await until('the hub knows', async () => hub.status().suspensions.length === 1)

  await expect(hub.operations.sync('c', ANN)).rejects.toMatchObject({
    code: 'HUB_CLUSTER_HELD',
    message: expect.stringContaining('INC-1'),
  })
  await store.resume({ component: 'manual' }, { actor: 'bob', time: new Date().toISOString() })
  await until('the hub knows', async () => hub.status().suspensions.length === 0)
})

test('a cluster that nobody knows is refused', async () => {
  await expect(hub.operations.heal('nowhere', ANN)).rejects.toMatchObject({ code: 'HUB_CLUSTER_UNKNOWN' })
})

test('few deletions go ahead by themselves, once those of all clusters are counted', async () => {
  await commit({ 'auto/extra.yaml': toConfigMaps(['five']) })
  await until('it is there', () => isEverywhere('auto', 'five', '1'))
  await commit({ 'fleet.yaml': FLEET.replace('maxObjects: 2', 'maxObjects: 3'), 'auto/extra.yaml': '# nothing\n' })
  await until('it is gone', () => isEverywhere('auto', 'five', undefined))

  expect(hub.operations.listDeletions()).toEqual([])
})

test('too many over the fleet wait for somebody, though they are few on each cluster', async () => {
  await commit({ 'fleet.yaml': FLEET, 'auto/app.yaml': toConfigMaps(['one', 'two', 'three']) })
  await until('they wait', async () => hub.operations.listDeletions().length === 3)
  const [waiting] = hub.operations.listDeletions()

  expect(waiting?.reasons).toEqual([expect.stringContaining('on 3 clusters would be deleted')])
  expect(await isEverywhere('auto', 'four', '1')).toBe(true)
  await expect(hub.operations.confirmDeletions('sha256:other', ANN)).rejects.toMatchObject({
    code: 'HUB_DELETIONS_UNKNOWN',
  })

  const all = hub.operations.listDeletions().map(({ cluster, digest }) => [cluster, digest] as const)
  const results = await hub.operations.confirmDeletions(joinDigests(all), ANN)
  expect(results.flatMap(({ outcomes }) => outcomes.filter(({ action }) => action === 'delete'))).toHaveLength(3)
  expect(await isEverywhere('auto', 'four', undefined)).toBe(true)
  expect(hub.operations.listDeletions()).toEqual([])
  const confirmed = (await operations('operation.requested')).filter(
    ({ data }) => data.operation === 'confirmDeletions',
  )
  expect(confirmed.map(({ cluster }) => cluster).toSorted()).toEqual(NAMES)
  expect(confirmed[0]?.data.deletions).toMatchObject([{ kind: 'ConfigMap', name: 'four' }])
})
