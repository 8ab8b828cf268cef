import type { AlertReceiver } from '../../../fleet/alert-policy.ts'
import { type Message, type MessageItem, toMessage } from '../../message.ts'
import type { Receiver, ReceiverDeps } from '../receiver.ts'

// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook: 28 KB at most, of
// which others found 21,000 bytes to be taken for certain.
const MOST_BYTES = 20_000
const FACT_CHARS = 400

const STYLES = { critical: 'attention', high: 'attention', medium: 'warning', low: 'accent', info: 'default' } as const

/** A Workflows webhook of Microsoft Teams ("When a Teams webhook request is received"). */
export const createTeamsReceiver = (
  { url }: AlertReceiver['msteams'][number],
  { post, readSecret }: ReceiverDeps,
): Receiver => ({
  send: async (notification, { signal }) =>
    post({ url: await readSecret(url), body: formatTeamsBody(toMessage(notification)), signal }),
})

/** A message as an Adaptive Card, with as many of its items as there is room for. Pure. */
export const formatTeamsBody = (message: Message): string => {
  for (let count = message.items.length; count >= 0; count--) {
    const body = JSON.stringify(toCard(message, count))
    if (Buffer.byteLength(body) <= MOST_BYTES || count === 0) return body
  }
  throw new Error('unreachable')
}

const toCard = (message: Message, count: number) => {
  const { title, items, rest, severity, isOver } = message
  const left = items.length - count
  const notes = [...rest, ...(left > 0 ? [`${left} more`] : [])]
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: [
            {
              type: 'Container',
              style: isOver ? 'good' : STYLES[severity],
              bleed: true,
              items: [toText(cut(title, FACT_CHARS), { weight: 'bolder', size: 'medium' })],
            },
            ...items.slice(0, count).flatMap((item) => toItem(item, items.length > 1)),
            ...(notes.length === 0 ? [] : [toText(notes.join(' · '), { isSubtle: true })]),
          ],
          actions: toActions(items),
        },
      },
    ],
  }
}

const toItem = ({ summary, severity, isOver, facts }: MessageItem, isOneOfMany: boolean) => [
  ...(isOneOfMany ? [toText(`${isOver ? 'over' : severity}: ${cut(summary, FACT_CHARS)}`, { weight: 'bolder' })] : []),
  { type: 'FactSet', facts: facts.map(([title, value]) => ({ title, value: escapeMarkdown(cut(value, FACT_CHARS)) })) },
]

const toActions = (items: readonly MessageItem[]) => {
  const link = items.find((item) => item.link !== undefined)?.link
  return link === undefined ? [] : [{ type: 'Action.OpenUrl', title: 'Open in the hub', url: link }]
}

const toText = (text: string, look: object) => ({ type: 'TextBlock', wrap: true, text: escapeMarkdown(text), ...look })

/** Cards read a little Markdown: what is written by others must not become links. */
const escapeMarkdown = (text: string): string => text.replace(/[\\[\]()*_`~]/g, '\\$&')

const cut = (text: string, chars: number): string => (text.length > chars ? `${text.slice(0, chars - 1)}…` : text)
