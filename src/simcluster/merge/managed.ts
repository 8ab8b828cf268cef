import type { JsonObject, ManagedFieldsEntry } from '../../kube/object.ts'
import { type FieldSet, formatFieldSet, parseFieldSet, unite } from './field-set.ts'

/** One manager's fields. */
export type ManagerEntry = {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly subresource?: string
  readonly apiVersion: string
  readonly time?: string
  readonly set: FieldSet
}

/** All managers of an object, by identity: who, how, through what, and (for updates) in which version. */
export type Managers = ReadonlyMap<string, ManagerEntry>

/** The identity of a manager: an applier keeps its entry when it changes versions. */
export const toManagerId = (entry: Omit<ManagerEntry, 'set' | 'time'>): string =>
  JSON.stringify([
    entry.manager,
    entry.operation,
    entry.operation === 'Apply' ? '' : entry.apiVersion,
    entry.subresource ?? '',
  ])

/** Managers from the wire; undefined where an entry is not one. */
export const parseManaged = (entries: readonly ManagedFieldsEntry[]): Managers | undefined => {
  const managers = new Map<string, ManagerEntry>()
  for (const { manager, operation, apiVersion, time, fieldsType, fieldsV1, subresource } of entries) {
    if ((operation !== 'Apply' && operation !== 'Update') || !apiVersion || fieldsType !== 'FieldsV1') return undefined
    const entry: ManagerEntry = {
      manager: manager ?? '',
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      ...(subresource ? { subresource } : {}),
      set: parseCached(fieldsV1 ?? {}),
    }
    managers.set(toManagerId(entry), entry)
  }
  return managers
}

/** Sets by the object that they were parsed from: objects that are kept are never changed, so neither is what they say. */
const parsed = new WeakMap<JsonObject, FieldSet>()

const parseCached = (fields: JsonObject): FieldSet => {
  const known = parsed.get(fields) ?? parseFieldSet(fields)
  parsed.set(fields, known)
  return known
}

/** Managers for the wire, in the server's order. */
export const formatManaged = (managers: Managers): ManagedFieldsEntry[] =>
  [...managers.values()].toSorted(compareEntries).map(({ manager, operation, apiVersion, time, subresource, set }) => ({
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: formatCached(set),
    ...(subresource ? { subresource } : {}),
  }))

const formatted = new WeakMap<FieldSet, JsonObject>()

const formatCached = (set: FieldSet): JsonObject => {
  const known = formatted.get(set) ?? formatFieldSet(set)
  formatted.set(set, known)
  parsed.set(known, set)
  return known
}

const compareEntries = (left: ManagerEntry, right: ManagerEntry): number =>
  compareTexts(left.operation, right.operation) ||
  toSeconds(left) - toSeconds(right) ||
  compareTexts(left.manager, right.manager) ||
  compareTexts(left.apiVersion, right.apiVersion) ||
  compareTexts(left.subresource ?? '', right.subresource ?? '')

const toSeconds = ({ time }: ManagerEntry): number => (time === undefined ? 0 : Date.parse(time) / 1_000)

const compareTexts = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

const MOST_UPDATERS = 10

/** Joins the oldest updaters of a version until there are no more than ten. */
export const capUpdaters = (managers: Managers): Managers => {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update')
  if (updaters.length <= MOST_UPDATERS) return managers
  const capped = new Map(managers)
  const firsts = new Map<string, string>()
  let count = updaters.length
  for (const [id, entry] of updaters.toSorted(
    ([leftId, left], [rightId, right]) => toSeconds(left) - toSeconds(right) || compareTexts(leftId, rightId),
  )) {
    if (count <= MOST_UPDATERS) break
    const { apiVersion } = entry
    const first = firsts.get(apiVersion)
    if (first === undefined) {
      firsts.set(apiVersion, id)
      continue
    }
    const bucket = { manager: 'ancient-changes', operation: 'Update' as const, apiVersion }
    const bucketId = toManagerId(bucket)
    const joined = capped.get(bucketId) ?? capped.get(first)
    if (!capped.has(bucketId)) capped.delete(first)
    capped.delete(id)
    capped.set(bucketId, {
      ...bucket,
      ...(entry.time === undefined ? {} : { time: entry.time }),
      set: joined ? unite(joined.set, entry.set) : entry.set,
    })
    count--
  }
  return capped
}
