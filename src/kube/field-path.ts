import { LockstepError } from '../base/errors.ts'
import type { Json, JsonObject } from './object.ts'

/**
 * One step into an object: a key of a map, an item of a keyed list (`[name=web]`), a value of a set (`["a"]`), or an
 * index. `any` (`*`) stands in patterns only.
 */
export type PathSegment =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'item'; readonly keys: Readonly<Record<string, Json>> }
  | { readonly type: 'value'; readonly value: Json }
  | { readonly type: 'index'; readonly index: number }
  | { readonly type: 'any' }

/** A field of an object. One grammar for findings, ignore rules and diffs: `/spec/template/spec/containers/[name=web]/image`. */
export type FieldPath = readonly PathSegment[]

/** A map key as a segment. */
export const toKeySegment = (key: string): PathSegment => ({ type: 'key', key })

/** A path of map keys only. */
export const toFieldPath = (...keys: string[]): FieldPath => keys.map(toKeySegment)

/** Text of a path. */
export const formatFieldPath = (path: FieldPath): string => path.map((segment) => `/${formatSegment(segment)}`).join('')

const formatSegment = (segment: PathSegment): string => {
  switch (segment.type) {
    case 'key':
      return needsEscape(segment.key) ? escapeKey(segment.key) : segment.key
    case 'item':
      return `[${Object.entries(segment.keys)
        .map(([key, value]) => `${key}=${formatItemValue(value)}`)
        .join(',')}]`
    case 'value':
      return `[${JSON.stringify(segment.value)}]`
    case 'index':
      return String(segment.index)
    case 'any':
      return '*'
  }
}

const needsEscape = (key: string): boolean => /[~/]/.test(key)
const escapeKey = (key: string): string => key.replace(/~/g, '~0').replace(/\//g, '~1')
const unescapeKey = (key: string): string => key.replace(/~1/g, '/').replace(/~0/g, '~')
const formatItemValue = (value: Json): string =>
  typeof value === 'string' && !/^[\w.:-][\w.:/-]*$/.test(value) ? JSON.stringify(value) : String(value)

/** The path of a text, or `FIELD_PATH_INVALID`. Numbers are indexes below a list; as map keys they match as text. */
export const parseFieldPath = (text: string): FieldPath => {
  const segments: PathSegment[] = []
  let rest = text
  while (rest !== '') {
    if (!rest.startsWith('/')) throw invalid(text)
    rest = rest.slice(1)
    if (rest.startsWith('[')) {
      const { inner, after } = splitBracket(rest, text)
      segments.push(parseBracket(inner, text))
      rest = after
    } else {
      const end = rest.indexOf('/')
      const part = end < 0 ? rest : rest.slice(0, end)
      segments.push(
        part === '*'
          ? { type: 'any' }
          : /^\d+$/.test(part)
            ? { type: 'index', index: Number(part) }
            : toKeySegment(unescapeKey(part)),
      )
      rest = end < 0 ? '' : rest.slice(end)
    }
  }
  return segments
}

const splitBracket = (rest: string, text: string): { inner: string; after: string } => {
  let quoted = false
  for (let at = 1; at < rest.length; at++) {
    if (rest[at] === '\\' && quoted) at++
    else if (rest[at] === '"') quoted = !quoted
    else if (rest[at] === ']' && !quoted) return { inner: rest.slice(1, at), after: rest.slice(at + 1) }
  }
  throw invalid(text)
}

const parseBracket = (inner: string, text: string): PathSegment => {
  try {
    if (!/^[A-Za-z_][\w.-]*=/.test(inner)) return { type: 'value', value: JSON.parse(inner) as Json }
    const keys: Record<string, Json> = {}
    for (const match of inner.matchAll(/([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|[^,]*)(?:,|$)/g)) {
      const [, key = '', value = ''] = match
      keys[key] = value.startsWith('"') ? (JSON.parse(value) as Json) : value
    }
    return { type: 'item', keys }
  } catch {
    throw invalid(text)
  }
}

const invalid = (text: string): LockstepError =>
  new LockstepError('FIELD_PATH_INVALID', `"${text}" is not a field path`, {
    hint: 'write it like /spec/template/spec/containers/[name=web]/image',
  })

/** Does `path` lie at or below what `pattern` names? `*` stands for any one segment. */
export const coversPath = (pattern: FieldPath, path: FieldPath): boolean =>
  pattern.length <= path.length && pattern.every((segment, at) => matchesSegment(segment, path[at] as PathSegment))

const matchesSegment = (pattern: PathSegment, segment: PathSegment): boolean => {
  if (pattern.type === 'any') return true
  if (pattern.type === 'index')
    return segment.type === 'index'
      ? segment.index === pattern.index
      : segment.type === 'key' && segment.key === String(pattern.index)
  if (pattern.type !== segment.type) return false
  switch (pattern.type) {
    case 'key':
      return pattern.key === (segment as { key: string }).key
    case 'value':
      return String(pattern.value) === String((segment as { value: Json }).value)
    case 'item': {
      const { keys } = segment as { keys: Readonly<Record<string, Json>> }
      return Object.entries(pattern.keys).every(([key, value]) => value === '*' || String(keys[key]) === String(value))
    }
  }
}

/** The value at a path, or undefined. */
export const getAtPath = (root: unknown, path: FieldPath): unknown => {
  let node = root
  for (const segment of path) {
    const at = findChild(node, segment)
    if (at === undefined) return undefined
    node = (node as Record<string | number, unknown>)[at]
  }
  return node
}

/** The JSON Pointer (RFC 6901) of a path within `root`: list items become indexes. Undefined where it does not exist. */
export const toJsonPointer = (root: unknown, path: FieldPath): string | undefined => {
  let node = root
  let pointer = ''
  for (const segment of path) {
    const at = findChild(node, segment)
    if (at === undefined) return undefined
    pointer += `/${escapeKey(String(at))}`
    node = (node as Record<string | number, unknown>)[at]
  }
  return pointer
}

const findChild = (node: unknown, segment: PathSegment): string | number | undefined => {
  if (node === null || typeof node !== 'object') return undefined
  if (Array.isArray(node)) {
    if (segment.type === 'index') return segment.index < node.length ? segment.index : undefined
    const at =
      segment.type === 'item'
        ? node.findIndex((item) => matchesItem(item, segment.keys))
        : segment.type === 'value'
          ? node.indexOf(segment.value)
          : -1
    return at < 0 ? undefined : at
  }
  const key = segment.type === 'key' ? segment.key : segment.type === 'index' ? String(segment.index) : undefined
  return key !== undefined && Object.hasOwn(node, key) ? key : undefined
}

/** Is this list item the one with these keys? An absent key and the default `protocol: TCP` are the same to the server. */
export const matchesItem = (item: unknown, keys: Readonly<Record<string, Json>>): boolean =>
  item !== null &&
  typeof item === 'object' &&
  Object.entries(keys).every(([key, value]) => String(getItemKey(item as JsonObject, key)) === String(value))

/** The value of a key field of a list item, with the one default that Kubernetes has for a key. */
export const getItemKey = (item: JsonObject, key: string): Json | undefined =>
  item[key] ?? (key === 'protocol' ? 'TCP' : undefined)
