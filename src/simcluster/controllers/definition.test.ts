import { expect, test } from 'vitest'
import { openLab } from './testing/open-lab.ts'

const toDefinition = (plural: string, kind: string, scope = 'Namespaced'): string => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.shop.io}
spec:
  group: shop.io
  names: {plural: ${plural}, singular: ${kind.toLowerCase()}, kind: ${kind}, listKind: ${kind}List, shortNames: [sh]}
  scope: ${scope}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`
const PATH = 'customresourcedefinitions.apiextensions.k8s.io/carts.shop.io'
const CART = 'apiVersion: shop.io/v1\nkind: Cart\nmetadata: {name: one}\n'

test('a definition is established at once', async () => {
  await using lab = await openLab()
  await lab.create(toDefinition('carts', 'Cart'))

  expect(lab.statusOf(PATH)).toBe('Current')
  expect(lab.managersOf(PATH)).toEqual(['kube-apiserver status', 'kubectl'])
  expect(lab.get(PATH)?.status).toMatchObject({
    acceptedNames: { plural: 'carts', singular: 'cart', kind: 'Cart', listKind: 'CartList', shortNames: ['sh'] },
    conditions: [
      { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
      {
        type: 'Established',
        status: 'True',
        reason: 'InitialNamesAccepted',
        message: 'the initial names have been accepted',
      },
    ],
    storedVersions: ['v1'],
  })
  await lab.create(CART)
  expect(lab.get('carts.shop.io/default/one')).toBeDefined()
})

test('names that are taken are refused until they are free', async () => {
  await using lab = await openLab()
  await lab.create(toDefinition('carts', 'Cart'))
  await lab.create(toDefinition('trolleys', 'Cart'))
  const trolleys = 'customresourcedefinitions.apiextensions.k8s.io/trolleys.shop.io'
  expect(lab.get(trolleys)?.status).toMatchObject({
    acceptedNames: { plural: 'trolleys', kind: '' },
    conditions: [
      { type: 'NamesAccepted', status: 'False', reason: 'ListKindConflict', message: '"CartList" is already in use' },
      { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
    ],
  })

  await lab.delete(PATH)

  expect(lab.statusOf(trolleys)).toBe('Current')
})

test.each(['Namespaced', 'Cluster'])('a definition goes with its objects: %s', async (scope) => {
  await using lab = await openLab()
  await lab.create(toDefinition('carts', 'Cart', scope))
  await lab.create(CART)

  await lab.delete(PATH)

  expect(lab.get(PATH)).toBeUndefined()
  await lab.create(toDefinition('carts', 'Cart', scope))
  expect(lab.list('carts.shop.io')).toEqual([])
})

test('a definition waits for objects that are held', async () => {
  await using lab = await openLab()
  await lab.create(toDefinition('carts', 'Cart'))
  await lab.create(CART.replace('one', 'one, finalizers: [example.com/hold]'))

  await lab.delete(PATH)
  await lab.pass(20)
  expect(lab.get(PATH)?.status.conditions).toContainEqual(
    expect.objectContaining({ type: 'Terminating', status: 'True', reason: 'InstanceDeletionInProgress' }),
  )

  await lab.patch('carts.shop.io/default/one', { metadata: { finalizers: null } })
  await lab.pass(20)
  expect(lab.get(PATH)).toBeUndefined()
})
