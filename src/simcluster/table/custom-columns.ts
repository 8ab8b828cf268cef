import type { KubeObject } from '../../kube/object.ts'
import { AGE, type Column, NAME } from './column.ts'
import { formatAge } from './format-age.ts'

type PrinterColumn = {
  readonly name: string
  readonly type: Column['type']
  readonly format?: string
  readonly description?: string
  readonly priority?: number
  readonly jsonPath: string
}
type Definition = {
  readonly versions: readonly { readonly name: string; readonly additionalPrinterColumns?: readonly PrinterColumn[] }[]
}

/** The columns that a definition gives its objects; name and age where it gives none. */
export const toCustomColumns = (definition: KubeObject | undefined, version: string): readonly Column[] => {
  const { versions = [] } = (definition?.spec ?? {}) as Partial<Definition>
  const own = versions.find(({ name }) => name === version)?.additionalPrinterColumns
  if (!own?.length) return [NAME, AGE]
  return [
    NAME,
    ...own.map(({ name, type, format = '', description = '', priority = 0, jsonPath }): Column => {
      const steps = parseJsonPath(jsonPath)
      const read: Column['read'] = (row, now) => {
        const [value] = steps.reduce<readonly unknown[]>((values, step) => values.flatMap(step), [row])
        if (type === 'date') return value === undefined ? '<unknown>' : formatAge(String(value), now)
        return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
      }
      return { name, type, format, description, priority, read }
    }),
  ]
}

type Step = (value: unknown) => readonly unknown[]

const TOKEN =
  /\.?\[\?\(@\.([\w.-]+)\s*==\s*["']([^"']*)["']\)\]|\.?\[(\d+|\*)\]|\.?\[['"]([^'"]+)['"]\]|\.((?:[^.[\\]|\\.)+)/g

/** The steps of a JSONPath as definitions use them: names, indices, all items, items whose field has a value. */
const parseJsonPath = (path: string): readonly Step[] =>
  [...path.matchAll(TOKEN)].map(([, field, wanted, index, quoted, name]): Step => {
    if (field !== undefined) {
      const names = field.split('.')
      const readField = (item: unknown): unknown => names.reduce(readMember, item)
      return (value) => (Array.isArray(value) ? value.filter((item) => String(readField(item)) === wanted) : [])
    }
    if (index === '*') return (value) => (Array.isArray(value) ? value : [])
    const key = index ?? quoted ?? name?.replaceAll('\\', '') ?? ''
    return (value) => {
      const found = readMember(value, key)
      return found === undefined ? [] : [found]
    }
  })

const readMember = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined
