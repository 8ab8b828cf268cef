import type { Json, JsonObject } from '../../kube/object.ts'
import { get, type RequestStep, type Step } from './contract-case.ts'
import type { Chance } from './fuzz-chance.ts'
import { type Fragment, FUZZ_KINDS, type FuzzKind } from './fuzz-kinds.ts'
import { isJsonObject, mergeJson } from './json.ts'

/** One object that the steps of a run write. */
type Target = {
  readonly of: FuzzKind
  readonly name: string
  readonly path: string
  /** Whether it probably exists. */
  exists: boolean
  /** The last step that read it. */
  seen: string | undefined
}

type Operation = (target: Target, chance: Chance) => RequestStep

/** A run of writes by chance on a few objects, each followed by a look at the object. */
export const createFuzzSteps = (chance: Chance, length: number, kinds: readonly FuzzKind[] = FUZZ_KINDS): Step[] => {
  const targets = Array.from({ length: 1 + chance.below(3) }, (_, index) => toTarget(chance.pick(kinds), index))
  const steps: Step[] = []
  for (let count = 0; count < length; count++) {
    if (chance.percent(3)) steps.push({ wait: 1_050 })
    const target = chance.pick(targets)
    const step = withOptions(chooseOperation(target, chance)(target, chance), chance)
    const seen = `s${count}`
    steps.push(step, get(target.path, { as: seen }))
    target.seen = seen
    if (step.query?.dryRun !== undefined) continue
    if (step.method === 'POST' || step.query?.fieldManager?.includes('manager')) target.exists = true
    if (step.method === 'DELETE') target.exists = false
  }
  return steps
}

const toTarget = (of: FuzzKind, index: number): Target => {
  const name = `{id}-${index}`
  return { of, name, path: `${of.path}/${name}`, exists: false, seen: undefined }
}

const withOptions = (step: RequestStep, chance: Chance): RequestStep => ({
  ...step,
  query: {
    ...(chance.percent(10) ? { dryRun: 'All' } : {}),
    ...(chance.percent(10) && step.method !== 'DELETE'
      ? { fieldValidation: chance.pick(['Strict', 'Ignore', 'Warn']) }
      : {}),
    ...step.query,
  },
  ...(chance.percent(3) ? { user: 'carol' } : {}),
})

/** By how often they come. */
const OPERATIONS: readonly (readonly [share: number, operation: Operation])[] = [
  [4, (target, chance) => createObject(target, chance)],
  [14, (target, chance) => updateObject(target, chance)],
  [14, (target, chance) => mergePatchObject(target, chance)],
  [12, (target, chance) => strategicPatchObject(target, chance)],
  [10, (target, chance) => jsonPatchObject(target, chance)],
  [26, (target, chance) => applyObject(target, chance)],
  [6, (target, chance) => patchMetadata(target, chance)],
  [4, (target, chance) => resetManagedFields(target, chance)],
  [8, (target, chance) => writeStatus(target, chance)],
  [4, (target, chance) => writeScale(target, chance)],
  [3, (target, chance) => deleteObject(target, chance)],
]

const TOTAL = OPERATIONS.reduce((sum, [share]) => sum + share, 0)

const chooseOperation = (target: Target, chance: Chance): Operation => {
  if (!target.exists && chance.percent(85)) return chance.percent(60) ? createObject : applyObject
  let left = chance.below(TOTAL)
  for (const [share, operation] of OPERATIONS) {
    left -= share
    if (left < 0) return operation
  }
  return applyObject
}

const MANAGERS = ['manager-a', 'manager-b', 'manager-c'] as const

const createObject: Operation = (target, chance) => ({
  method: 'POST',
  path: target.of.path,
  query: { ...(chance.percent(50) ? { fieldManager: chance.pick(MANAGERS) } : {}) },
  body: toWhole(target, chance, 3),
})

const updateObject: Operation = (target, chance) => {
  const body = mergeJson(chooseFields(target.of.fields, chance, 2), chooseMetadata(chance))
  const query = { ...(chance.percent(50) ? { fieldManager: chance.pick(MANAGERS) } : {}) }
  const path = target.path
  if (target.seen === undefined || !target.exists || chance.percent(20)) {
    return { method: 'PUT', path, query, body: toWhole(target, chance, 3) }
  }
  const forget = chance.percent(20) ? { metadata: { resourceVersion: null } } : {}
  const drop = chance.percent(15) ? { metadata: { managedFields: null } } : {}
  return { method: 'PUT', path, query, base: target.seen, body: mergeJson(mergeJson(body, forget), drop) }
}

const patch = (target: Target, type: string, body: Json, chance: Chance): RequestStep => ({
  method: 'PATCH',
  path: target.path,
  headers: { 'content-type': `application/${type}+json` },
  query: { ...(chance.percent(50) ? { fieldManager: chance.pick(MANAGERS) } : {}) },
  body,
})

const mergePatchObject: Operation = (target, chance) =>
  patch(target, 'merge-patch', withNulls(chooseFields(target.of.fields, chance, 2), chance), chance)

