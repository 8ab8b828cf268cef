import type { KubeObject } from '../../kube/object.ts'
import type { FieldError } from './resource-type.ts'

/** Bytes that a ConfigMap or a Secret may hold. */
const MAX_BYTES = 1024 * 1024

/** What is too large. Pure. */
export const validateSize = (key: string, object: KubeObject): readonly FieldError[] => {
  if (key !== '/ConfigMap' && key !== '/Secret') return []
  const detail = `may not be more than ${MAX_BYTES} bytes`
  if (key === '/Secret') {
    const bytes = sum(object.data, (value) => Buffer.byteLength(value, 'base64'))
    return bytes > MAX_BYTES ? [{ type: 'FieldValueTooLong', field: 'data', detail }] : []
  }
  const bytes =
    sum(object.data, (value) => Buffer.byteLength(value)) +
    sum(object.binaryData, (value) => Buffer.byteLength(value, 'base64'))
  return bytes > MAX_BYTES ? [{ type: 'FieldValueTooLong', field: '[]', detail }] : []
}

const sum = (values: unknown, measure: (value: string) => number): number =>
  Object.values((values ?? {}) as Readonly<Record<string, string>>).reduce((total, value) => total + measure(value), 0)
