import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'

/** One field of a message. */
export type MessageField = {
  readonly name: string
  /** A scalar, or the name of a message. */
  readonly type: string
  /** `inline`: JSON has the fields of the message in place of it. */
  readonly shape: 'one' | 'list' | 'map' | 'inline'
}
/** The fields of a message, by number. */
export type Message = ReadonlyMap<number, MessageField>

let loaded: ReadonlyMap<string, string> | undefined
const parsed = new Map<string, Message>()

/** A message by its name; undefined where the server has none. Taken by `scripts/take-protobuf.ts`. */
export const findMessage = (name: string): Message | undefined => {
  const known = parsed.get(name)
  if (known) return known
  loaded ??= load()
  const line = loaded.get(name)
  if (line === undefined) return undefined
  const message = new Map(line.split(' ').filter(Boolean).map(parseField))
  parsed.set(name, message)
  return message
}

const load = (): ReadonlyMap<string, string> => {
  const text = brotliDecompressSync(readFileSync(new URL('./generated/messages.br', import.meta.url))).toString()
  return new Map(
    text.split('\n').map((line) => {
      const [name = ''] = line.split(' ', 1)
      return [name, line.slice(name.length + 1)]
    }),
  )
}

const parseField = (text: string): [number, MessageField] => {
  const [, name = '', number = '', mark = '', type = ''] = /^(\w+)=(\d+):([*{^]?)([\w.]+)\}?$/.exec(text) ?? []
  const shape = mark === '*' ? 'list' : mark === '{' ? 'map' : mark === '^' ? 'inline' : 'one'
  return [Number(number), { name, type, shape }]
}