const strategicPatchObject: Operation = (target, chance) =>
  patch(
    target,
    'strategic-merge-patch',
    withDirectives(withNulls(chooseFields(target.of.fields, chance, 2), chance), chance),
    chance,
  )

const jsonPatchObject: Operation = (target, chance) => {
  const known = mergeKeepingNulls(target.of.base, chooseFields(target.of.fields, chance, 3))
  const operations = Array.from({ length: 1 + chance.below(3) }, (): Json => {
    const { path, value } = chance.pick(listPointers(known))
    const from = chance.pick(listPointers(known)).path
    switch (chance.below(8)) {
      case 0:
        return { op: 'remove', path }
      case 1:
        return { op: 'test', path, value }
      case 2:
        // A Secret tells a value that is null from an empty one until it is stored.
        return { op: chance.pick(['move', target.of.kind === 'Secret' ? 'move' : 'copy']), from, path }
      case 3:
        return { op: 'add', path: '/metadata/labels', value: { fuzz: chance.pick(['a', 'b']) } }
      case 4:
        return { op: 'replace', path, value }
      default:
        return { op: 'add', path, value }
    }
  })
  return patch(target, 'json-patch', operations, chance)
}

const applyObject: Operation = (target, chance) => {
  const { apiVersion, kind, base } = target.of
  const identity = { apiVersion, kind, metadata: { name: target.name } }
  const body = mergeJson(chance.percent(75) ? base : {}, chooseFields(target.of.fields, chance, 3))
  const metadata = chance.percent(30) ? chooseMetadata(chance) : {}
  return {
    method: 'PATCH',
    path: target.path,
    headers: { 'content-type': 'application/apply-patch+yaml' },
    query: { fieldManager: chance.pick(MANAGERS), ...(chance.percent(50) ? { force: 'true' } : {}) },
    body: mergeJson(mergeJson(identity, body), metadata),
  }
}

const patchMetadata: Operation = (target, chance) =>
  patch(target, 'merge-patch', withNulls(chooseMetadata(chance), chance), chance)

const resetManagedFields: Operation = (target, chance) => {
  const none = chance.pick<Json>([[], [{}], null])
  switch (chance.below(4)) {
    case 0:
      return patch(target, 'merge-patch', { metadata: { managedFields: none } }, chance)
    case 1:
      return patch(target, 'json-patch', [{ op: 'replace', path: '/metadata/managedFields', value: none }], chance)
    case 2:
      return patch(target, 'json-patch', [{ op: 'remove', path: `/metadata/managedFields/${chance.below(2)}` }], chance)
    default:
      return patch(
        target,
        'json-patch',
        [{ op: 'replace', path: '/metadata/managedFields/0/manager', value: chance.pick(MANAGERS) }],
        chance,
      )
  }
}

const writeStatus: Operation = (target, chance) => {
  const { status, apiVersion, kind } = target.of
  if (!status) return mergePatchObject(target, chance)
  const path = `${target.path}/status`
  const fields = chooseFields(status, chance, 2)
  const also = chance.percent(20) ? chooseFields(target.of.fields, chance, 1) : {}
  const metadata = chance.percent(20) ? chooseMetadata(chance) : {}
  const body = mergeJson(mergeJson(fields, also), metadata) as JsonObject
  switch (chance.below(4)) {
    case 0:
      return target.seen === undefined
        ? { ...patch(target, 'merge-patch', body, chance), path }
        : { method: 'PUT', path, base: target.seen, body }
    case 1:
      // Of a Service that is not there, the server makes one without an address.
      if (kind === 'Service') return { ...patch(target, 'merge-patch', body, chance), path }
      return {
        ...applyObject(target, chance),
        path,
        body: mergeJson({ apiVersion, kind, metadata: { name: target.name } }, body),
      }
    case 2:
      return { ...patch(target, 'strategic-merge-patch', withDirectives(body, chance), chance), path }
    default:
      return { ...patch(target, 'merge-patch', withNulls(body, chance), chance), path }
  }
}

const writeScale: Operation = (target, chance) => {
  if (!target.of.scale) return mergePatchObject(target, chance)
  const path = `${target.path}/scale`
  const spec = { replicas: chance.pick([0, 1, 2, 5, -1]) }
  const identity = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: target.name, namespace: '{ns}' } }
  return chance.percent(50)
    ? { method: 'PUT', path, body: { ...identity, spec } }
    : { ...patch(target, 'merge-patch', { spec }, chance), path }
}

const deleteObject: Operation = (target, chance) => ({
  method: 'DELETE',
  path: target.path,
  body: {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(chance.percent(40) ? { propagationPolicy: chance.pick(['Background', 'Foreground', 'Orphan']) } : {}),
    ...(chance.percent(20) ? { gracePeriodSeconds: chance.pick([0, 5]) } : {}),
    ...(chance.percent(10) ? { preconditions: { uid: '11111111-1111-1111-1111-111111111111' } } : {}),
  },
})

const toWhole = ({ of, name }: Target, chance: Chance, count: number): JsonObject => {
  const { apiVersion, kind, base, fields } = of
  const metadata = chance.percent(40) ? chooseMetadata(chance) : {}
  const identity = { apiVersion, kind, metadata: { name } }
  return mergeJson(mergeJson(mergeJson(identity, base), chooseFields(fields, chance, count)), metadata) as JsonObject
}

