import type { ManagedFieldsEntry } from '../../kube/object.ts'
import { hasPath, subtract, toFieldSet } from './field-set.ts'
import { formatManaged, type ManagerEntry, parseManaged, toManagerId } from './managed.ts'

/** A write of the `scale` of an object. */
export type ScaleInput = {
  /** Of the object. */
  readonly managedFields: readonly ManagedFieldsEntry[]
  readonly apiVersion: string
  /** Where the object has its replicas. */
  readonly path: readonly string[]
  readonly before: number
  readonly after: number
  readonly manager: string
}

const SCALE_VERSION = 'autoscaling/v1'

/**
 * The managed fields of an object whose `scale` was written, as k8s.io/apimachinery's ScaleHandler makes them: there and back
 * through a Scale, which does not state zero replicas, has a version of its own, and whose entries get no time. Where nobody
 * held the replicas, nobody is noted. Pure.
 */
export const trackScale = (input: ScaleInput): readonly ManagedFieldsEntry[] => {
  const { managedFields, apiVersion, path, before, after, manager } = input
  const parent = parseManaged(managedFields) ?? new Map<string, ManagerEntry>()
  const field = path.map((key) => `f:${key}`)
  const replicas = toFieldSet([field])
  const scale = new Map<string, ManagerEntry>()
  for (const entry of parent.values()) {
    if (hasPath(entry.set, field)) scale.set(toManagerId({ ...entry, apiVersion: SCALE_VERSION }), entry)
  }
  if (before !== after && scale.size > 0) {
    scale.clear()
    const own = { manager, operation: 'Update' as const, apiVersion: SCALE_VERSION, subresource: 'scale' }
    if (after !== 0) scale.set(toManagerId(own), { ...own, set: replicas })
  }

  const result = new Map<string, ManagerEntry>()
  for (const [id, entry] of parent) {
    if (!hasPath(entry.set, field) || scale.delete(id)) {
      result.set(id, entry)
      continue
    }
    const set = subtract(entry.set, replicas)
    if (set.size > 0) result.set(id, { ...entry, set })
  }
  for (const [id, { time: _time, ...entry }] of scale) {
    const time = parent.get(id)?.time
    result.set(id, { ...entry, apiVersion, set: replicas, ...(time === undefined ? {} : { time }) })
  }
  return formatManaged(result)
}
