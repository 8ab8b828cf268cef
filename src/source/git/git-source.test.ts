import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runTestGit } from '../../../test/git-server.ts'
import type { GitRef } from '../../fleet/resolved.ts'
import { useGitWorld } from '../testing/git-world.ts'
import { commitFiles, createTestDeps, link } from '../testing/world.ts'
import { createGitSource } from './git-source.ts'

const world = useGitWorld()

test('fetches a folder of the default branch with the files beside it', async () => {
  const commit = await runTestGit(world().repo, 'rev-parse', 'HEAD')

  const artifact = await world().createSource()(world().reference())

  expect(artifact).toMatchObject({ type: 'folder', revision: commit, path: 'deploy', warnings: [] })
  expect(artifact.digest).toBe(`git:${await runTestGit(world().repo, 'rev-parse', 'HEAD^{tree}')}`)
  expect(artifact.description).toBe(`${world().server.url}/app@${commit.slice(0, 12)} deploy`)
  expect(await artifact.tree.list()).toEqual(['base/x.yaml', 'deploy/web.yaml', 'run.sh'])
  expect(await readFile(join(artifact.tree.directory, 'deploy/web.yaml'), 'utf8')).toBe('kind: Web')
})

test('finds branches, tags, annotated tags, commits and the highest version in a range', async () => {
  const first = await runTestGit(world().repo, 'rev-parse', 'HEAD')
  await runTestGit(world().repo, 'tag', 'v1.0.0')
  await runTestGit(world().repo, 'branch', 'release/1')
  const second = await commitFiles(world().repo, { 'deploy/web.yaml': 'kind: Second' })
  await runTestGit(world().repo, 'tag', '--annotate', '--message=x', 'v1.10.0')
  const third = await commitFiles(world().repo, { 'deploy/web.yaml': 'kind: Third' })
  await runTestGit(world().repo, 'tag', 'v2.0.0')
  await runTestGit(world().repo, 'tag', 'v2.1.0-rc.1')
  const source = world().createSource()
  const resolve = async (ref: GitRef) => (await source(world().reference({ ref }))).revision

  expect(await resolve({ branch: 'main' })).toBe(third)
  expect(await resolve({ branch: 'release/1' })).toBe(first)
  expect(await resolve({ tag: 'v1.10.0' })).toBe(second)
  expect(await resolve({ commit: first })).toBe(first)
  expect(await resolve({ semver: '^1.0' })).toBe(second)
  expect(await resolve({ semver: '>=1' })).toBe(third)
})

test('needs no network for a commit or tag that it has', async () => {
  const commit = await runTestGit(world().repo, 'rev-parse', 'HEAD')
  await runTestGit(world().repo, 'tag', 'v1.0.0')
  await world().createSource()(world().reference({ ref: { tag: 'v1.0.0' } }))
  const before = world().server.requests.length

  await world().createSource()(world().reference({ ref: { tag: 'v1.0.0' } }))
  await world().createSource({ offline: true })(world().reference({ ref: { commit } }))

  expect(world().server.requests.length).toBe(before)
})

test('gives one run one commit, and asks again after a while', async () => {
  const source = world().createSource()
  const first = await source(world().reference())
  await commitFiles(world().repo, { 'deploy/web.yaml': 'kind: Moved' })

  expect((await source(world().reference({ path: 'base' }))).revision).toBe(first.revision)
  expect((await world().createSource({ refreshMs: 0 })(world().reference())).revision).not.toBe(first.revision)
})

test('refuses links that lead out of the repository, directly or through others', async () => {
  await commitFiles(world().repo, { 'deploy/up': link('../../..'), 'other/fine': link('../base/x.yaml') })
  await commitFiles(world().repo, { 'a/b/c/root': link('../../..'), 'sneaky/way': link('../a/b/c/root/../../etc') })
  const source = world().createSource()

  for (const path of ['deploy', 'sneaky', '.']) {
    await expect(source(world().reference({ path }))).rejects.toMatchObject({ code: 'SOURCE_CONTENT_REFUSED' })
  }
  const { tree } = await source(world().reference({ path: 'other' }))
  expect(await readFile(join(tree.directory, 'other/fine'), 'utf8')).toBe('kind: Base')
  expect(await readdir(join(tree.directory, 'sneaky'))).toEqual([])
})

test('refuses paths that no git would write', async () => {
  const blob = await runTestGit(world().repo, 'rev-parse', 'HEAD:base/x.yaml')
  const entry = Buffer.concat([Buffer.from('100644 ..\0'), Buffer.from(blob, 'hex')])
  await writeFile(join(world().folder, 'evil'), entry)
  const tree = await runTestGit(
    world().repo,
    'hash-object',
    '-t',
    'tree',
    '-w',
    '--literally',
    join(world().folder, 'evil'),
  )
  const commit = await runTestGit(world().repo, 'commit-tree', '-m', 'evil', tree)
  await runTestGit(world().repo, 'branch', 'evil', commit)

  await expect(world().createSource()(world().reference({ ref: { branch: 'evil' }, path: '.' }))).rejects.toMatchObject(
    {
      code: 'SOURCE_CONTENT_REFUSED',
    },
  )
})

test('contacts no private address that is not allowed, and follows no redirect there', async () => {
  const deps = createTestDeps(world().folder, {}, [])
  const source = createGitSource({ cacheDir: world().cacheDir }, deps)

  await expect(source(world().reference())).rejects.toMatchObject({ code: 'SOURCE_ADDRESS_REFUSED' })
  expect(world().server.requests).toEqual([])

  world().server.redirectTo = 'https://169.254.169.254'
  await expect(world().createSource()(world().reference())).rejects.toMatchObject({ code: 'SOURCE_ADDRESS_REFUSED' })
})
