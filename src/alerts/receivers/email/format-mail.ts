import type { Message, MessageItem } from '../../message.ts'

const COLOURS = { critical: '#b00020', high: '#c75000', medium: '#8a6d00', low: '#1f5fa8', info: '#555555' } as const
const OVER = '#1b7a3d'

/** A message as plain text. Pure. */
export const formatText = ({ items, rest }: Message): string =>
  `${[
    ...items.map((item) =>
      [
        `${item.isOver ? 'OVER' : item.severity.toUpperCase()}  ${item.summary}`,
        ...item.facts.map(([name, value]) => `  ${`${name}:`.padEnd(12)} ${value}`),
        ...(item.link === undefined ? [] : [`  ${item.link}`]),
      ].join('\n'),
    ),
    ...rest,
  ].join('\n\n')}\n`

/** A message as HTML, without anything that is loaded from elsewhere. Pure. */
export const formatHtml = ({ title, items, rest }: Message): string =>
  `<!doctype html><html><body style="font-family:sans-serif;font-size:14px;color:#222"><h2 style="font-size:16px">${escapeHtml(title)}</h2>${items
    .map(formatItem)
    .join('')}${rest.map((text) => `<p style="color:#555">${escapeHtml(text)}</p>`).join('')}</body></html>`

const formatItem = ({ summary, severity, isOver, facts, link }: MessageItem): string => {
  const rows = facts
    .map(
      ([name, value]) =>
        `<tr><td style="padding:2px 12px 2px 0;color:#555;white-space:nowrap;vertical-align:top">${escapeHtml(name)}</td><td style="padding:2px 0"><code>${escapeHtml(value)}</code></td></tr>`,
    )
    .join('')
  const more = link === undefined ? '' : `<p><a href="${escapeHtml(link)}">Open in the hub</a></p>`
  const colour = isOver ? OVER : COLOURS[severity]
  return `<div style="border-left:4px solid ${colour};padding:4px 12px;margin:0 0 12px"><b>${isOver ? 'over' : severity}</b>: ${escapeHtml(summary)}<table style="border-collapse:collapse;margin-top:4px">${rows}</table>${more}</div>`
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
