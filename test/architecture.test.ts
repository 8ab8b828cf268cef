import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** The folders of src in the order data flows. A folder imports only itself and folders above it. */
const ORDER = [
  'base',
  'kube',
  'simcluster',
  'fleet',
  'rbac',
  'source',
  'render',
  'inventory',
  'drift',
  'plan',
  'apply',
  'clusters',
  'enforce',
  'rollout',
  'check',
  'audit',
  'alerts',
  'store',
  'api',
  'hub',
  'agent',
  'cli',
]
/** Families: sub-folders that never import one another. */
const FAMILIES = ['source', 'render', 'clusters']
/** Composition roots, which choose the implementations, the clock and the environment. */
const ROOTS = ['hub', 'agent', 'cli']
/** What a record of the trail is about. */
const EVENT = /^(revision|rollout|finding|change|operation|login|token|alert|fight|cluster|audit|sync)\.[a-z]|^hub\.st/
/** Where the world itself is wrapped. */
const WORLD = ['src/base/system-clock.ts']

const listFiles = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))

const isTest = (file: string): boolean => /\.test\.ts$|\/testing\/|\.contract\.ts$/.test(file)

const listImports = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path]) =>
    relative(root, join(root, dirname(file), path as string)),
  )

const folderOf = (file: string): string => file.split('/')[1] as string

/** Beside the folders there is one file, which puts the programs together. */
const sources = listFiles('src').filter((file) => file !== 'src/main.ts')

test('every folder of src is in the order', () => {
  const unknown = [...new Set(sources.map(folderOf))].filter((folder) => !ORDER.includes(folder))

  expect(unknown).toEqual([])
})

test('a folder imports only folders above it', () => {
  const wrong = sources
    .filter((file) => !isTest(file))
    .flatMap((file) => listImports(file).map((target) => ({ file, target })))
    .filter(
      ({ file, target }) =>
        target.startsWith('src/') && ORDER.indexOf(folderOf(target)) > ORDER.indexOf(folderOf(file)),
    )

  expect(wrong).toEqual([])
})

test('programs never import one another, and sources never import tests or benches', () => {
  const wrong = sources
    .filter((file) => !isTest(file))
    .flatMap((file) => listImports(file).map((target) => ({ file, target })))
    .filter(
      ({ file, target }) =>
        (ROOTS.includes(folderOf(file)) && ROOTS.includes(folderOf(target)) && folderOf(file) !== folderOf(target)) ||
        /^(test|bench)\//.test(target),
    )

  expect(wrong).toEqual([])
})

test('implementations of a family never import one another', () => {
  const implementation = (file: string): string | undefined => {
    const family = FAMILIES.find((folder) => file.startsWith(`src/${folder}/`))
    if (family === undefined) return undefined
    const [name, rest] = file.slice(`src/${family}/`.length).split('/')
    return rest === undefined ? undefined : `${family}/${name}`
  }
  const wrong = sources
    .filter((file) => !isTest(file))
    .flatMap((file) => listImports(file).map((target) => ({ file, target })))
    .filter(({ file, target }) => {
      const [from, to] = [implementation(file), implementation(target)]
      return from !== undefined && to !== undefined && from !== to && dirname(from) === dirname(to)
    })

  expect(wrong).toEqual([])
})

test('only composition roots know the time, chance, the environment and the console', () => {
  const wrong = sources
    .filter((file) => !isTest(file) && !ROOTS.includes(folderOf(file)) && !WORLD.includes(file))
    .filter((file) =>
      /\bDate\.now\(|new Date\(\)|\bMath\.random\(|\bprocess\.env\b|\bconsole\./.test(
        withoutComments(readFileSync(join(root, file), 'utf8')),
      ),
    )

  expect(wrong).toEqual([])
})

test('the truth of the tampering suite is computed without the code it judges', () => {
  const wrong = listFiles('test')
    .filter((file) => /tampering\/(oracle|entitled|tree)\.ts$/.test(file))
    .flatMap((file) => listImports(file).map((target) => ({ file, target })))
    .filter(({ target }) => /^src\/(drift|plan)\//.test(target))

  expect(wrong).toEqual([])
})

test('every error code has a section in docs/errors.md, and every section a code', () => {
  const documented = [
    ...readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(/^#{2,3} `?([A-Z][A-Z_]+)`?$/gm),
  ].map(([, code]) => code as string)
  const used = sources
    .filter((file) => !isTest(file))
    .flatMap((file) => {
      const text = withoutComments(readFileSync(join(root, file), 'utf8'))
      // A catalogue is the errors.ts of a folder; codes that are made without one are found where they are made.
      const pattern = /^src\/\w+\/errors\.ts$/.test(file)
        ? /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g
        : /new LockstepError\(\s*'([A-Z_]+)'/g
      return [...text.matchAll(pattern)].map(([, code]) => code as string)
    })

  expect([...new Set(used)].sort()).toEqual([...new Set(documented)].sort())
})

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')

test('the guide of the trail names every event', () => {
  const used = sources
    .filter((file) => !isTest(file) && /^src\/(store|hub|alerts)\//.test(file))
    .flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(/'((?:[a-z]+\.)+[a-zA-Z]+)'/g)])
    .map(([, name]) => name as string)
    .filter((name) => EVENT.test(name))
  const guide = readFileSync(join(root, 'docs/guides/audit.md'), 'utf8')

  expect(used.length).toBeGreaterThan(15)
  // Of one row the first is written whole: `change.started`, `.ended`.
  expect(
    used.filter((name) => !guide.includes(`\`${name}\``) && !guide.includes(`\`.${name.split('.')[1]}\``)),
  ).toEqual([])
})

test('every locked package says what it must be', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { integrity?: string; resolved?: string }>
  }
  const wrong = Object.entries(packages).filter(
    ([path, { integrity, resolved }]) => path !== '' && (integrity === undefined || resolved !== undefined),
  )

  expect(wrong).toEqual([])
})
