import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RecordedAnswer } from './recorded-answer.ts'

/** The answers of the real server to the cases of an area, by sentence. */
export type Golden = Readonly<Record<string, readonly RecordedAnswer[]>>

/** Where the answers of an area are. */
export const toGoldenFile = (area: string): string => join(import.meta.dirname, 'golden', `${area}.json`)

/** Reads them; none where none were taken. */
export const readGolden = (area: string): Golden => {
  try {
    return JSON.parse(readFileSync(toGoldenFile(area), 'utf8')) as Golden
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** A line an answer, keys in order, so that a change shows where it is. */
export const formatGolden = (golden: Golden): string => {
  const cases = Object.entries(golden).map(([sentence, answers]) => {
    const lines = answers.map((answer) => `    ${JSON.stringify(answer, sortKeys)}`)
    return `  ${JSON.stringify(sentence)}: [\n${lines.join(',\n')}\n  ]`
  })
  return `{\n${cases.join(',\n')}\n}\n`
}

const sortKeys = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
    : value
