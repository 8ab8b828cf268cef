import { createHash } from 'node:crypto'
import { formatCanonical } from './canonical.ts'
import { type FieldPath, matchesItem, type PathSegment } from './field-path.ts'
import type { Json, JsonObject, ManagedFieldsEntry } from './object.ts'

/**
 * How lists merge, as the server told it through field ownership: the path of a list with `*` for items, to its key
 * fields (`['name']`), or to `[]` for a set. Lists that are not in it are replaced as a whole.
 */
export type ListKeys = Readonly<Record<string, readonly string[]>>

/** The merge keys of every keyed list and set that some entry owns items of. */
export const collectListKeys = (entries: readonly ManagedFieldsEntry[]): ListKeys => {
  const lists: Record<string, readonly string[]> = {}
  for (const entry of entries) walkLists(entry.fieldsV1 ?? {}, '', lists)
  return lists
}

const walkLists = (fields: JsonObject, path: string, lists: Record<string, readonly string[]>): void => {
  for (const [name, below] of Object.entries(fields)) {
    const kind = name.slice(0, 2)
    if (kind === 'k:') lists[path] = Object.keys(JSON.parse(name.slice(2)) as JsonObject)
    else if (kind === 'v:') lists[path] = []
    if (kind === 'f:')
      walkLists(below as JsonObject, `${path}/${name.slice(2).replace(/~/g, '~0').replace(/\//g, '~1')}`, lists)
    else if (kind === 'k:') walkLists(below as JsonObject, `${path}/*`, lists)
  }
}

/** The entries that own a path or something below it, in their order. */
export const findOwners = (entries: readonly ManagedFieldsEntry[], path: FieldPath): ManagedFieldsEntry[] =>
  entries.filter((entry) => ownsPath(entry.fieldsV1 ?? {}, path))

const ownsPath = (fields: JsonObject, path: FieldPath): boolean => {
  let node: JsonObject = fields
  for (const segment of path) {
    const child = findField(node, segment)
    // An entry without children here owns the whole value from here down (atomic lists and maps).
    if (child === undefined) return Object.keys(node).length === 0 && node !== fields
    node = child
  }
  return true
}

const findField = (fields: JsonObject, segment: PathSegment): JsonObject | undefined => {
  switch (segment.type) {
    case 'key':
      return fields[`f:${segment.key}`] as JsonObject | undefined
    case 'item':
      for (const [name, below] of Object.entries(fields)) {
        if (name.startsWith('k:') && matchesItem(JSON.parse(name.slice(2)), segment.keys)) return below as JsonObject
      }
      return undefined
    case 'value':
      return fields[`v:${JSON.stringify(segment.value)}`] as JsonObject | undefined
    case 'index':
      return fields[`i:${segment.index}`] as JsonObject | undefined
    case 'any':
      return undefined
  }
}

/** Is this the entry of server-side apply by `manager` on the object itself (not on a subresource)? */
export const isApplyEntry = (entry: ManagedFieldsEntry, manager: string): boolean =>
  entry.manager === manager && entry.operation === 'Apply' && !entry.subresource

/** A short hash of what an entry owns and when it last changed: equal for an untouched entry. */
export const hashEntry = (entry: ManagedFieldsEntry): string =>
  createHash('sha256')
    .update(formatCanonical([entry.apiVersion, entry.time, entry.fieldsV1 as Json]))
    .digest('base64url')
    .slice(0, 16)

/** The union of two field sets, as when one manager takes over another's entry. */
export const mergeFieldSets = (left: JsonObject, right: JsonObject): JsonObject => {
  const merged: Record<string, Json | undefined> = { ...left }
  for (const [name, below] of Object.entries(right)) {
    const own = merged[name]
    merged[name] = own === undefined ? below : mergeFieldSets(own as JsonObject, below as JsonObject)
  }
  return merged
}
