import type { KubeObject } from '../../kube/object.ts'
import type { ApiResponse } from '../api.ts'
import { trackScale } from '../merge/track-scale.ts'
import { readWanted } from './answer-form.ts'
import { parseBody } from './body.ts'
import { createBadRequest, createMethodNotAllowed, createNotFound, createUnsupportedMediaType } from './failures.ts'
import { createInvalid } from './invalid.ts'
import { readWriteOptions, toManager } from './options.ts'
import { isPatchType, patchBody } from './patch-body.ts'
import { formatObject, formatPartial, respondJson, toWarningHeaders } from './respond.ts'
import { readReplicas, type ScalePaths, toScale, toScalePaths, withScale } from './scale.ts'
import { readStored, type Scope, toApiVersion, toRequestKey } from './scope.ts'
import { updateObject } from './write-object.ts'
import { readPatchType, toWriteContext } from './writes.ts'

/** Answers a request about the `scale` of an object. */
export const handleScale = (scope: Scope): ApiResponse => {
  const { info, type, backend, resource } = scope
  const name = info.name as string
  const paths = toScalePaths(type.subresources.get('scale'))
  if (info.verb === 'update' || info.verb === 'patch') return respondScale(scope, writeScale(scope, name, paths), paths)
  if (info.verb !== 'get') throw createMethodNotAllowed()
  const stored = backend.store.get(resource, toRequestKey(scope, name))
  if (!stored) throw createNotFound(type, name)
  return respondScale(scope, readStored(scope, stored), paths)
}

const respondScale = (scope: Scope, object: KubeObject, paths: ScalePaths): ApiResponse => {
  const wanted = readWanted(scope.request)
  const scale = toScale(object, paths)
  const text =
    wanted.as === 'partial' ? formatPartial(JSON.stringify(scale.metadata), wanted.metaVersion) : formatObject(scale)
  return respondJson(200, text, wanted, toWarningHeaders(scope.warnings))
}

const writeScale = (scope: Scope, name: string, paths: ScalePaths): KubeObject => {
  const { request, info, type } = scope
  const isPatch = info.verb === 'patch'
  const options = readWriteOptions(request.query, isPatch ? 'PatchOptions' : 'UpdateOptions')
  const toNext = isPatch ? readPatch(scope) : () => parseBody(request.body, request.headers['content-type'])
  // To the kind itself, this is an update of its own.
  const context = { ...toWriteContext(scope, options), subresource: undefined }
  const { object } = updateObject(
    scope,
    name,
    (live) => {
      if (!live) throw createNotFound(type, name)
      const scale = checkScale(scope, toNext(toScale(live, paths)), name)
      const managedFields = trackScale({
        managedFields: live.metadata.managedFields ?? [],
        apiVersion: toApiVersion(type),
        path: paths.specReplicas,
        before: readReplicas(live, paths),
        after: (scale.spec as { replicas?: number } | undefined)?.replicas ?? 0,
        manager: toManager(options.fieldManager, request.headers['user-agent']),
      })
      const { managedFields: _, ...metadata } = live.metadata
      const tracked = { ...metadata, ...(managedFields.length > 0 ? { managedFields } : {}) } as KubeObject['metadata']
      return type.strategy.setDefaults(withScale({ ...live, metadata: tracked }, scale, paths))
    },
    context,
  )
  return object
}

const readPatch = ({ request, type }: Scope): ((scale: KubeObject) => unknown) => {
  const patchType = readPatchType(request.headers['content-type'], type.custom === true)
  if (!isPatchType(patchType)) throw createUnsupportedMediaType(['application/merge-patch+json'])
  return (scale) => patchBody(patchType, scale, request.body, { kind: 'any' })
}

const checkScale = ({ info }: Scope, body: unknown, name: string): KubeObject => {
  const scale = body as KubeObject
  const { metadata, spec } = scale
  if (metadata?.name !== undefined && metadata.name !== name)
    throw createBadRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  if (metadata?.namespace && info.namespace && metadata.namespace !== info.namespace)
    throw createBadRequest('the namespace of the provided object does not match the namespace sent on the request')
  const { replicas = 0 } = (spec ?? {}) as { replicas?: number }
  if (replicas < 0) {
    throw createInvalid({ group: 'autoscaling', kind: 'Scale' }, name, [
      {
        type: 'FieldValueInvalid',
        field: 'spec.replicas',
        badValue: replicas,
        detail: 'must be greater than or equal to 0',
      },
    ])
  }
  return { ...scale, metadata: metadata ?? ({ name } as KubeObject['metadata']) }
}
