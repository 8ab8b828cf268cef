import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { digestFolder } from './digest-folder.ts'

const roots: string[] = []
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
})

const makeRoot = (files: Readonly<Record<string, string>>): string => {
  const root = mkdtempSync(join(tmpdir(), 'lockstep-digest-'))
  roots.push(root)
  for (const [path, text] of Object.entries(files)) writeBelow(root, path, text)
  return root
}

const writeBelow = (root: string, path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

test('is the same for equal files anywhere, and another one for other content, names and places', async () => {
  const digest = (files: Readonly<Record<string, string>>): Promise<string> =>
    digestFolder({ root: makeRoot(files), path: 'app' })
  const digests = await Promise.all([
    digest({ 'app/a': '1', 'app/b/c': '2' }),
    digest({ 'app/a': '1', 'app/b/c': '2', other: '3' }),
    digest({ 'app/a': '1', 'app/b/c': '3' }),
    digest({ 'app/a': '1', 'app/b/d': '2' }),
    digest({ 'app/a': '12', 'app/b/c': '' }),
    digest({}),
  ])

  expect(digests[1]).toBe(digests[0])
  expect(new Set(digests).size).toBe(5)
})

test.each([
  ['a base', 'kustomization.yaml', 'resources: [../base]'],
  ['a base, reached in a roundabout way', 'kustomization.yaml', 'resources:\n- x/../../base # comment\n'],
  ['a base in quotes', 'Kustomization', 'resources: ["../base", \'./a.yaml\']'],
  [
    'the file of a generator',
    'kustomization.yml',
    'configMapGenerator:\n- name: a\n  files:\n  - key=../base/c.yaml\n',
  ],
  ['an import', 'main.jsonnet', "local b = import '../base/c.yaml'; b"],
])('%s beside the folder is part of it', async (_, name, text) => {
  const root = makeRoot({ [`app/${name}`]: text, 'app/x/.keep': '', 'base/c.yaml': 'one' })
  const before = await digestFolder({ root, path: 'app' })
  writeBelow(root, 'base/c.yaml', 'two')

  expect(await digestFolder({ root, path: 'app' })).not.toBe(before)
})

test('links are followed, and where they lead is part of it', async () => {
  const root = makeRoot({ 'app/a': '1', 'one/c': '2', 'two/c': '2' })
  symlinkSync('../one', join(root, 'app/link'))
  const before = await digestFolder({ root, path: 'app' })
  writeBelow(root, 'one/c', '3')
  const changed = await digestFolder({ root, path: 'app' })
  writeBelow(root, 'one/c', '2')
  rmSync(join(root, 'app/link'))
  symlinkSync('../two', join(root, 'app/link'))

  expect(new Set([before, changed, await digestFolder({ root, path: 'app' })]).size).toBe(3)
})

test('links in circles that would multiply end at once', async () => {
  const root = makeRoot({ 'app/a': '1' })
  for (const name of ['x', 'y', 'z']) symlinkSync('.', join(root, 'app', name))

  expect(await digestFolder({ root, path: 'app' })).toMatch(/^[\w-]{43}$/)
})

test('a link that leaves the root is refused', async () => {
  const root = makeRoot({ 'app/a': '1' })
  symlinkSync('/etc', join(root, 'app/link'))

  await expect(digestFolder({ root, path: 'app' })).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' })
})
