import type { KubeObject } from '../../kube/object.ts'
import { createBadRequest } from './failures.ts'
import { type Scope, toApiVersion } from './scope.ts'
import type { WriteContext } from './write-object.ts'

/**
 * A body as the server's types hold it, with defaults. Where it does not name its version and kind, the request does.
 * Unknown fields are warned of, or refused, as the request wants.
 */
export const decodeObject = (scope: Scope, body: unknown, context: WriteContext): KubeObject => {
  const { type, warnings } = scope
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw createBadRequest('the body is no object')
  const given = body as Partial<KubeObject>
  const apiVersion = given.apiVersion || toApiVersion(type)
  const named = { ...given, apiVersion, kind: given.kind || type.kind, metadata: given.metadata ?? {} }
  if (apiVersion !== toApiVersion(type)) {
    throw createBadRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${toApiVersion(type)})`,
    )
  }
  const decoded = type.strategy.decode(named, context)
  warnings.push(...decoded.warnings)
  return type.strategy.setDefaults(decoded.object)
}
