import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createDiskTree } from './disk-tree.ts'

const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

const createFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-tree-'))
  folders.push(folder)
  return folder
}

test('lists files sorted, without .git and node_modules', async () => {
  const folder = await createFolder()
  for (const sub of ['b', '.git', 'b/node_modules']) await mkdir(join(folder, sub))
  for (const file of ['z.yaml', 'b/a.yaml', '.git/HEAD', 'b/node_modules/x.js']) await writeFile(join(folder, file), '')

  expect(await createDiskTree(folder).list()).toEqual(['b/a.yaml', 'z.yaml'])
})

test('reads through a link that stays inside', async () => {
  const folder = await createFolder()
  await writeFile(join(folder, 'real.yaml'), 'a: 1')
  await symlink('real.yaml', join(folder, 'link.yaml'))
  const tree = createDiskTree(folder)

  expect(await tree.list()).toEqual(['link.yaml', 'real.yaml'])
  expect(String(await tree.read('link.yaml'))).toBe('a: 1')
})

test('refuses a link and a path that lead out', async () => {
  const [folder, other] = [await createFolder(), await createFolder()]
  await writeFile(join(other, 'secret'), 'x')
  await symlink(join(other, 'secret'), join(folder, 'link'))
  await symlink(other, join(folder, 'folder'))
  const tree = createDiskTree(folder)

  for (const path of ['link', 'folder/secret', '../secret', '/etc/passwd']) {
    await expect(tree.read(path)).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' })
  }
})

test('gives nothing for a file that is missing, a folder, and links in a circle', async () => {
  const folder = await createFolder()
  await mkdir(join(folder, 'sub'))
  await symlink('loop', join(folder, 'loop'))
  const tree = createDiskTree(folder)

  expect(await tree.read('none')).toBeUndefined()
  expect(await tree.read('sub')).toBeUndefined()
  expect(await tree.read('loop')).toBeUndefined()
})
