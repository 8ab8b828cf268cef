import { expect, test } from 'vitest'
import type { KubeObject } from '../../kube/object.ts'
import { findBuiltInSchema } from '../schema/built-in-schemas.ts'
import { createEmptyObject } from '../schema/empty-object.ts'
import type { FieldSchema } from '../schema/field-schema.ts'
import { applyObject, trackUpdate } from './field-manager.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const LATER = new Date('2026-01-01T00:01:00Z')

const schemaOf = ({ apiVersion, kind }: KubeObject): FieldSchema => {
  const [version, group = ''] = apiVersion.split('/').reverse() as [string, string?]
  return findBuiltInSchema(group, version, kind) as FieldSchema
}
const identity = (object: KubeObject, manager: string, now = NOW) => {
  const schema = schemaOf(object)
  return {
    manager,
    subresource: undefined,
    apiVersion: object.apiVersion,
    now,
    schema,
    empty: createEmptyObject(schema),
  }
}
const stored = (object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, uid: 'u' } })
const apply = (live: KubeObject | undefined, applied: KubeObject, manager: string, { force = false, now = NOW } = {}) =>
  stored(applyObject({ ...identity(applied, manager, now), live, applied, force }))
const update = (before: KubeObject | undefined, after: KubeObject, manager: string, now = NOW) =>
  stored(trackUpdate({ ...identity(after, manager, now), before, after }))
const owners = (object: KubeObject) =>
  Object.fromEntries(
    (object.metadata.managedFields ?? []).map(({ manager, operation, fieldsV1 }) => [
      `${manager} ${operation}`,
      fieldsV1,
    ]),
  )

const config = (data: Record<string, string>, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', namespace: 'n', ...more },
  data,
})
const service = (ports: readonly object[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', namespace: 'n' },
  spec: { ports },
})

test('an applier owns what it states', () => {
  expect(owners(apply(undefined, config({ a: '1' }), 'one'))).toEqual({ 'one Apply': { 'f:data': { 'f:a': {} } } })
})

test('a creator owns what it sets, and the structs that every object has do not count', () => {
  const created = update(undefined, { ...service([{ port: 80, protocol: 'TCP' }]) }, 'one')

  expect(owners(created)).toEqual({
    'one Update': {
      'f:spec': {
        'f:ports': { '.': {}, 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {} } },
      },
    },
  })
})

test('what is no longer applied goes, but for what somebody else owns', () => {
  const both = apply(apply(undefined, config({ a: '1', b: '2' }), 'one'), config({ b: '2' }), 'two')

  const after = apply(both, config({ c: '3' }), 'one')

  expect(after.data).toEqual({ b: '2', c: '3' })
  expect(owners(after)).toEqual({
    'one Apply': { 'f:data': { 'f:c': {} } },
    'two Apply': { 'f:data': { 'f:b': {} } },
  })
})

test('another value of what somebody else owns is a conflict, and taken over by force', () => {
  const live = apply(undefined, config({ a: '1', b: '1' }), 'one')

  expect(() => apply(live, config({ a: '2' }), 'two')).toThrow(
    'Apply failed with 1 conflict: conflict with "one": .data.a',
  )
  expect(owners(apply(live, config({ a: '2' }), 'two', { force: true }))).toEqual({
    'one Apply': { 'f:data': { 'f:b': {} } },
    'two Apply': { 'f:data': { 'f:a': {} } },
  })
})

test('conflicts with several managers are told by manager', () => {
  const live = update(apply(undefined, config({ a: '1' }), 'one'), config({ a: '1', b: '1' }), 'two')

  expect(() => apply(live, config({ a: '2', b: '2' }), 'three')).toThrow(
    'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\nconflicts with "two" using v1:\n- .data.b',
  )
})

test('an update takes what it changes from its owner, and nobody owns what it removes', () => {
  const live = apply(undefined, config({ a: '1', b: '1', c: '1' }), 'one')

  const after = update(live, config({ a: '2', b: '1' }, { managedFields: live.metadata.managedFields }), 'two')

  expect(owners(after)).toEqual({
    'one Apply': { 'f:data': { 'f:b': {} } },
    'two Update': { 'f:data': { 'f:a': {} } },
  })
})

test('keyed lists merge by key, in the order of who applies', () => {
  const live = apply(
    undefined,
    service([
      { port: 1, name: 'a' },
      { port: 2, name: 'b' },
    ]),
    'one',
  )

  const after = apply(
    live,
    service([
      { port: 3, name: 'c' },
      { port: 2, name: 'b' },
    ]),
    'two',
  )

  expect((after.spec as { ports: { name: string }[] }).ports.map(({ name }) => name)).toEqual(['a', 'c', 'b'])
})

test('a list with a key twice is refused where it is applied', () => {
  expect(() => apply(undefined, service([{ port: 1 }, { port: 1 }]), 'one')).toThrow(
    'failed to create typed patch object (n/s; /v1, Kind=Service): .spec.ports: duplicate entries for key [port=1,protocol="TCP"]',
  )
})

test('a field that the kind does not have is refused where it is applied', () => {
  expect(() => apply(undefined, { ...service([]), spec: { wrong: 1 } }, 'one')).toThrow(
    'failed to create typed patch object (n/s; /v1, Kind=Service): .spec.wrong: field not declared in schema',
  )
})

test('an apply that changes nothing keeps its time', () => {
  const live = apply(undefined, config({ a: '1' }), 'one')

  const again = apply(live, config({ a: '1' }), 'one', { now: LATER })

  expect(again.metadata.managedFields).toEqual(live.metadata.managedFields)
})

test('an update that resets managed fields leaves nobody', () => {
  const live = apply(undefined, config({ a: '1' }), 'one')

  const after = update(live, config({ a: '2' }, { managedFields: [{}] }), 'two')

  expect(after.metadata.managedFields).toBeUndefined()
})

test('the first apply to an object that nobody is known of gives the rest to before-first-apply', () => {
  const after = apply(stored(config({ a: '1', b: '2' })), config({ a: '1' }), 'one')

  expect(owners(after)).toEqual({
    'one Apply': { 'f:data': { 'f:a': {} } },
    'before-first-apply Update': { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } },
  })
})

test('kubectl takes over what it applied on its own side', () => {
  const annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(config({ a: '1' })),
  }
  const live = update(undefined, config({ a: '1', b: '1' }, { annotations }), 'kubectl-client-side-apply')

  expect(apply(live, config({ a: '2' }), 'kubectl').data).toEqual({ a: '2', b: '1' })
  expect(() => apply(live, config({ b: '2' }), 'kubectl')).toThrow('.data.b')
  expect(() => apply(live, config({ a: '2' }), 'other')).toThrow('.data.a')
})

test('more than ten updaters become one of ancient changes', () => {
  let live = update(undefined, config({ k0: '0' }), 'm0')
  for (let at = 1; at <= 12; at++) {
    const now = new Date(NOW.getTime() + at * 1_000)
    const data = { ...(live.data as Record<string, string>), [`k${at}`]: '0' }
    live = update(live, config(data, { managedFields: live.metadata.managedFields }), `m${at}`, now)
  }

  expect(Object.keys(owners(live))).toHaveLength(10)
  expect(owners(live)['ancient-changes Update']).toMatchObject({ 'f:data': { 'f:k0': {}, 'f:k1': {} } })
})
