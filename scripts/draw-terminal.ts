// Draws what a command printed (standard input, with colours) as a terminal in SVG: the picture of the README.
// FORCE_COLOR=1 npx lockstep drift | node scripts/draw-terminal.ts 'lockstep drift' > docs/images/drift.svg
import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

const COLORS: Readonly<Record<string, string>> = {
  31: '#f7768e',
  32: '#9ece6a',
  33: '#e0af68',
  34: '#7aa2f7',
  35: '#bb9af7',
  36: '#7dcfff',
  90: '#737aa2',
}
const ESCAPE = new RegExp(`(${String.fromCharCode(27)}\\[[\\d;]*m)`)
const [title = ''] = process.argv.slice(2)
const lines = readFileSync(0, 'utf8').replace(/\n+$/, '').split('\n')
const width = Math.max(...lines.map((line) => stripVTControlCharacters(line).length), title.length + 2) * 8.4 + 40
const escapeXml = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

const drawLine = (line: string): string => {
  let style = ''
  return line
    .split(ESCAPE)
    .map((part) => {
      const codes = ESCAPE.test(part) ? part.slice(2, -1) : undefined
      if (codes === undefined) return part === '' ? '' : `<tspan${style}>${escapeXml(part)}</tspan>`
      for (const code of codes.split(';')) {
        if (code === '' || code === '0' || code === '39' || code === '22') style = ''
        else if (code === '1') style += ' font-weight="bold"'
        else if (code === '2') style += ' fill="#737aa2"'
        else if (COLORS[code]) style += ` fill="${COLORS[code]}"`
      }
      return ''
    })
    .join('')
}

const rows = [
  `<tspan fill="#7dcfff">$</tspan> <tspan font-weight="bold">${escapeXml(title)}</tspan>`,
  ...lines.map(drawLine),
]
const height = rows.length * 20 + 36
process.stdout.write(
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<rect width="100%" height="100%" rx="8" fill="#1a1b26"/>
<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" fill="#c0caf5" xml:space="preserve">
${rows.map((row, at) => `<text x="20" y="${at * 20 + 32}">${row}</text>`).join('\n')}
</g>
</svg>
`,
)
