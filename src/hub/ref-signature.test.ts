import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createGit } from '../source/git/run-git.ts'
import { readRefSignature } from './ref-signature.ts'

const openRepository = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-refs-'))
  const run = createGit({ env: process.env })
  const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', '-c', 'commit.gpgsign=false']
  const git = (...args: string[]) => run([...identity, ...args], { cwd: folder })
  const commit = async (content: string): Promise<void> => {
    await writeFile(join(folder, 'file'), content)
    await git('add', '.')
    await git('commit', '--quiet', '--message', content)
  }
  await git('init', '--quiet', '--initial-branch=main')
  await commit('one')
  const own = join(folder, '.git')
  return {
    git,
    commit,
    read: (name: string) => readRefSignature({ common: own, own }, name),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

test.each(['HEAD', 'main'])('what %s means has changed with each commit, and not without one', async (name) => {
  await using repository = await openRepository()
  const first = await repository.read(name)
  const same = await repository.read(name)
  await repository.commit('two')
  const second = await repository.read(name)
  await repository.git('pack-refs', '--all')
  await repository.commit('three')

  expect(same).toBe(first)
  expect(second).not.toBe(first)
  expect(await repository.read(name)).not.toBe(second)
})

test('another branch that is checked out is another HEAD', async () => {
  await using repository = await openRepository()
  const before = await repository.read('HEAD')
  await repository.git('checkout', '--quiet', '-b', 'other')

  expect(await repository.read('HEAD')).not.toBe(before)
})

test('a name that comes to be, and one that is packed away, are noticed', async () => {
  await using repository = await openRepository()
  const before = await repository.read('v1')
  await repository.git('tag', 'v1')
  const tagged = await repository.read('v1')
  await repository.git('pack-refs', '--all')
  const packed = await repository.read('v1')

  expect(new Set([before, tagged, packed]).size).toBe(3)
})
