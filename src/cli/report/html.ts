/** A page that needs nothing but itself: styles inside, no scripts, light or dark as the reader has it. */
export const formatPage = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark; --ink: light-dark(#1c2330, #e4e8ef); --soft: light-dark(#5d6778, #97a2b5); --line: light-dark(#d9dfe8, #333c4c); --bar: light-dark(#3b6fd4, #7aa2f7); --paper: light-dark(#fff, #161b24) }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 75rem; margin: 2rem auto; padding: 0 1.25rem }
h1 { font-size: 1.6rem; margin: 0 0 .25rem } h2 { font-size: 1.1rem; margin: 2.25rem 0 .5rem } p { color: var(--soft); margin: .25rem 0 }
table { border-collapse: collapse; width: 100% } th { text-align: left; font-weight: 600; color: var(--soft) }
th, td { padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap }
td.long { white-space: normal; overflow-wrap: break-word; max-width: 24rem }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.tiles { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.25rem 0 } .tile b { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums } .tile span { color: var(--soft) }
svg { width: 100%; height: auto; display: block } svg rect { fill: var(--bar) } svg text { fill: var(--soft); font: 11px system-ui, sans-serif } svg line { stroke: var(--line) }
code { font: 13px ui-monospace, monospace }
</style>
${body}
</html>
`

/** Text as HTML shows it. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** A cell with more characters goes on below. */
const LONG = 22

/** Names of objects and fields go on below after a slash, not within a word. */
const formatCell = (text: string): string => escapeHtml(text).replaceAll('/', '/<wbr>')

/** A table; columns whose title ends with `#` hold numbers. */
export const formatHtmlTable = (titles: readonly string[], rows: readonly (readonly string[])[]): string => {
  const cell = (tag: 'th' | 'td', text: string, column: number): string => {
    const kind = titles[column]?.endsWith('#') ? 'number' : tag === 'td' && text.length > LONG ? 'long' : undefined
    return `<${tag}${kind === undefined ? '' : ` class="${kind}"`}>${tag === 'th' ? escapeHtml(text.replace(/#$/, '')) : formatCell(text)}</${tag}>`
  }
  const toRow = (tag: 'th' | 'td', cells: readonly string[]): string =>
    `<tr>${cells.map((text, column) => cell(tag, text, column)).join('')}</tr>`
  return `<table>\n${[toRow('th', titles), ...rows.map((row) => toRow('td', row))].join('\n')}\n</table>`
}

/** Bars side by side, as SVG, the first and the last labelled, with the largest value. */
export const formatBars = (bars: readonly { readonly label: string; readonly value: number }[]): string => {
  const [width, height, bottom, top] = [900, 160, 18, 14]
  const most = Math.max(1, ...bars.map(({ value }) => value))
  const step = width / Math.max(1, bars.length)
  const toBar = ({ label, value }: { label: string; value: number }, at: number): string => {
    const tall = (value / most) * (height - bottom - top)
    const [x, y] = [at * step + step * 0.1, height - bottom - tall]
    return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${(step * 0.8).toFixed(1)}" height="${tall.toFixed(1)}" rx="1.5"><title>${escapeHtml(label)}: ${value}</title></rect>`
  }
  const [first, last] = [bars[0]?.label ?? '', bars.at(-1)?.label ?? '']
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(`from ${first} to ${last}, at most ${most}`)}">
<line x1="0" x2="${width}" y1="${height - bottom + 0.5}" y2="${height - bottom + 0.5}"/>
${bars.map(toBar).join('\n')}
<text x="0" y="${height - 4}">${escapeHtml(first)}</text><text x="${width}" y="${height - 4}" text-anchor="end">${escapeHtml(last)}</text><text x="${width}" y="10" text-anchor="end">at most ${most}</text>
</svg>`
}
