import { breakText, cutMiddle, measureWidth, padText } from './text.ts'

/** A column: its title, and how it looks. A column without any content is left out. */
export type Column = {
  readonly title: string
  /** It is never made narrower than this to make room; its content by default, where that is less than 12. */
  readonly min?: number
  readonly style?: (text: string, row: number) => string
  /** How a cell that is too wide is made shorter; its middle goes by default. */
  readonly cut?: (text: string, width: number) => string
  /** A cell that is too wide goes on below instead of being cut. */
  readonly wraps?: boolean
}

const GAP = 2

/** Rows below titles, in lines no wider than `width`: the widest columns give way, cells are cut or wrapped. */
export const layoutTable = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { readonly width: number; readonly styleTitle?: (text: string) => string },
): string[] => {
  const used = columns.map((column, at) => ({ ...column, at })).filter(({ at }) => rows.some((row) => row[at]))
  const natural = used.map(({ title, at }) =>
    Math.max(measureWidth(title), ...rows.map((row) => measureWidth(row[at] ?? ''))),
  )
  const least = used.map(({ min = 12 }, index) => Math.min(min, natural[index] as number))
  const widths = fitWidths(natural, least, options.width - GAP * (used.length - 1))
  const toLine = (cells: readonly string[], style: (text: string, column: number) => string): string =>
    cells
      .map((text, index) => style(index === cells.length - 1 ? text : padText(text, widths[index] as number), index))
      .join(' '.repeat(GAP))
      .trimEnd()
  const toLines = (cells: readonly string[], style: (text: string, column: number) => string): string[] => {
    const parts = cells.map((cell, index) => {
      const { wraps, cut = cutMiddle } = used[index]!
      const width = widths[index] as number
      return wraps ? breakText(cell, width) : [cut(cell, width)]
    })
    const height = Math.max(1, ...parts.map((lines) => lines.length))
    return Array.from({ length: height }, (_, line) =>
      toLine(
        parts.map((lines) => lines[line] ?? ''),
        style,
      ),
    )
  }
  const { styleTitle = (text: string) => text } = options
  return [
    toLine(
      used.map(({ title }, index) => cutMiddle(title, widths[index] as number)),
      styleTitle,
    ),
    ...rows.flatMap((row, number) =>
      toLines(
        used.map(({ at }) => row[at] ?? ''),
        (text, index) => used[index]?.style?.(text, number) ?? text,
      ),
    ),
  ]
}

/** The widest columns give way until all fit, none below its least as long as that is possible. */
export const fitWidths = (natural: readonly number[], least: readonly number[], total: number): number[] => {
  const capped = (cap: number, floor: readonly number[]): number[] =>
    natural.map((width, index) => Math.min(width, Math.max(cap, floor[index] ?? 0)))
  const fits = (widths: readonly number[]): boolean => widths.reduce((sum, width) => sum + width, 0) <= total
  for (const floor of [least, []]) {
    for (let cap = Math.max(0, ...natural); cap > 0; cap--) {
      const widths = capped(cap, floor)
      if (fits(widths)) return widths
    }
  }
  return natural.map(() => 1)
}
