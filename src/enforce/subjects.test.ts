import { expect, test } from 'vitest'
import type { Manifest } from '../kube/object.ts'
import type { DesiredCluster, DesiredObject } from '../render/desired.ts'
import { collectSubjects } from './subjects.ts'

const digestOf = (manifest: object, random: readonly string[]): string | undefined => {
  const object: DesiredObject = { manifest: manifest as Manifest, random }
  const component = { name: 'app', policy: { ignore: [] }, objects: [object] }
  const { all } = collectSubjects({ components: [component] } as unknown as DesiredCluster, new Map(), undefined)
  return all[0]?.digest
}

const pod = (password: string, image = 'i'): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image, env: [{ name: 'A', value: password }], args: ['--password', password] }] },
})

test('a made-up value does not make Git look ahead, in a list either', () => {
  const random = ['/spec/containers/0/env/0/value', '/spec/containers/0/args/1']

  expect(digestOf(pod('one'), random)).toBe(digestOf(pod('two'), random))
  expect(digestOf(pod('one'), random)).not.toBe(digestOf(pod('one', 'other'), random))
  expect(digestOf(pod('one'), random.slice(1))).not.toBe(digestOf(pod('two'), random.slice(1)))
})
