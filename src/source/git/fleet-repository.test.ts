import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runTestGit } from '../../../test/git-server.ts'
import { commitFiles, createTestDeps, createTestFolder, link, writeFiles } from '../testing/world.ts'
import { openFleetRepository } from './fleet-repository.ts'

let folder: Awaited<ReturnType<typeof createTestFolder>>
let first: string

beforeEach(async () => {
  folder = await createTestFolder()
  first = await commitFiles(join(folder.path, 'repo'), {
    'fleet/fleet.yaml': 'kind: Fleet',
    'fleet/a/x.yaml': 'x: 1',
    'outside.yaml': 'o: 1',
  })
})

afterEach(() => folder[Symbol.asyncDispose]())

const fleetDir = (): string => join(folder.path, 'repo/fleet')
const open = () =>
  openFleetRepository(fleetDir(), { cacheDir: join(folder.path, 'cache') }, createTestDeps(folder.path))

test('names the current version by its commit, and says when files differ from it', async () => {
  const fleet = await open()
  expect((await fleet.readCurrent()).revision).toBe(first)

  await writeFile(join(folder.path, 'repo/outside.yaml'), 'o: 2')
  expect((await fleet.readCurrent()).revision).toBe(first)

  await writeFile(join(fleetDir(), 'new.yaml'), 'n: 1')
  const current = await fleet.readCurrent()
  expect(current.revision).toBe(`${first}-dirty`)
  expect(await current.tree.list()).toEqual(['a/x.yaml', 'fleet.yaml', 'new.yaml'])
})

test('calls a folder outside of Git, and a repository without a commit, unversioned', async () => {
  const plain = join(folder.path, 'plain')
  await writeFiles(plain, { 'fleet.yaml': 'kind: Fleet' })
  const fleet = await openFleetRepository(plain, { cacheDir: folder.path }, createTestDeps(folder.path))
  expect((await fleet.readCurrent()).revision).toBe('unversioned')
  await expect(fleet.readRevision('main')).rejects.toMatchObject({ code: 'SOURCE_REPOSITORY_NOT_FOUND' })

  await runTestGit(plain, 'init', '--quiet')
  expect((await fleet.readCurrent()).revision).toBe('unversioned')
})

test('does not call a repository unversioned that git cannot read', async () => {
  await writeFile(join(folder.path, 'repo/.git/config'), 'not a setting')

  await expect((await open()).readCurrent()).rejects.toMatchObject({ code: 'GIT_FAILED' })
  await expect((await open()).readRevision('main')).rejects.toMatchObject({ code: 'GIT_FAILED' })
})

test('runs nothing that the repository configures while it asks for changes', async () => {
  const proof = join(folder.path, 'proof')
  await writeFile(join(folder.path, 'monitor'), `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 })
  await runTestGit(fleetDir(), 'config', 'core.fsmonitor', join(folder.path, 'monitor'))

  await (await open()).readCurrent()

  await expect(readFile(proof)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('reads an earlier version by commit, branch or tag, without touching the working tree', async () => {
  await runTestGit(fleetDir(), 'tag', 'v1')
  await rm(join(fleetDir(), 'a/x.yaml'))
  const second = await commitFiles(join(folder.path, 'repo'), { 'fleet/fleet.yaml': 'kind: Changed' })
  const fleet = await open()

  for (const name of [first, first.slice(0, 10), 'v1', 'main~1']) {
    const { revision, tree } = await fleet.readRevision(name)
    expect(revision).toBe(first)
    expect(await tree.list()).toEqual(['a/x.yaml', 'fleet.yaml'])
    const contents = await Promise.all(['a/x.yaml', './fleet.yaml', 'none', 'a'].map((path) => tree.read(path)))
    expect(contents.map((content) => content?.toString())).toEqual(['x: 1', 'kind: Fleet', undefined, undefined])
  }
  expect((await fleet.readRevision('main')).revision).toBe(second)
  expect(await readFile(join(fleetDir(), 'fleet.yaml'), 'utf8')).toBe('kind: Changed')
})

test('checks an earlier version out into the cache, and the current one not at all', async () => {
  const fleet = await open()

  const earlier = await (await fleet.readRevision('main')).checkOut()
  expect(await earlier.list()).toEqual(['a/x.yaml', 'fleet.yaml'])
  expect(earlier.directory).toContain(join(folder.path, 'cache'))
  expect((await (await fleet.readCurrent()).checkOut()).directory).toBe(fleetDir())
})

test('says what is near a revision that is not there, and takes none for an option', async () => {
  const fleet = await open()

  await expect(fleet.readRevision('mian')).rejects.toMatchObject({
    code: 'SOURCE_VERSION_NOT_FOUND',
    hint: 'did you mean `main`?',
  })
  await expect(fleet.readRevision('--help')).rejects.toMatchObject({ code: 'SOURCE_VERSION_NOT_FOUND' })
})

test('follows links of an earlier version inside the fleet, and refuses those that lead out', async () => {
  await commitFiles(join(folder.path, 'repo'), {
    'fleet/link.yaml': link('a/x.yaml'),
    'fleet/b': link('a'),
    'fleet/out.yaml': link('../outside.yaml'),
    'fleet/passwd': link('/etc/passwd'),
    'fleet/loop': link('loop'),
  })
  const { tree } = await (await open()).readRevision('main')

  expect(await tree.list()).toEqual(['a/x.yaml', 'fleet.yaml', 'link.yaml', 'out.yaml', 'passwd'])
  expect(String(await tree.read('link.yaml'))).toBe('x: 1')
  expect(String(await tree.read('b/x.yaml'))).toBe('x: 1')
  expect(await tree.read('loop')).toBeUndefined()
  for (const path of ['out.yaml', 'passwd', '../outside.yaml', '/etc/passwd']) {
    await expect(tree.read(path)).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' })
  }
})

test('finds the fleet behind a link, and when it is the whole repository', async () => {
  await symlink(fleetDir(), join(folder.path, 'way'))
  const deps = createTestDeps(folder.path)
  const linked = await openFleetRepository(join(folder.path, 'way'), { cacheDir: folder.path }, deps)
  expect(await (await linked.readRevision('main')).tree.list()).toEqual(['a/x.yaml', 'fleet.yaml'])

  await mkdir(join(folder.path, 'repo/node_modules'))
  const whole = await openFleetRepository(join(folder.path, 'repo'), { cacheDir: folder.path }, deps)
  expect(await (await whole.readRevision('main')).tree.list()).toHaveLength(3)
})
