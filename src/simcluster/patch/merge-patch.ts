import { StatusFailure } from '../status-failure.ts'

type Fields = Readonly<Record<string, unknown>>

/** A document with a JSON merge patch (RFC 7386) applied. Pure. */
export const applyMergePatch = (document: unknown, patch: unknown): unknown => {
  assertObject(patch)
  return merge(document, patch)
}

/** A patch of an object is an object: 400 in the server's words. */
export const assertObject: (patch: unknown) => asserts patch is Fields = (patch) => {
  if (isFields(patch)) return
  const type = Array.isArray(patch) ? 'array' : typeof patch === 'boolean' ? 'bool' : typeof patch
  throw new StatusFailure(
    400,
    'BadRequest',
    `error decoding patch: json: cannot unmarshal ${type} into Go value of type map[string]interface {}`,
  )
}

const merge = (value: unknown, patch: unknown): unknown => {
  if (!isFields(patch)) return patch
  const merged: Record<string, unknown> = isFields(value) ? { ...value } : {}
  for (const [key, below] of Object.entries(patch)) {
    if (below === null) delete merged[key]
    else merged[key] = merge(merged[key], below)
  }
  return merged
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
