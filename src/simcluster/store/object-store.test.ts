import { expect, test } from 'vitest'
import type { KubeObject } from '../../kube/object.ts'
import { createObjectStore, type ObjectStore } from './object-store.ts'
import { createPartPool } from './pool.ts'

const CONFIG_MAPS = '/configmaps'
const TYPE = { apiVersion: 'v1', kind: 'ConfigMap' }

const toConfigMap = (name: string, data: Record<string, string> = {}, namespace = 'shop'): KubeObject => ({
  ...TYPE,
  metadata: {
    name,
    namespace,
    creationTimestamp: '2026-01-02T03:04:05Z',
    labels: { app: name },
    managedFields: [
      {
        manager: 'a',
        operation: 'Apply',
        time: '2026-01-02T03:04:05Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': {} },
      },
      {
        manager: 'b',
        operation: 'Update',
        time: '2026-01-02T03:04:09Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:time': {} },
      },
    ],
  },
  data,
})
const create = (store: ObjectStore, object: KubeObject) =>
  store.create(CONFIG_MAPS, TYPE, store.reserveSerial(), object)
const open = (seed = 'one', window = 100) => createObjectStore({ pool: createPartPool(), seed, window })
const namesOf = (found: readonly { readonly key: string }[] | undefined): string[] | undefined =>
  found?.map(({ key }) => key)

test('an object comes back as it was stored, with uid and version', () => {
  const store = open()

  const stored = create(store, toConfigMap('a', { key: 'value' }))

  const { metadata, ...rest } = toConfigMap('a', { key: 'value' })
  expect(store.read(stored)).toEqual({
    ...rest,
    metadata: { ...metadata, uid: store.toUid(stored.serial), resourceVersion: '1' },
  })
})

test('the text of an object is its JSON', () => {
  const store = open()
  const stored = create(store, { ...toConfigMap('a', { key: '"time":0' }), status: { phase: 'Active' } })

  const { apiVersion: _version, kind: _kind, ...members } = store.read(stored)
  expect(JSON.parse(`{${store.formatMembers(stored)}}`)).toEqual(members)
  expect(JSON.parse(store.formatMetadata(stored))).toEqual(store.readMetadata(stored))
})

test('uids are the same for the same seed, others for another, and look like random ones', () => {
  const [one, same, other] = [open('one'), open('one'), open('other')]

  expect(one.toUid(0)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(same.toUid(7)).toBe(one.toUid(7))
  expect(new Set([...Array(10_000).keys()].flatMap((serial) => [one.toUid(serial), other.toUid(serial)])).size).toBe(
    20_000,
  )
})

test('equal objects of many clusters are kept once', () => {
  const pool = createPartPool()
  const clusters = ['one', 'two', 'three'].map((seed) => createObjectStore({ pool, seed, window: 10 }))

  const stored = clusters.map((store) => create(store, toConfigMap('a', { key: 'value' })))

  expect(new Set(stored.map(({ content }) => content)).size).toBe(1)
  expect(new Set(stored.map(({ meta }) => meta)).size).toBe(1)
  expect(new Set(stored.map(({ managed }) => managed)).size).toBe(1)
})

test('a list is in the order of namespaces and names', () => {
  const store = open()
  for (const name of ['b', 'a', 'c']) create(store, toConfigMap(name))
  create(store, toConfigMap('z', {}, 'alpha'))
  create(store, toConfigMap('y', {}, 'shop-two'))

  expect(namesOf(store.list(CONFIG_MAPS))).toEqual(['alpha/z', 'shop-two/y', 'shop/a', 'shop/b', 'shop/c'])
  expect(namesOf(store.list(CONFIG_MAPS, 'shop/'))).toEqual(['shop/a', 'shop/b', 'shop/c'])
})

test('a list of the past is as it was then', () => {
  const store = open()
  const a = create(store, toConfigMap('a'))
  create(store, toConfigMap('b'))
  store.update(CONFIG_MAPS, TYPE, a, toConfigMap('a', { changed: 'yes' }))
  store.delete(CONFIG_MAPS, store.get(CONFIG_MAPS, 'shop/b') as never)

  expect(namesOf(store.list(CONFIG_MAPS, '', 2))).toEqual(['shop/a', 'shop/b'])
  expect(store.list(CONFIG_MAPS, '', 2)?.[0]).toBe(a)
  expect(namesOf(store.list(CONFIG_MAPS, '', 4))).toEqual(['shop/a'])
})

test('changes come in order, and are forgotten beyond the window', () => {
  const store = open('one', 3)
  for (let count = 0; count < 6; count++) create(store, toConfigMap(`a${count}`))

  expect(store.changesAfter(CONFIG_MAPS, 4)?.map(({ type, object }) => [type, object.key])).toEqual([
    ['ADDED', 'shop/a4'],
    ['ADDED', 'shop/a5'],
  ])
  create(store, toConfigMap('a6'))
  expect(store.changesAfter(CONFIG_MAPS, 3)).toBeUndefined()
  expect(store.changesAfter(CONFIG_MAPS, 4)).toHaveLength(3)
})

test('a compacted store remembers nothing', () => {
  const store = open()
  create(store, toConfigMap('a'))

  store.compact()

  expect(store.changesAfter(CONFIG_MAPS, 0)).toBeUndefined()
  expect(store.changesAfter(CONFIG_MAPS, 1)).toEqual([])
  expect(store.changesAfter('/secrets', 0)).toBeUndefined()
})

test('listeners hear of every change until they leave', () => {
  const store = open()
  const heard: string[] = []
  const leave = store.subscribe(({ type, object, previous }) =>
    heard.push(`${type} ${object.key} ${previous?.resourceVersion}`),
  )

  const a = create(store, toConfigMap('a'))
  const changed = store.update(CONFIG_MAPS, TYPE, a, toConfigMap('a', { changed: 'yes' }))
  store.delete(CONFIG_MAPS, changed)
  leave()
  create(store, toConfigMap('b'))

  expect(heard).toEqual(['ADDED shop/a undefined', 'MODIFIED shop/a 1', 'DELETED shop/a 2'])
})
