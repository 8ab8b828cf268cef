import type { KubeObject } from '../../kube/object.ts'
import { AGE, type Column, NAME, type Row } from './column.ts'
import { COLUMNS } from './columns.ts'
import { toCustomColumns } from './custom-columns.ts'

/** The columns of a kind. `definition`: of a custom one. */
export const findColumns = (
  { group, kind, version, custom }: { group: string; kind: string; version: string; custom?: boolean },
  readDefinition: () => KubeObject | undefined,
): readonly Column[] =>
  custom ? toCustomColumns(readDefinition(), version) : (COLUMNS[`${group}/${kind}`] ?? [NAME, AGE])

/** How a table is wanted. */
export type TableOptions = {
  readonly metaVersion: string
  /** What comes with each row: `Metadata`, `Object` or `None`. */
  readonly includeObject: string
  readonly now: Date
}

/** A `Table` as JSON text. */
export const formatTable = (
  columns: readonly Column[],
  objects: readonly KubeObject[],
  metadata: object,
  { metaVersion, includeObject, now }: TableOptions,
): string => {
  const apiVersion = `meta.k8s.io/${metaVersion}`
  const toPart = (object: KubeObject): object | undefined => {
    if (includeObject === 'None') return undefined
    return includeObject === 'Object'
      ? object
      : { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata }
  }
  return JSON.stringify({
    kind: 'Table',
    apiVersion,
    metadata,
    columnDefinitions: columns.map(({ read: _, ...column }) => column),
    rows: objects.map((object) => {
      const cells = columns.map(({ read }) => read(object as Row, now) ?? null)
      return { cells, object: toPart(object) }
    }),
  })
}
