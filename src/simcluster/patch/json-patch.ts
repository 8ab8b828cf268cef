import { isDeepStrictEqual } from 'node:util'
import { StatusFailure } from '../status-failure.ts'

/** An operation as it was sent: nothing of it is checked yet. */
type Operation = { readonly op?: unknown; readonly path?: unknown; readonly from?: unknown; readonly value?: unknown }
type Container = Record<string, unknown> | unknown[]
type Root = { document: unknown }

/**
 * A document with JSON Patch operations (RFC 6902) applied, as the API server does it: an index may count from the end, and
 * `replace` sets a key that is not there. Fails with its 422, which does not say what is wrong. Pure.
 */
export const applyJsonPatch = (document: unknown, operations: unknown): unknown => {
  if (!Array.isArray(operations))
    throw new StatusFailure(
      400,
      'BadRequest',
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    )
  const root: Root = { document: structuredClone(document) }
  for (const operation of operations as Operation[]) applyOperation(root, operation)
  return root.document
}

const applyOperation = (root: Root, { op, path, from, value }: Operation): void => {
  switch (op) {
    case 'add':
      add(root, path, structuredClone(requireValue(value)))
      return
    case 'remove':
      remove(root, path)
      return
    case 'replace':
      replace(root, path, structuredClone(requireValue(value)))
      return
    case 'move': {
      const moved = read(root, from)
      remove(root, from)
      add(root, path, moved)
      return
    }
    case 'copy':
      // A copy of nothing is null.
      add(root, path, structuredClone(find(root, from) ?? null))
      return
    case 'test':
      // Nothing there is as good as null.
      if (!isDeepStrictEqual(find(root, path) ?? null, value ?? null)) throw reject()
      return
    default:
      throw reject()
  }
}

const requireValue = (value: unknown): unknown => {
  if (value === undefined) throw reject()
  return value
}

const reject = (): StatusFailure =>
  new StatusFailure(422, 'Invalid', 'the server rejected our request due to an error in our request', {})

/** The segments of a JSON Pointer, or 422. */
export const toSegments = (path: unknown): string[] => {
  if (typeof path !== 'string') throw reject()
  if (path === '') return []
  return path
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The container that a path leads into, and the last segment. */
const open = (root: Root, path: unknown): readonly [Container, string] => {
  const segments = toSegments(path)
  const key = segments.pop()
  if (key === undefined) throw reject()
  let value = root.document
  for (const segment of segments) value = getChild(value, segment)
  if (typeof value !== 'object' || value === null) throw reject()
  return [value as Container, key]
}

const getChild = (value: unknown, key: string): unknown => {
  if (Array.isArray(value)) return value[toIndex(key, value.length)]
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

const toIndex = (key: string, length: number): number => {
  if (!/^[-+]?\d+$/.test(key)) throw reject()
  const index = Number(key)
  if (index >= length || index < -length) throw reject()
  return index < 0 ? index + length : index
}

const find = (root: Root, path: unknown): unknown => {
  if (path === '') return root.document
  const [container, key] = open(root, path)
  return getChild(container, key)
}

const read = (root: Root, path: unknown): unknown => {
  const value = find(root, path)
  if (value === undefined) throw reject()
  return value
}

const add = (root: Root, path: unknown, value: unknown): void => {
  const [container, key] = open(root, path)
  if (!Array.isArray(container)) container[key] = value
  else if (key === '-') container.push(value)
  else container.splice(toIndex(key, container.length + 1), 0, value)
}

const remove = (root: Root, path: unknown): void => {
  const [container, key] = open(root, path)
  if (Array.isArray(container)) container.splice(toIndex(key, container.length), 1)
  else if (Object.hasOwn(container, key)) delete container[key]
  else throw reject()
}

const replace = (root: Root, path: unknown, value: unknown): void => {
  if (path === '') {
    if (typeof value !== 'object' || value === null) throw reject()
    root.document = value
    return
  }
  const [container, key] = open(root, path)
  if (Array.isArray(container)) container[toIndex(key, container.length)] = value
  else container[key] = value
}
