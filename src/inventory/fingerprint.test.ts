import { expect, test } from 'vitest'
import type { Json, JsonObject } from '../kube/object.ts'
import { object } from '../kube/testing/object.ts'
import { diffTrees } from '../kube/tree-diff.ts'
import { computeFingerprint, isSealed, matchSealed, toComparable } from './fingerprint.ts'

const key = Buffer.from('a key of this cluster')
const record = (live: ReturnType<typeof object>): JsonObject =>
  computeFingerprint({ object: live, digest: 'd', revision: 'r', key }).seen
const isSame = (seen: JsonObject, live: ReturnType<typeof object>): boolean =>
  diffTrees(seen, toComparable(live), { lists: {}, matchOpaque: (node, value) => matchSealed(node, value, key) })
    .length === 0

const secret = object`
  apiVersion: v1
  kind: Secret
  metadata: {name: s, namespace: n, uid: u, resourceVersion: "5", labels: {a: b}}
  data: {password: aHVudGVyMg==}`

test('the values of a Secret are not in its fingerprint, and still tell whether they changed', () => {
  const seen = record(secret)

  expect(JSON.stringify(seen)).not.toContain('aHVudGVyMg==')
  expect(isSame(seen, secret)).toBe(true)
  expect(isSame(seen, { ...secret, data: { password: 'b3RoZXI=' } })).toBe(false)
})

test('the digest of a secret value depends on the key of the cluster', () => {
  const other = computeFingerprint({ object: secret, digest: 'd', revision: 'r', key: Buffer.from('another') }).seen

  expect(other.data).not.toEqual(record(secret).data)
})

test('a fingerprint holds neither status nor what the server alone sets', () => {
  const seen = record({ ...secret, status: { phase: 'x' } })

  expect(seen).toEqual({ metadata: { labels: { a: 'b' } }, data: seen.data })
})

test('a very large object is kept small, its metadata and small parts whole', () => {
  const large = {
    ...object`
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: x, labels: {a: b}}`,
    spec: {
      group: 'g',
      versions: Array.from({ length: 200 }, (_, at) => ({ name: `v${at}`, schema: { text: 'x'.repeat(900), n: at } })),
    },
  }
  const seen = record(large)

  expect(JSON.stringify(seen).length).toBeLessThan(16 * 1024)
  expect(seen.metadata).toEqual({ labels: { a: 'b' } })
  expect((seen.spec as JsonObject).group).toBe('g')
  expect(isSame(seen, large)).toBe(true)
  const changed = structuredClone(large)
  ;(changed.spec.versions[150] as { schema: { n: number } }).schema.n = -1
  expect(isSame(seen, changed)).toBe(false)
})

test('only a recorded digest counts as one', () => {
  expect(isSealed({ $digest: 'x' })).toBe(true)
  expect(isSealed({ digest: 'x' } as Json)).toBe(false)
  expect(matchSealed('x', 'x', key)).toBeUndefined()
})
