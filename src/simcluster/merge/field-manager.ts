import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, ManagedFieldsEntry } from '../../kube/object.ts'
import type { FieldSchema } from '../schema/field-schema.ts'
import { StatusFailure } from '../status-failure.ts'
import { checkTyped } from './check-typed.ts'
import { compareTyped } from './compare-typed.ts'
import { type Conflict, createApplyConflict } from './conflicts.ts'
import {
  EMPTY_SET,
  type FieldSet,
  hasPath,
  intersect,
  listPaths,
  subtract,
  subtractBelow,
  toFieldSet,
  unite,
} from './field-set.ts'
import { capUpdaters, formatManaged, type ManagerEntry, type Managers, parseManaged, toManagerId } from './managed.ts'
import { mergeTyped } from './merge-typed.ts'
import { removeFields } from './remove-fields.ts'
import { listFields, UntypedItem, type Value, withNamedFields } from './typed.ts'

/** Who writes, through what, and when. */
export type WriteIdentity = {
  readonly manager: string
  readonly subresource: string | undefined
  /** Of the request. */
  readonly apiVersion: string
  readonly now: Date
  readonly schema: FieldSchema
  /** An object of the kind before anything is set: built-in kinds have their non-optional structs. Nothing, by default. */
  readonly empty?: KubeObject
  /** Fields that a write through this resource never changes, so that nobody owns them by it. */
  readonly reset?: FieldSet
}

/** A write that is no apply: what is stored, and what is to be. */
export type UpdateInput = WriteIdentity & { readonly before: KubeObject | undefined; readonly after: KubeObject }

/** A server-side apply. */
export type ApplyInput = WriteIdentity & {
  readonly live: KubeObject | undefined
  readonly applied: KubeObject
  readonly force: boolean
}

/** What is never part of managed fields. */
const STRIPPED = toFieldSet(
  [
    'apiVersion',
    'kind',
    'metadata',
    ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields'].map(
      (name) => `metadata.${name}`,
    ),
    'metadata.resourceVersion',
  ].map((path) => path.split('.').map((name) => `f:${name}`)),
)
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** The object that a create, update or patch gives, with the managed fields that follow from it. Pure. */
export const trackUpdate = (input: UpdateInput): KubeObject => {
  const { before, after } = input
  const known = decodeUpdate(input)
  const isCreate = before?.metadata.uid === undefined
  // An object that nobody's fields are known of is left so.
  if (known.size === 0 && !isCreate) return withManaged(after, known)
  try {
    return withManaged(after, capUpdaters(update(known, before, after, input)))
  } catch (error) {
    // Nobody is known to own anything of an object that cannot be compared.
    if (error instanceof UntypedItem) return withoutManaged(after)
    throw error
  }
}

/** The object that an apply gives, before defaults. Fails with 409 and all conflicts, 400 for a bad request. Pure. */
export const applyObject = (input: ApplyInput): KubeObject => {
  const { applied, live } = input
  if (applied.metadata?.managedFields !== undefined)
    throw new StatusFailure(400, 'BadRequest', 'metadata.managedFields must be nil')
  checkTyped(applied, input)
  const { apiVersion, kind } = applied
  const stored: KubeObject = live ?? { metadata: {} as KubeObject['metadata'], apiVersion, kind }
  let managers = parseManaged(stored.metadata.managedFields ?? [])
  if (managers === undefined) throw new StatusFailure(500, '', 'failed to decode managed fields')
  if (managers.size === 0 && live !== undefined)
    managers = update(managers, undefined, stored, { ...input, manager: 'before-first-apply' })
  const bare = withoutManaged(stored)
  const result = applyTo(managers, bare, input)
  if (!('conflicts' in result)) return finishApply(result, input)
  const allowed = input.manager === 'kubectl' ? listClientApplied(bare, input) : EMPTY_SET
  const left = result.conflicts.filter(({ path }) => !hasPath(allowed, path))
  if (left.length > 0) throw createApplyConflict(left)
  return finishApply(applyTo(managers, bare, { ...input, force: true }) as Applied, input)
}

const decodeUpdate = ({ before, after, subresource }: UpdateInput): Managers => {
  const stored = (): Managers => parseManaged(before?.metadata.managedFields ?? []) ?? new Map()
  if (subresource !== undefined) return stored()
  // A custom resource may say null, as good as nothing.
  const sent = after.metadata.managedFields ?? undefined
  if (isReset(sent)) return new Map()
  const managers = sent && parseManaged(sent)
  return managers === undefined || managers.size === 0 ? stored() : managers
}

const isReset = (entries: readonly ManagedFieldsEntry[] | undefined): boolean =>
  entries !== undefined &&
  (entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] as object).length === 0))

/** Ownership after a write: what it changed is its, and no longer anybody else's; what it removed is nobody's. */
const update = (managers: Managers, before: Value, after: KubeObject, by: WriteIdentity): Managers => {
  const old = before === undefined ? (by.empty ?? {}) : withoutManaged(before as KubeObject)
  const comparison = compareTyped(old, withoutManaged(after), by.schema)
  const [added, modified, removed] = [comparison.added, comparison.modified, comparison.removed].map((set) =>
    by.reset ? subtractBelow(set, by.reset) : set,
  ) as [FieldSet, FieldSet, FieldSet]
  const changed = unite(added, modified)
  const updated = new Map<string, ManagerEntry>()
  for (const [id, entry] of managers) {
    const set = subtract(subtract(entry.set, intersect(entry.set, changed)), removed)
    if (set.size > 0) updated.set(id, set.size === entry.set.size && isSame(set, entry.set) ? entry : { ...entry, set })
  }
  const own = subtract(changed, STRIPPED)
  if (own.size === 0) return updated
  const entry = toEntry(by, 'Update', own)
  const id = toManagerId(entry)
  const previous = updated.get(id)
  return updated.set(id, previous ? { ...entry, set: unite(own, previous.set) } : entry)
}

