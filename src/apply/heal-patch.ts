import { isDeepStrictEqual } from 'node:util'
import { type Difference, isReportOnly } from '../drift/compare.ts'
import { isSealed } from '../inventory/fingerprint.ts'
import type { JsonPatchOperation } from '../kube/client.ts'
import { type FieldPath, getAtPath, parseFieldPath, toJsonPointer } from '../kube/field-path.ts'
import type { Json, KubeObject } from '../kube/object.ts'

/**
 * One JSON Patch that undoes what an apply of the manifest cannot: fields that Git does not state. With `includeStated`
 * it undoes all, for when Git is ahead and must not be applied. It holds only for the resourceVersion it was made from
 * (the server answers 409 otherwise). Undefined where there is nothing to patch. Pure.
 */
export const computeHealPatch = (
  live: KubeObject,
  differences: readonly Difference[],
  options: { readonly includeStated?: boolean } = {},
): readonly JsonPatchOperation[] | undefined => {
  const operations = differences
    .filter(({ path }) => !isReportOnly(path))
    .filter(({ change, drift }) => options.includeStated || drift === 'added' || change !== 'changed')
    .filter(({ change, git }) => options.includeStated || change !== 'removed' || git === undefined)
    .flatMap((difference) => toOperation(live, difference))
    .filter((operation, index, all) => index === all.findIndex((other) => isDeepStrictEqual(other, operation)))
  if (operations.length === 0) return undefined
  const precondition = {
    op: 'replace',
    path: '/metadata/resourceVersion',
    value: live.metadata.resourceVersion,
  } as const
  return [precondition, ...operations.sort(compareOperations)]
}

const toOperation = (live: KubeObject, difference: Difference): JsonPatchOperation[] => {
  const { path, change, expected } = difference
  const pointer = toJsonPointer(live, path)
  switch (change) {
    case 'added':
      return pointer === undefined ? [] : [{ op: 'remove', path: pointer }]
    case 'changed':
      if (pointer === undefined) return []
      return hasSealed(expected)
        ? [{ op: 'remove', path: pointer }]
        : [{ op: 'replace', path: pointer, value: expected }]
    case 'removed':
      return hasSealed(expected) ? [] : toAdditions(live, path, expected)
    case 'reordered':
      return pointer === undefined
        ? []
        : [{ op: 'replace', path: pointer, value: reorder(live, path, expected as readonly string[]) }]
  }
}

/** A new map member goes below its parent, which may have gone with its last member; a new list item to the end of the list. */
const toAdditions = (live: KubeObject, path: FieldPath, value: Json | undefined): JsonPatchOperation[] => {
  const last = path.at(-1)
  if (!last) return []
  const name = last.type === 'key' ? last.key.replace(/~/g, '~0').replace(/\//g, '~1') : '-'
  const parent = toJsonPointer(live, path.slice(0, -1))
  if (parent !== undefined) return [{ op: 'add', path: `${parent}/${name}`, value }]
  const above = toJsonPointer(live, path.slice(0, -2))
  const gone = path.at(-2)
  if (above === undefined || gone?.type !== 'key') return []
  const made = `${above}/${gone.key.replace(/~/g, '~0').replace(/\//g, '~1')}`
  return [
    { op: 'add', path: made, value: last.type === 'key' ? {} : [] },
    { op: 'add', path: `${made}/${name}`, value },
  ]
}

const hasSealed = (value: Json | undefined): boolean => {
  if (value === null || typeof value !== 'object') return false
  return isSealed(value) || Object.values(value).some((below) => hasSealed(below as Json))
}

/** The live list with the items that both sides know in the expected order, each in a place that one of them had. */
const reorder = (live: KubeObject, path: FieldPath, expected: readonly string[]): unknown[] => {
  const list = getAtPath(live, path) as Json[]
  const known = expected.map((id) => getAtPath(list, parseFieldPath(`/${id}`)))
  let next = 0
  return list.map((item) => (known.includes(item) ? known[next++] : item))
}

/** Changes first; then removals from the back, so that no index moves before it is used. */
const compareOperations = (left: JsonPatchOperation, right: JsonPatchOperation): number => {
  if (left.op !== 'remove' || right.op !== 'remove') return Number(left.op === 'remove') - Number(right.op === 'remove')
  return right.path.localeCompare(left.path, 'en', { numeric: true })
}
