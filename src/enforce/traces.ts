import type { Trace } from '../drift/attribution.ts'
import type { ManagedFieldsEntry, ObjectMetadata } from '../kube/object.ts'

/** What watch events told of objects that were touched, before others wrote over it. */
export type Traces = {
  readonly note: (key: string, object: ObjectMetadata) => void
  readonly get: (key: string) => Trace
  /** It is as it was recorded. */
  readonly forget: (key: string) => void
}

const EVENTS = 8
const OBJECTS = 1_000

/** Remembers a few events of each object, of so many objects at most: the latest of both. */
export const createTraces = (): Traces => {
  const traces = new Map<string, readonly (readonly ManagedFieldsEntry[])[]>()
  return {
    note: (key, { metadata: { managedFields = [] } }) => {
      const before = traces.get(key) ?? []
      traces.delete(key)
      traces.set(key, [...before, managedFields].slice(-EVENTS))
      if (traces.size > OBJECTS) traces.delete(traces.keys().next().value as string)
    },
    get: (key) => traces.get(key) ?? [],
    forget: (key) => {
      traces.delete(key)
    },
  }
}
