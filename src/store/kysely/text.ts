import { type RawBuilder, type SqlBool, sql } from 'kysely'

/** Holds one of these columns the text? Case does not count, of ASCII at least: databases differ beyond. */
export const containsText = (columns: readonly string[], text: string): RawBuilder<SqlBool> => {
  const pattern = `%${escapeLike(text.toLowerCase())}%`
  const tests = columns.map((column) => sql<SqlBool>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`)
  return sql<SqlBool>`(${sql.join(tests, sql` or `)})`
}

/** Begins a column with the text, as it is written? */
export const startsWith = (column: string, text: string): RawBuilder<SqlBool> =>
  sql<SqlBool>`${sql.ref(column)} like ${`${escapeLike(text)}%`} escape '\\'`

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, (character) => `\\${character}`)
