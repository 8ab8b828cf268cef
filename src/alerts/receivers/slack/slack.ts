import type { AlertReceiver } from '../../../fleet/alert-policy.ts'
import { type Message, type MessageItem, toMessage } from '../../message.ts'
import type { Receiver, ReceiverDeps } from '../receiver.ts'

// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and https://docs.slack.dev/reference/block-kit/blocks
const HEADER_CHARS = 150
const SECTION_CHARS = 3_000
/** Over all blocks: more was refused from 11,000 on, which no page says (github.com/slackapi/bolt-js/issues/2867). */
const ALL_CHARS = 8_000
const FACT_CHARS = 400

const SIGNS = { critical: '🔴', high: '🟠', medium: '🟡', low: '🔵', info: '⚪' } as const

/** An incoming webhook of Slack. */
export const createSlackReceiver = (
  { url }: AlertReceiver['slack'][number],
  { post, readSecret }: ReceiverDeps,
): Receiver => ({
  send: async (notification, { signal }) =>
    post({ url: await readSecret(url), body: JSON.stringify(toSlackBody(toMessage(notification))), signal }),
})

/** A message as Block Kit, within its limits: at most 22 of 50 blocks. Pure. */
export const toSlackBody = (message: Message) => {
  const sign = message.isOver ? '✅' : SIGNS[message.severity]
  const title = cut(`${sign} ${message.title}`, HEADER_CHARS)
  const room = Math.min(SECTION_CHARS, Math.floor(ALL_CHARS / message.items.length))
  return {
    // What notifications of phones show.
    text: escapeText(title),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title } },
      ...message.items.flatMap((item, index) => [
        ...(index === 0 ? [] : [{ type: 'divider' }]),
        { type: 'section', text: { type: 'mrkdwn', text: cut(formatItem(item, message), room) } },
      ]),
      ...(message.rest.length === 0
        ? []
        : [{ type: 'context', elements: [{ type: 'mrkdwn', text: escapeText(message.rest.join(' · ')) }] }]),
    ],
  }
}

const formatItem = ({ summary, severity, isOver, facts, link }: MessageItem, { items }: Message): string => {
  const head = items.length === 1 ? [] : [`${isOver ? '✅' : SIGNS[severity]} *${escapeText(summary)}*`]
  return [
    ...head,
    ...facts.map(
      ([name, value]) =>
        `*${name}:* ${name === 'Run' ? `\`${escapeText(value)}\`` : escapeText(cut(value, FACT_CHARS))}`,
    ),
    ...(link === undefined ? [] : [`<${link}|Open in the hub>`]),
  ].join('\n')
}

/** The three characters that Slack reads as its own; what is written by others must name no channel and no person. */
const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const cut = (text: string, chars: number): string => (text.length > chars ? `${text.slice(0, chars - 1)}…` : text)