const isSame = (left: FieldSet, right: FieldSet): boolean => left === right || isDeepStrictEqual(left, right)

type Applied = { readonly object: KubeObject; readonly managers: Managers }

const applyTo = (
  managers: Managers,
  live: KubeObject,
  input: ApplyInput,
): Applied | { readonly conflicts: readonly Conflict[] } => {
  const { applied, schema, reset } = input
  const stated = listFields(applied, schema)
  const entry = toEntry(input, 'Apply', reset ? subtractBelow(stated, reset) : stated)
  const id = toManagerId(entry)
  const last = managers.get(id)
  const withOwn = new Map(managers).set(id, entry)
  const merged = mergeTyped(live, applied, schema) as KubeObject
  const next = prune(merged, withOwn, last?.set, schema)

  const comparison = compareTyped(live, next, schema)
  const [added, modified, removed] = [comparison.added, comparison.modified, comparison.removed].map((set) =>
    reset ? subtractBelow(set, reset) : set,
  ) as [FieldSet, FieldSet, FieldSet]
  const changed = unite(added, modified)
  const conflicts: Conflict[] = []
  const after = new Map<string, ManagerEntry>()
  for (const [otherId, other] of withOwn) {
    if (otherId === id) continue
    const taken = intersect(other.set, changed)
    conflicts.push(...listPaths(taken).map((path) => ({ manager: other, path })))
    const set = subtract(subtract(other.set, taken), removed)
    if (set.size > 0) after.set(otherId, isSame(set, other.set) ? other : { ...other, set })
  }
  if (!input.force && conflicts.length > 0) return { conflicts }
  const own = subtract(entry.set, STRIPPED)
  // An apply that changes nothing keeps the time of the last one that did.
  const isNoop = isDeepStrictEqual(live, next)
  if (own.size > 0) {
    const { time, ...timeless } = entry
    const kept = isNoop ? last?.time : time
    after.set(id, { ...timeless, ...(kept === undefined ? {} : { time: kept }), set: own })
  }
  return { object: isNoop ? live : next, managers: after }
}

/** Takes away what the manager stated last time and no longer does, unless somebody else owns it, too. */
const prune = (merged: KubeObject, managers: Managers, last: FieldSet | undefined, schema: FieldSchema): KubeObject => {
  if (last === undefined || last.size === 0) return merged
  const lastNamed = withNamedFields(last, schema)
  const pruned = removeFields(merged, lastNamed, schema)
  const owned = [...managers.values()].reduce((all, { set }) => unite(all, set), EMPTY_SET)
  const mergedSet = withNamedFields(listFields(merged, schema), schema)
  const fieldsOf = (value: Value): FieldSet => withNamedFields(listFields(value, schema), schema)
  const back = removeFields(
    merged,
    subtract(mergedSet, unite(fieldsOf(pruned), withNamedFields(owned, schema))),
    schema,
  )
  return removeFields(merged, intersect(subtract(mergedSet, fieldsOf(back)), lastNamed), schema) as KubeObject
}

const finishApply = ({ object, managers }: Applied, { manager, applied }: ApplyInput): KubeObject => {
  const annotations = object.metadata.annotations
  if (manager !== 'kubectl' || !annotations?.[LAST_APPLIED]) return withManaged(object, managers)
  const text = `${JSON.stringify(withoutLastApplied(applied))}\n`
  return withManaged(
    { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: text } } },
    managers,
  )
}

const withoutLastApplied = (object: KubeObject): KubeObject => {
  const annotations = object.metadata.annotations
  if (annotations?.[LAST_APPLIED] === undefined) return object
  const { [LAST_APPLIED]: _, ...rest } = annotations
  return { ...object, metadata: { ...object.metadata, annotations: rest } }
}

/** What kubectl applied on its own side and is still there: its server-side apply takes that over without a conflict. */
const listClientApplied = (live: KubeObject, { schema, apiVersion }: ApplyInput): FieldSet => {
  const text = live.metadata.annotations?.[LAST_APPLIED]
  if (!text) return EMPTY_SET
  try {
    const last = JSON.parse(text) as KubeObject
    if (last.apiVersion !== apiVersion) return EMPTY_SET
    const { modified, added, removed } = compareTyped(last, live, schema)
    return subtract(subtract(subtract(listFields(last, schema), modified), added), removed)
  } catch {
    // An annotation that is no JSON says nothing.
    return EMPTY_SET
  }
}

const toEntry = (by: WriteIdentity, operation: 'Apply' | 'Update', set: FieldSet): ManagerEntry => ({
  manager: by.manager || 'unknown',
  operation,
  apiVersion: by.apiVersion,
  time: `${by.now.toISOString().slice(0, 19)}Z`,
  ...(by.subresource ? { subresource: by.subresource } : {}),
  set,
})

const withManaged = (object: KubeObject, managers: Managers): KubeObject => {
  if (managers.size === 0) return withoutManaged(object)
  return { ...object, metadata: { ...object.metadata, managedFields: formatManaged(managers) } }
}

/** The object as nobody's. */
export const withoutManaged = (object: KubeObject): KubeObject => {
  if (object.metadata?.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata: metadata as KubeObject['metadata'] }
}
