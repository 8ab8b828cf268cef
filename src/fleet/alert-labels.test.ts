import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ALERT_LABELS, ALERT_NAMES } from './alert-labels.ts'

const ROOT = join(import.meta.dirname, '..', '..')

test('every alert that is made can be matched by its name', async () => {
  const files = await readdir(join(ROOT, 'src', 'alerts'), { recursive: true })
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  const texts = await Promise.all(sources.map((file) => readFile(join(ROOT, 'src', 'alerts', file), 'utf8')))
  const made = texts.flatMap((text) => [...text.matchAll(/'(Lockstep[A-Z]\w+)'/g)].map(([, name]) => name as string))

  expect([...new Set(made)].filter((name) => !(ALERT_NAMES as readonly string[]).includes(name))).toEqual([])
  expect(made).toContain('LockstepDrift')
})

test('the page of the kind has every label and every name of alerts', async () => {
  const page = await readFile(join(ROOT, 'docs', 'spec', 'alert-policy.md'), 'utf8')
  const [, matchers = ''] = /^\*\*Matchers\*\*(.*)$/m.exec(page) ?? []

  expect([...ALERT_LABELS, ...ALERT_NAMES].filter((name) => !matchers.includes(`\`${name}\``))).toEqual([])
})
