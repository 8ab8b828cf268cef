import type { KubeObject } from '../../kube/object.ts'
import { formatAge } from './format-age.ts'

/** Any object, whose fields a column reads as they come: the server has seen to their types. */
// biome-ignore lint/suspicious/noExplicitAny: a column knows the kind it is of
export type Row = KubeObject & Record<string, any>

/** A column of a table. */
export type Column = {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format: string
  readonly description: string
  /** 0 is always shown, more where there is room. */
  readonly priority: number
  readonly read: (row: Row, now: Date) => unknown
}

/** A column of texts. */
export const text = (name: string, read: Column['read'], priority = 0): Column => ({
  name,
  type: 'string',
  format: name === 'Name' ? 'name' : '',
  description: '',
  priority,
  read,
})

/** The same, where there is room. */
export const wide = (name: string, read: Column['read']): Column => text(name, read, 1)

/** A column of numbers, 0 where there is none. */
export const count = (name: string, read: (row: Row) => number | undefined): Column => ({
  ...text(name, (row) => read(row) ?? 0),
  type: 'integer',
})

/** The name of the object. */
export const NAME = text('Name', ({ metadata }) => metadata.name)
/** Its age. */
export const AGE = text('Age', ({ metadata }, now) => formatAge(metadata.creationTimestamp, now))
/** When it was created. */
export const CREATED: Column = { ...text('Created At', ({ metadata }) => metadata.creationTimestamp), type: 'date' }

/** `a=b,c=d`, or a word for nothing. */
export const formatLabels = (labels: Readonly<Record<string, string>> | undefined): string => {
  const all = Object.entries(labels ?? {})
  return all.length === 0
    ? '<none>'
    : all
        .sort()
        .map(([key, value]) => `${key}=${value}`)
        .join(',')
}
