import { createColors } from 'picocolors'
import type { Format } from '../options.ts'
import { formatData } from '../report/data.ts'
import { layoutTable } from '../report/table.ts'
import { escapeMarkdown, toPrintable } from '../report/text.ts'
import type { World } from '../world.ts'

/** How an answer is printed. */
export type AnswerFormat = Format | 'csv'

/** An answer: data for programs, rows below titles for people. */
export type Answer = {
  readonly data: unknown
  readonly titles: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** What is said where there are no rows. */
  readonly empty: string
  /** A table has a part for each value of the first columns, with a heading instead; all other formats have the columns. */
  readonly parts?: { readonly columns: number; readonly toHeading: (row: readonly string[]) => string }
}

/** Prints an answer. */
export const printAnswer = (
  { data, titles, rows, empty, parts = { columns: 0, toHeading: () => '' } }: Answer,
  format: AnswerFormat,
  { stdout }: World,
): void => {
  switch (format) {
    case 'json':
    case 'yaml':
      stdout.write(formatData(data, format))
      return
    case 'csv':
      stdout.write([titles, ...rows].map((row) => `${row.map(toCsvCell).join(',')}\n`).join(''))
      return
    case 'markdown': {
      const toRow = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |\n`
      stdout.write([titles, titles.map(() => '---'), ...rows].map(toRow).join(''))
      return
    }
    case 'table': {
      const { bold, dim } = createColors(stdout.color)
      const columns = titles.slice(parts.columns).map((title) => ({ title, wraps: true }))
      const groups = Map.groupBy(rows, (row) => JSON.stringify(row.slice(0, parts.columns)))
      const texts = [...groups.values()].map((part) => {
        const heading = parts.toHeading(part[0]!)
        const cells = part.map((row) => row.slice(parts.columns).map(toPrintable))
        return [
          ...(heading ? [bold(toPrintable(heading))] : []),
          ...layoutTable(columns, cells, { width: stdout.width, styleTitle: dim }),
        ]
      })
      stdout.write(rows.length === 0 ? `${empty}\n` : texts.map((lines) => `${lines.join('\n')}\n`).join('\n'))
      return
    }
    default:
      format satisfies never
  }
}

/** What a spreadsheet would take for a formula is text. */
const toCsvCell = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
