import type { KubeObject } from '../../kube/object.ts'
import { formatGo } from '../patch/format-go.ts'
import { applyJsonPatch } from '../patch/json-patch.ts'
import { applyMergePatch } from '../patch/merge-patch.ts'
import { applyStrategicPatch } from '../patch/strategic-patch.ts'
import type { FieldSchema } from '../schema/field-schema.ts'
import { StatusFailure } from '../status-failure.ts'
import { findDuplicates } from './body.ts'
import { createBadRequest } from './failures.ts'
import { describeJsonError } from './go-json.ts'
import { quoteGo } from './go-quote.ts'

/** A patch that is no apply. */
export type PatchType = 'json' | 'merge' | 'strategic'

/** Whether it is no apply. */
export const isPatchType = (type: string): type is PatchType => type !== 'apply'

/** The object that a patch makes of another, not yet decoded. */
export const patchBody = (type: PatchType, object: KubeObject, body: string, schema: FieldSchema): unknown => {
  const patch = parsePatch(body)
  switch (type) {
    case 'json':
      return applyJsonPatch(object, patch)
    case 'merge':
      return applyMergePatch(object, patch)
    case 'strategic':
      return applyStrategicPatch(object, patch, schema)
    default:
      return type satisfies never
  }
}

/** Carries out `decode` of a patched object: what is wrong with it is what is wrong with the patch. */
export const decodePatched = <Decoded>(
  type: PatchType,
  patched: unknown,
  body: string,
  decode: () => Decoded,
): Decoded => {
  try {
    return decode()
  } catch (error) {
    if (!(error instanceof StatusFailure && error.code === 400)) throw error
    const why = error.message.replace(/^\S* in version "[^"]*" cannot be handled as a \w+: /, '')
    const value =
      type === 'strategic'
        ? formatGo(parsePatch(body))
        : JSON.stringify(sortTouched(patched, type === 'merge' ? parsePatch(body) : toTouched(parsePatch(body))))
    const message = `Invalid value: ${quoteGo(value)}: ${why}`
    throw new StatusFailure(422, 'Invalid', ` "" is invalid: patch: ${message}`, {
      causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }],
    })
  }
}

const parsePatch = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    throw createBadRequest(`error decoding patch: ${describeJsonError(body)}`)
  }
}

const OPERATION = new Set(['op', 'path', 'from', 'value'])

/** What a patch should not say, in words: keys that are stated twice, and fields that no operation has. */
export const findPatchProblems = (type: PatchType, body: string): readonly string[] => {
  const patch = parsePatch(body)
  if (type !== 'json') return findDuplicates(body, patch)
  return (Array.isArray(patch) ? patch : []).flatMap((operation, index) =>
    Object.keys(operation as object)
      .filter((key) => !OPERATION.has(key))
      .map((key) => `json patch unknown field ${quoteGo(`[${index}].${key}`)}`),
  )
}

/** As Go writes what the patch has taken apart: maps in the order of their keys; all else as it was. */
const sortTouched = (value: unknown, touched: unknown): unknown => {
  if (!isObject(value) || !isObject(touched)) return value
  const entries = Object.entries(value).map(([key, below]) => [key, sortTouched(below, touched[key])] as const)
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The maps on the ways of a JSON patch. */
const toTouched = (operations: unknown): unknown => {
  const touched: Record<string, unknown> = {}
  for (const { path = '' } of Array.isArray(operations) ? (operations as { path?: string }[]) : []) {
    let node = touched
    for (const key of path.split('/').slice(1, -1)) {
      node[key] ??= {}
      node = node[key] as Record<string, unknown>
    }
  }
  return touched
}
