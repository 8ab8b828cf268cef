import type { ApiResponse } from '../api.ts'
import { createMethodNotAllowed, createNoSuchResource } from './failures.ts'
import { handleScale } from './handle-scale.ts'
import { bindPod, evictPod, readPodLog } from './pod-subresources.ts'
import type { Scope } from './scope.ts'
import { requestToken } from './token-request.ts'

/** Answers a request about a subresource; undefined where it is the object itself, of which another part is written. */
export const handleSubresource = (scope: Scope): ApiResponse | undefined => {
  const { type, info } = scope
  const subresource = info.subresource as string
  const known = type.subresources.get(subresource)
  if (known === undefined) throw createNoSuchResource()
  if (subresource === 'scale') return handleScale(scope)
  const special = SPECIAL[`${type.group}/${type.plural}/${subresource}`]
  if (special) return special(scope)
  if (!OF_THE_OBJECT.has(subresource) || !VERBS.has(info.verb)) throw createMethodNotAllowed()
  if (subresource === 'finalize' && info.verb !== 'update') throw createMethodNotAllowed()
  return undefined
}

const SPECIAL: Readonly<Record<string, (scope: Scope) => ApiResponse>> = {
  '/pods/binding': bindPod,
  '/pods/eviction': evictPod,
  '/pods/log': readPodLog,
  '/serviceaccounts/token': requestToken,
}

const OF_THE_OBJECT = new Set(['status', 'finalize', 'approval', 'ephemeralcontainers', 'resize'])
const VERBS = new Set(['get', 'update', 'patch'])
