import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendToRef } from './append-to-ref.ts'
import { createGit } from './run-git.ts'

let folder: string
const run = (...args: string[]): string => execFileSync('git', args, { cwd: folder }).toString()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-append-'))
  run('init', '--quiet')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const REF = 'refs/lockstep/audit'
const append = (...lines: string[]) =>
  appendToRef(
    {
      cwd: folder,
      ref: REF,
      file: 'checkpoints.jsonl',
      lines,
      message: 'Checkpoints',
      author: { name: 'hub', email: 'hub@localhost' },
    },
    { git: createGit({ env: process.env }) },
  )

test('lines are appended once each, every time in a commit upon the one before', async () => {
  expect(await append('a', 'b')).toBe(2)
  expect(await append('a', 'b')).toBe(0)
  expect(await append('b', 'c')).toBe(1)

  expect(run('show', `${REF}:checkpoints.jsonl`)).toBe('a\nb\nc\n')
  expect(run('log', '--format=%an %s', REF)).toBe('hub Checkpoints\nhub Checkpoints\n')
})

test('no branch and no working tree is touched', async () => {
  await append('a')

  expect(run('status', '--short', '--branch')).toMatch(/^## No commits yet/)
  expect(run('for-each-ref', '--format=%(refname)')).toBe(`${REF}\n`)
})
