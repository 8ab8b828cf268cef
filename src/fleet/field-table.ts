import type { PlainSchema } from './json-schemas.ts'

/** A page with the table of a schema's fields, between the comments, made anew. */
export const replaceFieldTable = (page: string, schema: PlainSchema): string =>
  page.replace(/(?<=<!-- fields -->\n).*?(?=<!-- end -->)/s, () =>
    formatTable(listFields(schema, '').map((field) => ({ ...field, path: field.path.slice(1) }))),
  )

/** A page of docs/spec with its tables of fields, between the comments, made anew from the kind's schema. */
export const replaceFieldTables = (page: string, schema: PlainSchema): string => {
  const { spec } = schema.properties as Record<string, PlainSchema>
  const components = (spec!.properties as Record<string, PlainSchema>).components
  return page
    .replace(/(?<=<!-- fields -->\n).*?(?=<!-- end -->)/s, () =>
      formatTable(listFields(spec!, 'spec', (schema.definitions ?? {}) as Definitions)),
    )
    .replace(/(?<=<!-- components -->\n).*?(?=<!-- end components -->)/s, () =>
      formatTable(
        listFields(components!.items as PlainSchema, '').map((field) => ({ ...field, path: field.path.slice(1) })),
      ),
    )
}

const formatTable = (fields: readonly Field[]): string => {
  const rows = fields.map(
    ({ path, type, required, description }) => `| \`${path}\`${required ? ' *' : ''} | ${type} | ${description} |`,
  )
  return ['', '| Field (* required) | Type | |', '|---|---|---|', ...rows, '', ''].join('\n')
}

type Field = { readonly path: string; readonly type: string; readonly required: boolean; readonly description: string }

type Definitions = Readonly<Record<string, PlainSchema>>

/** What holds itself is listed once, and not again within. */
const listFields = (schema: PlainSchema, path: string, definitions: Definitions = {}): Field[] => {
  const required = (schema.required ?? []) as readonly string[]
  return Object.entries((schema.properties ?? {}) as Record<string, PlainSchema>).flatMap(([name, field]) => {
    const plain = withoutReference(field)
    const at = `${path}.${name}`
    const inner = plain.type === 'array' ? withoutReference(plain.items as PlainSchema) : plain
    const named = definitions[String(inner.$ref).replace('#/definitions/', '')]
    // Components have a page of their own.
    const below =
      name === 'components'
        ? []
        : listFields(named ?? inner, plain.type === 'array' ? `${at}[]` : at, named ? {} : definitions)
    const description = String(field.description).replace(/\|/g, '\\|')
    return [{ path: at, type: formatType(plain), required: required.includes(name), description }, ...below]
  })
}

const withoutReference = (schema: PlainSchema): PlainSchema => {
  const options = schema.anyOf as readonly PlainSchema[] | undefined
  return options?.[1]?.pattern === '\\$\\{' ? options[0]! : schema
}

const formatType = (schema: PlainSchema): string => {
  if (Array.isArray(schema.enum)) return schema.enum.map((word) => `\`${word}\``).join(', ')
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map(formatType).join(' or ')
  if (schema.$ref !== undefined) return 'map'
  if (schema.type === 'array') return `list of ${formatType(withoutReference(schema.items as PlainSchema))}`
  return { string: 'text', object: 'map', boolean: 'true, false', integer: 'number' }[String(schema.type)] ?? 'any'
}
