import type { KubeObject } from '../../kube/object.ts'
import { formatGo } from '../patch/format-go.ts'
import { applyJsonPatch } from '../patch/json-patch.ts'
import { applyMergePatch } from '../patch/merge-patch.ts'
import { applyStrategicPatch } from '../patch/strategic-patch.ts'
import type { FieldSchema } from '../schema/field-schema.ts'
import { StatusFailure } from '../status-failure.ts'
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
    const value = type === 'strategic' ? formatGo(parsePatch(body)) : JSON.stringify(sortKeys(patched))
    const message = `Invalid value: ${quoteGo(value)}: ${why}`
    throw new StatusFailure(422, 'Invalid', ` "" is invalid: patch: ${message}`, {
      causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }],
    })
  }
}

const parsePatch = (body: string): unknown => {
  const wrong = describeJsonError(body)
  if (wrong !== undefined) throw createBadRequest(`error decoding patch: ${wrong}`)
  return JSON.parse(body)
}

/** As Go writes maps. */
const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, below]) => [key, sortKeys(below)] as const)
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)))
}
