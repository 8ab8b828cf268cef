import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createVirtualClock } from '../base/virtual-clock.ts'
import { createInventory, type Inventory, type InventoryEntry, updateInventory } from '../inventory/inventory.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite.ts'
import { createInventoryRecorder } from './inventory-recorder.ts'
import type { ComponentVerdict } from './judge-components.ts'

const START = new Date('2026-01-01T00:00:00Z')
const at = (second: number): string => new Date(START.getTime() + second * 1_000).toISOString()

const toEntry = (name: string, resourceVersion: string): InventoryEntry => ({
  ref: { group: '', kind: 'ConfigMap', namespace: 'shop', name },
  apiVersion: 'v1',
  uid: name,
  fingerprint: { uid: name, resourceVersion, digest: 'd', seen: {}, revision: 'abc' },
})
const toInventory = (...entries: readonly InventoryEntry[]): Inventory =>
  updateInventory(createInventory('shop'), { set: entries, revision: 'abc' })
const SHOP: ComponentVerdict = { name: 'shop', source: 'path ./app', revision: 'abc', state: 'synced' }

const openWorld = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-inventories-'))
  const clock = createVirtualClock(START)
  const store = await openSqliteStore(join(folder, 'hub.db'), { clock })
  const errors: Error[] = []
  const start = () => createInventoryRecorder({ store, clock, onError: (error) => errors.push(error) })
  return {
    store,
    errors,
    start,
    /** Two seconds, and what is stored after them. */
    pass: async () => {
      await turn()
      clock.advance(2_000)
      for (let round = 0; round < 200; round++) await turn()
    },
    /** The names of objects with the second at which they were stored. */
    list: async () =>
      (await store.listFingerprints('eu')).map(
        ({ object, time }) => `${object.name} ${(Date.parse(time) - START.getTime()) / 1_000}`,
      ),
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

test('only what changed is stored, once for many changes', async () => {
  await using world = await openWorld()
  await using recorder = world.start()
  let shop = toInventory(toEntry('a', '1'), toEntry('b', '1'), toEntry('c', '1'))
  recorder.notePass('eu', [SHOP], () => new Map([['shop', shop]]))
  await world.pass()
  shop = updateInventory(shop, { set: [toEntry('b', '2')], remove: [toEntry('c', '1').ref] })
  recorder.touch('eu')
  recorder.touch('eu')
  await world.pass()

  expect(await world.list()).toEqual(['a 2', 'b 4'])
  expect(await world.store.listComponents()).toMatchObject([
    { cluster: 'eu', ...SHOP, applied: 'abc', objects: 2, time: at(4) },
  ])
  expect(world.errors).toEqual([])
})

test('after a restart, nothing is stored that is there, and what changed meanwhile is', async () => {
  await using world = await openWorld()
  const shop = toInventory(toEntry('a', '1'), toEntry('b', '1'))
  {
    await using first = world.start()
    first.notePass('eu', [SHOP], () => new Map([['shop', shop]]))
  }
  await using second = world.start()
  second.notePass('eu', [SHOP], () => new Map([['shop', toInventory(toEntry('a', '1'), toEntry('b', '1'))]]))
  await world.pass()
  const [same] = [await world.list()]
  second.notePass('eu', [SHOP], () => new Map([['shop', toInventory(toEntry('a', '1'), toEntry('b', '7'))]]))
  await world.pass()
  {
    await using third = world.start()
    third.notePass('eu', [SHOP], () => new Map([['shop', toInventory(toEntry('a', '3'))]]))
    await world.pass()
  }

  expect(same).toEqual(['a 0', 'b 0'])
  expect(await world.list()).toEqual(['a 6'])
})

test('a component that is not known before its first object is told, and one that is gone is forgotten', async () => {
  await using world = await openWorld()
  await using recorder = world.start()
  const pending: ComponentVerdict = { ...SHOP, name: 'net', state: 'pending', message: 'not yet' }
  recorder.notePass('eu', [SHOP, pending], () => new Map([['shop', toInventory(toEntry('a', '1'))]]))
  await world.pass()
  const before = await world.store.listComponents('eu')
  recorder.notePass('eu', [pending], () => new Map())
  await world.pass()

  expect(before).toMatchObject([{ name: 'net', state: 'pending', objects: 0 }, { name: 'shop' }])
  expect(await world.store.listComponents('eu')).toMatchObject([{ name: 'net' }])
  expect(await world.list()).toEqual([])
})

test('a cluster that left the fleet is forgotten', async () => {
  await using world = await openWorld()
  await using recorder = world.start()
  recorder.notePass('eu', [SHOP], () => new Map([['shop', toInventory(toEntry('a', '1'))]]))
  await world.pass()
  recorder.forget('eu')
  await world.pass()

  expect(await world.store.listComponents()).toEqual([])
  expect(await world.list()).toEqual([])
})
