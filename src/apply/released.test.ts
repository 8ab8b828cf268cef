import { expect, test } from 'vitest'
import { toRef } from '../kube/object.ts'
import { object } from '../kube/testing/object.ts'
import { keepReleased } from './released.ts'

const manifest = object`
  apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web, namespace: shop}
  spec: {replicas: 2, template: {spec: {containers: [{name: web, image: "web:1"}, {name: side, image: "side:1"}]}}}`
const live = object`
  apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web, namespace: shop}
  spec: {replicas: 7, template: {spec: {containers: [{name: side, image: "side:9"}, {name: web, image: "web:9"}]}}}`
const keep = (over: { isAutoscaled?: boolean; fields?: string[]; random?: string[] }): unknown =>
  keepReleased({ manifest, ...(over.random ? { random: over.random } : {}) }, live, {
    ref: toRef(manifest),
    isAutoscaled: () => over.isAutoscaled ?? false,
    ignore: over.fields ? [{ kind: 'Deployment', fields: over.fields }] : [],
  })

test('nothing shared: the manifest as it is', () => {
  expect(keep({})).toBe(manifest)
})

test('replicas stay as they are under an autoscaler', () => {
  expect(keep({ isAutoscaled: true })).toMatchObject({
    spec: { replicas: 7, template: (manifest.spec as { template: object }).template },
  })
})

test('an ignored field of one item of a list keeps its value, found by its key', () => {
  expect(keep({ fields: ['/spec/template/spec/containers/[name=side]/image'] })).toMatchObject({
    spec: {
      replicas: 2,
      template: {
        spec: {
          containers: [
            { name: 'web', image: 'web:1' },
            { name: 'side', image: 'side:9' },
          ],
        },
      },
    },
  })
})

test('a value that comes out differently at each render keeps its value', () => {
  expect(keep({ random: ['/spec/replicas'] })).toMatchObject({ spec: { replicas: 7 } })
})

test('at creation all is applied as rendered', () => {
  expect(
    keepReleased({ manifest, random: ['/spec/replicas'] }, undefined, {
      ref: toRef(manifest),
      isAutoscaled: () => true,
      ignore: [],
    }),
  ).toBe(manifest)
})
