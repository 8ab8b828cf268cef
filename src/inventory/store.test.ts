import { expect, test } from 'vitest'
import { createPool } from '../base/pool.ts'
import { systemClock } from '../base/system-clock.ts'
import { createKubeClient } from '../kube/http-client.ts'
import type { ObjectRef } from '../kube/object.ts'
import { createSimCluster } from '../simcluster/create-sim-cluster.ts'
import { createSimAccess, createSimTransport } from '../simcluster/transport.ts'
import { createInventory, type Inventory, type InventoryEntry, updateInventory } from './inventory.ts'
import { ensureSystemNamespace, readInventories, writeInventory } from './store.ts'

const ref: ObjectRef = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' }
const toEntry = (revision: string): InventoryEntry => ({
  ref,
  apiVersion: 'v1',
  uid: 'u1',
  fingerprint: { uid: 'u1', resourceVersion: '7', digest: 'd', seen: { data: { mode: 'on' } }, revision },
})
const withEntry = (inventory: Inventory, revision: string): Inventory =>
  updateInventory(inventory, { set: [toEntry(revision)], revision })

const openCluster = async () => {
  const cluster = createSimCluster({ name: 'one', clock: systemClock })
  const client = createKubeClient(
    createSimAccess(cluster),
    { clock: systemClock, random: () => 0 },
    { transport: createSimTransport(cluster) },
  )
  await ensureSystemNamespace(client)
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]()
      await cluster[Symbol.asyncDispose]()
    },
  }
}

test('inventories that nobody wrote since are given back as they are known', async () => {
  await using world = await openCluster()
  const { client } = world
  const shop = await writeInventory(client, withEntry(createInventory('shop'), 'r1'))
  await writeInventory(client, withEntry(createInventory('web'), 'r1'))
  const known = await readInventories(client)
  await writeInventory(client, withEntry(shop, 'r2'))

  const read = await readInventories(client, { known })
  const fresh = await readInventories(client)

  expect(read.get('web')).toBe(known.get('web'))
  expect(read.get('shop')).not.toBe(known.get('shop'))
  expect(new Map(read)).toEqual(new Map(fresh))
})

test('one that was deleted is not taken for known', async () => {
  await using world = await openCluster()
  const { client } = world
  const { stored } = await writeInventory(client, withEntry(createInventory('shop'), 'r1'))
  const known = await readInventories(client)
  const resource = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true, verbs: [] }
  await client.delete({ resource, namespace: 'lockstep-system', name: stored[0]?.name ?? '' })

  expect(await readInventories(client, { known })).toEqual(new Map())
})

test('clusters share through a pool what is equal, and read the same', async () => {
  await using one = await openCluster()
  await using two = await openCluster()
  const pool = createPool()
  for (const { client } of [one, two]) await writeInventory(client, withEntry(createInventory('shop'), 'r1'))

  const [first, second] = [await readInventories(one.client, { pool }), await readInventories(two.client, { pool })]
  const [a, b] = [first, second].map((read) => [...(read.get('shop')?.entries.values() ?? [])][0])

  expect(first).toEqual(await readInventories(one.client))
  expect(a?.fingerprint?.seen).toBe(b?.fingerprint?.seen)
  expect(a?.ref).toBe(b?.ref)
})
