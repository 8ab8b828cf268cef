import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Step } from './contract-case.ts'
import type { RecordedAnswer } from './recorded-answer.ts'

/** What the fuzzer found once: steps, and what the real server answers. */
export type FuzzSeed = { readonly steps: readonly Step[]; readonly answers: readonly RecordedAnswer[] }

const folder = join(import.meta.dirname, 'fuzz-seeds')

/** Where a finding is kept, by what is different in it. */
export const toFuzzSeedFile = (signature: string): string => {
  const words = signature
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase()
    .slice(0, 60)
  return join(folder, `${words}-${createHash('sha256').update(signature).digest('hex').slice(0, 6)}.json`)
}

/** A line a step and a line an answer. */
export const formatFuzzSeed = ({
  steps,
  expected,
}: {
  readonly steps: readonly Step[]
  readonly expected: readonly RecordedAnswer[]
}): string => {
  const lines = (items: readonly unknown[]): string => items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')
  return `{\n  "steps": [\n${lines(steps)}\n  ],\n  "answers": [\n${lines(expected)}\n  ]\n}\n`
}

/** All that is kept, by file. */
export const loadFuzzSeeds = (): Readonly<Record<string, FuzzSeed>> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => [
        file.slice(0, -'.json'.length),
        JSON.parse(readFileSync(join(folder, file), 'utf8')) as FuzzSeed,
      ]),
  )
