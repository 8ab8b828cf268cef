import { expect, test } from 'vitest'
import type { StoredComponent, StoredFingerprint } from './inventories.ts'
import type { Store } from './store.ts'

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString()

const toComponent = (cluster: string, name: string, rest: Partial<StoredComponent> = {}): StoredComponent => ({
  cluster,
  name,
  owner: '@shop',
  source: 'path ./app',
  digest: 'd1',
  revision: 'abc',
  applied: 'abc',
  state: 'synced',
  objects: 2,
  fingerprints: 'f1',
  time: at(1),
  ...rest,
})

const toFingerprint = (
  cluster: string,
  component: string,
  name: string,
  rest: Partial<StoredFingerprint> = {},
): StoredFingerprint => ({
  cluster,
  component,
  object: { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
  uid: `uid of ${name}`,
  resourceVersion: '7',
  digest: 'd',
  revision: 'abc',
  time: at(1),
  ...rest,
})

/** What every store keeps of what is on clusters. `open` gives an empty one. */
export const describeStoreInventories = (open: () => Promise<Store>): void => {
  test('what changed of a cluster is there when it is asked for, and the rest as it was', async () => {
    await using store = await open()
    const web = toFingerprint('eu', 'shop', 'web', { generation: 2 })
    const settings = toFingerprint('eu', 'shop', 'shop:settings/x')
    await store.saveInventory({
      cluster: 'eu',
      set: [web, settings, toFingerprint('eu', 'net', 'policy')],
      components: [toComponent('eu', 'shop'), toComponent('eu', 'net')],
    })
    await store.saveInventory({ cluster: 'us', components: [toComponent('us', 'shop', { state: 'failed' })] })
    const { owner: _, digest: __, ...rest } = toComponent('eu', 'shop', { state: 'drifted', message: 'one finding' })
    const touched = { ...web, resourceVersion: '9', time: at(2) }
    await store.saveInventory({ cluster: 'eu', set: [touched], components: [rest] })

    expect(await store.listFingerprints('eu', 'shop')).toEqual([settings, touched])
    expect((await store.listFingerprints('eu')).map(({ component }) => component)).toEqual(['net', 'shop', 'shop'])
    expect(await store.listComponents('eu')).toEqual([toComponent('eu', 'net'), rest])
    expect((await store.listComponents()).map(({ cluster, name }) => `${cluster} ${name}`)).toEqual([
      'eu net',
      'eu shop',
      'us shop',
    ])
  })

  test('an object and a component that are gone are forgotten, and no other', async () => {
    await using store = await open()
    const [web, other] = [toFingerprint('eu', 'shop', 'web'), toFingerprint('eu', 'shop', 'other')]
    await store.saveInventory({
      cluster: 'eu',
      set: [web, other, toFingerprint('eu', 'net', 'policy')],
      components: [toComponent('eu', 'shop'), toComponent('eu', 'net')],
    })
    await store.saveInventory({ cluster: 'us', set: [toFingerprint('us', 'net', 'policy')] })
    await store.saveInventory({ cluster: 'eu', remove: [web], gone: ['net'] })

    expect(await store.listFingerprints('eu')).toEqual([other])
    expect((await store.listComponents()).map(({ name }) => name)).toEqual(['shop'])
    expect(await store.listFingerprints('us')).toHaveLength(1)
  })

  test('many objects are kept in one call', async () => {
    await using store = await open()
    const many = Array.from({ length: 1_234 }, (_, number) => toFingerprint('eu', 'shop', `role-${number}`))
    await store.saveInventory({ cluster: 'eu', set: many })

    expect(await store.listFingerprints('eu')).toHaveLength(1_234)
  })
}
