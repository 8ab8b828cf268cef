import { createColors } from 'picocolors'
import type { Format } from '../options.ts'
import { formatData } from '../report/data.ts'
import { layoutTable } from '../report/table.ts'
import { escapeMarkdown, toPrintable } from '../report/text.ts'
import type { World } from '../world.ts'

/** How an answer is printed. */
export type AnswerFormat = Format | 'csv'

/** Prints an answer: data for programs, rows below titles for people; `empty` where there are none. */
export const printAnswer = (
  {
    data,
    titles,
    rows,
    empty,
  }: {
    readonly data: unknown
    readonly titles: readonly string[]
    readonly rows: readonly (readonly string[])[]
    readonly empty: string
  },
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
      const { dim } = createColors(stdout.color)
      const lines = layoutTable(
        titles.map((title) => ({ title })),
        rows.map((row) => row.map(toPrintable)),
        { width: stdout.width, styleTitle: dim },
      )
      stdout.write(rows.length === 0 ? `${empty}\n` : `${lines.join('\n')}\n`)
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