const chooseFields = (fields: readonly Fragment[], chance: Chance, count: number): JsonObject =>
  Array.from({ length: 1 + chance.below(count) }, () => chance.pick(fields)(chance)).reduce<JsonObject>(
    (merged, fragment) => mergeKeepingNulls(merged, fragment),
    {},
  )

/** Null is a value here. */
const mergeKeepingNulls = (left: JsonObject, right: JsonObject): JsonObject => {
  const merged: Record<string, Json | undefined> = { ...left }
  for (const [key, value] of Object.entries(right)) {
    const before = merged[key]
    merged[key] = isJsonObject(before) && isJsonObject(value) ? mergeKeepingNulls(before, value) : value
  }
  return merged
}

const chooseMetadata = (chance: Chance): JsonObject => {
  const values = (keys: readonly string[]): JsonObject =>
    Object.fromEntries(chance.some(keys, 1).map((key) => [key, chance.pick(['1', '2', ''])]))
  switch (chance.below(8)) {
    case 0:
      return { metadata: { finalizers: chance.some(['example.com/a', 'example.com/b'], 1) } }
    case 1:
      return {
        metadata: {
          ownerReferences: chance.some(['a', 'b'], 1).map((name) => ({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            name,
            uid: `00000000-0000-0000-0000-00000000000${name}`,
            ...(chance.percent(50) ? { controller: name === 'a' } : {}),
            ...(chance.percent(30) ? { blockOwnerDeletion: true } : {}),
          })),
        },
      }
    case 2:
    case 3:
      return { metadata: { annotations: values(['a', 'b', 'example.com/c']) } }
    default:
      return { metadata: { labels: values(['a', 'b', 'example.com/c']) } }
  }
}

/** Some maps and leaves become null, which removes them. */
const withNulls = (value: JsonObject, chance: Chance): JsonObject =>
  Object.fromEntries(
    Object.entries(value).map(([key, below]) => {
      if (key !== 'metadata' && key !== 'spec' && chance.percent(8)) return [key, null]
      return [key, isJsonObject(below) ? withNulls(below, chance) : below]
    }),
  )

const KEYS = ['name', 'containerPort', 'mountPath', 'type', 'port', 'uid', 'key', 'ip', 'topologyKey']

/** Lists of maps without a key: the server fails with 500 on orders of them. */
const UNKEYED = new Set(['subjects', 'rules', 'ingress', 'egress', 'metrics'])

/** Some items are deleted by their key, some lists and maps replaced, some put in order. */
const withDirectives = (value: Json | undefined, chance: Chance): Json => {
  if (Array.isArray(value)) {
    const items = value.map((item) => {
      const keys = isJsonObject(item) ? KEYS.filter((key) => key in item) : []
      if (keys.length === 0 || !chance.percent(15)) return withDirectives(item, chance)
      return { $patch: 'delete', ...Object.fromEntries(keys.slice(0, 1).map((key) => [key, item[key]])) }
    })
    return isJsonObject(value[0]) && chance.percent(5) ? [...items, { $patch: 'replace' }] : items
  }
  if (!isJsonObject(value)) return value ?? null
  const changed: Record<string, Json> = {}
  for (const [key, below] of Object.entries(value)) {
    if (Array.isArray(below) && !UNKEYED.has(key) && chance.percent(10)) {
      const items = below as readonly Json[]
      const keys = items.map((item) =>
        isJsonObject(item)
          ? Object.fromEntries(
              Object.entries(item)
                .filter(([name]) => KEYS.includes(name))
                .slice(0, 1),
            )
          : item,
      )
      const isKeyed = keys.length > 0 && keys.every((item) => !isJsonObject(item) || Object.keys(item).length > 0)
      if (isKeyed && chance.percent(50))
        changed[`$setElementOrder/${key}`] = chance.percent(50) ? keys : keys.toReversed()
      else if (typeof items[0] === 'string') changed[`$deleteFromPrimitiveList/${key}`] = chance.some(items)
    }
    // A list in an order has nothing but its items.
    changed[key] = `$setElementOrder/${key}` in changed ? (below ?? null) : withDirectives(below, chance)
  }
  if (chance.percent(3)) changed.$patch = chance.pick(['replace', 'delete', 'merge'])
  if (chance.percent(3)) changed.$retainKeys = chance.some(Object.keys(value))
  return changed
}

type Pointer = { readonly path: string; readonly value: Json }

const listPointers = (value: Json, path = ''): readonly Pointer[] => {
  const children: readonly (readonly [string, Json])[] = Array.isArray(value)
    ? [...value.map((item, index) => [String(index), item] as const), ['-', value[0] ?? 'x']]
    : isJsonObject(value)
      ? (Object.entries(value) as [string, Json][])
      : []
  const below = children.flatMap(([key, child]) =>
    listPointers(child, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  )
  return path === '' ? (below.length > 0 ? below : [{ path: '/data', value: {} }]) : [{ path, value }, ...below]
}
