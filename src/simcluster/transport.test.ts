import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../base/system-clock.ts'
import type { Resource } from '../kube/client.ts'
import { createKubeClient } from '../kube/http-client.ts'
import { createSimCluster } from './create-sim-cluster.ts'
import { createSimAccess, createSimTransport } from './transport.ts'

const CONFIG_MAPS: Resource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  verbs: [],
}
const disposables: AsyncDisposable[] = []
afterEach(async () => {
  for (const disposable of disposables.splice(0)) await disposable[Symbol.asyncDispose]()
})

const open = () => {
  const cluster = createSimCluster({ name: 'shop', clock: systemClock, users: { alice: ['team-a'] } })
  const transport = createSimTransport(cluster)
  const client = createKubeClient(createSimAccess(cluster), { clock: systemClock, random: () => 0.5 }, { transport })
  disposables.push(client, cluster)
  return { cluster, client }
}

const toConfigMap = (name: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
})

test('the client of the product reads what it created, without a socket', async () => {
  const { client } = open()

  await client.create({ resource: CONFIG_MAPS, namespace: 'default' }, toConfigMap('a', { key: 'value' }))
  const found = await client.get({ resource: CONFIG_MAPS, namespace: 'default', name: 'a' })

  expect(found).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'a' }, data: { key: 'value' } })
})

test('a watch goes on after its connection was dropped', async () => {
  const { client, cluster } = open()
  const seen: string[] = []
  const stop = new AbortController()
  const { resourceVersion } = await client.listMetadata({ resource: CONFIG_MAPS })

  await client.create({ resource: CONFIG_MAPS, namespace: 'default' }, toConfigMap('a', {}))
  for await (const event of client.watchMetadata({ resource: CONFIG_MAPS, resourceVersion }, { signal: stop.signal })) {
    if (event.type !== 'ADDED') continue
    seen.push(event.object.metadata.name)
    if (seen.length === 2) stop.abort()
    else {
      expect(cluster.faults.dropWatches()).toBe(1)
      await client.create({ resource: CONFIG_MAPS, namespace: 'default' }, toConfigMap('b', {}))
    }
  }

  expect(seen).toEqual(['a', 'b'])
})

test('a watch is told to list again when the server has forgotten its place', async () => {
  const { client, cluster } = open()
  await client.create({ resource: CONFIG_MAPS, namespace: 'default' }, toConfigMap('a', {}))
  cluster.store.compact()

  const events: string[] = []
  for await (const event of client.watchMetadata({ resource: CONFIG_MAPS, resourceVersion: '1' }, {}))
    events.push(event.type)

  expect(events).toEqual(['RELIST'])
})

test('a request that is throttled is sent again', async () => {
  const { client, cluster } = open()
  cluster.faults.add({ fault: { kind: 'throttle', retryAfterSeconds: 0 }, times: 2 })

  const { items } = await client.listMetadata({ resource: CONFIG_MAPS })

  expect(items).toEqual([])
  expect(client.requestCount()).toBe(3)
})

test('what a rule denies is forbidden, in the words of the server', async () => {
  const { client, cluster } = open()
  cluster.deny(({ user, plural }) => user.username === 'alice' && plural === 'configmaps')

  const asAlice = client.impersonate({ user: 'alice' }).listMetadata({ resource: CONFIG_MAPS, namespace: 'shop' })

  await expect(asAlice).rejects.toThrow(
    'configmaps is forbidden: User "alice" cannot list resource "configmaps" in API group "" in the namespace "shop"',
  )
  expect((await client.listMetadata({ resource: CONFIG_MAPS })).items).toEqual([])
})

test('a watch from a version that is forgotten is told to list again', async () => {
  const cluster = createSimCluster({ name: 'forgetful', clock: systemClock, watchWindow: 2 })
  const client = createKubeClient(
    createSimAccess(cluster),
    { clock: systemClock, random: () => 0.5 },
    { transport: createSimTransport(cluster) },
  )
  disposables.push(client, cluster)
  const { resourceVersion } = await client.listMetadata({ resource: CONFIG_MAPS })
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
    await client.create({ resource: CONFIG_MAPS, namespace: 'default' }, toConfigMap(name, {}))

  for await (const event of client.watchMetadata(
    { resource: CONFIG_MAPS, resourceVersion },
    { signal: AbortSignal.timeout(5_000) },
  )) {
    expect(event.type).toBe('RELIST')
    break
  }
})
