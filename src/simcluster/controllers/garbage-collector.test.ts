import { expect, test } from 'vitest'
import { type Lab, openLab } from './testing/open-lab.ts'

const toMap = (name: string, extra = ''): string => `
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}${extra}}
`
/** A map that other maps own. */
const toOwned = (lab: Lab, name: string, owners: readonly string[], extra = ''): string => {
  const references = owners.map((owner) => {
    const uid = lab.get(`configmaps/default/${owner}`)?.metadata.uid
    return `{apiVersion: v1, kind: ConfigMap, name: ${owner}, uid: ${uid}, blockOwnerDeletion: true}`
  })
  return toMap(name, `, ownerReferences: [${references.join(', ')}]${extra}`)
}
const readNames = (lab: Lab): string[] =>
  lab
    .list('configmaps/default')
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== 'kube-root-ca.crt')

test('dependents go after their owner, and theirs after them', async () => {
  await using lab = await openLab()
  await lab.create(toMap('a'))
  await lab.create(toOwned(lab, 'b', ['a']))
  await lab.create(toOwned(lab, 'c', ['b']))

  await lab.delete('configmaps/default/a')

  expect(readNames(lab)).toEqual([])
})

test('an owner that is deleted in the foreground waits for its dependents', async () => {
  await using lab = await openLab()
  await lab.create(toMap('a'))
  await lab.create(toOwned(lab, 'b', ['a'], ', finalizers: [example.com/hold]'))

  await lab.delete('configmaps/default/a', { propagationPolicy: 'Foreground' })
  expect(lab.get('configmaps/default/a')?.metadata.finalizers).toEqual(['foregroundDeletion'])
  expect(lab.statusOf('configmaps/default/b')).toBe('Terminating')

  await lab.patch('configmaps/default/b', { metadata: { finalizers: null } })
  expect(readNames(lab)).toEqual([])
})

test('orphans stay, without their owner', async () => {
  await using lab = await openLab()
  await lab.create(toMap('a'))
  await lab.create(toOwned(lab, 'b', ['a']))

  await lab.delete('configmaps/default/a', { propagationPolicy: 'Orphan' })

  expect(readNames(lab)).toEqual(['b'])
  expect(lab.get('configmaps/default/b')?.metadata.ownerReferences).toBeUndefined()
})

test('one owner of two is enough, and the other is forgotten', async () => {
  await using lab = await openLab()
  await lab.create(toMap('a') + toMap('z').replace('\n', '---\n'))
  await lab.create(toOwned(lab, 'b', ['a', 'z']))

  await lab.delete('configmaps/default/a')

  expect(readNames(lab)).toEqual(['b', 'z'])
  expect(lab.get('configmaps/default/b')?.metadata.ownerReferences).toMatchObject([{ name: 'z' }])
})

test('what names an owner that is not there goes at once', async () => {
  await using lab = await openLab()

  await lab.create(toMap('lost', ', ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: never, uid: 0123-4567}]'))

  expect(readNames(lab)).toEqual([])
})

test('what names an owner of an unknown kind stays', async () => {
  await using lab = await openLab()

  await lab.create(
    toMap('kept', ', ownerReferences: [{apiVersion: example.com/v1, kind: Cart, name: one, uid: 0123-4567}]'),
  )
  await lab.pass(60)

  expect(readNames(lab)).toEqual(['kept'])
})

test('custom resources are collected, too', async () => {
  await using lab = await openLab()
  await lab.create(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: carts.shop.io}
spec:
  group: shop.io
  names: {plural: carts, singular: cart, kind: Cart, listKind: CartList}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`)
  await lab.create(`${toMap('a')}---${toMap('z')}`)
  const toUid = (name: string) => lab.get(`configmaps/default/${name}`)?.metadata.uid
  await lab.create(`
apiVersion: shop.io/v1
kind: Cart
metadata:
  name: one
  ownerReferences:
    - {apiVersion: v1, kind: ConfigMap, name: a, uid: ${toUid('a')}}
    - {apiVersion: v1, kind: ConfigMap, name: z, uid: ${toUid('z')}}
`)

  await lab.delete('configmaps/default/a')
  expect(lab.get('carts.shop.io/default/one')?.metadata.ownerReferences).toMatchObject([{ name: 'z' }])
  await lab.delete('configmaps/default/z')
  expect(lab.get('carts.shop.io/default/one')).toBeUndefined()
})
