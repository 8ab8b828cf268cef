import { LockstepError } from '../../base/errors.ts'

/** Every manifest in what a program evaluated to: objects with apiVersion and kind, in lists and maps however deep. */
export const flattenManifests = (value: unknown, path = '$'): unknown[] => {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value.flatMap((item, index) => flattenManifests(item, `${path}[${index}]`))
  if (typeof value !== 'object') {
    throw new LockstepError(
      'JSONNET_FAILED',
      `main.jsonnet failed: ${path} is neither a manifest nor a list or map of manifests`,
      { subject: path },
    )
  }
  if ('apiVersion' in value && 'kind' in value) return [value]
  return Object.entries(value).flatMap(([key, item]) => flattenManifests(item, `${path}.${key}`))
}
