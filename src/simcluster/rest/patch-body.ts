import type { KubeObject } from '../../kube/object.ts'
import type { FieldSchema } from '../schema/field-schema.ts'
import { createBadRequest, createUnsupportedMediaType } from './failures.ts'
import { applyMergePatch } from './parts.ts'

/** A patch that is no apply. */
export type PatchType = 'json' | 'merge' | 'strategic'

/** Whether it is no apply. */
export const isPatchType = (type: string): type is PatchType => type !== 'apply'

/** The object that a patch makes of another, not yet decoded. */
export const patchBody = (type: PatchType, object: KubeObject, body: string, _schema: FieldSchema): unknown => {
  const patch = parsePatch(body)
  if (type === 'merge') return applyMergePatch(object, patch)
  throw createUnsupportedMediaType(['application/merge-patch+json'])
}

const parsePatch = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw createBadRequest(`error decoding patch: ${(error as Error).message}`)
  }
}
