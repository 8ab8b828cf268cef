import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { evaluateJsonnet } from './evaluate-jsonnet.ts'
import { flattenManifests } from './flatten-manifests.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const evaluate = (
  files: Record<string, string | Uint8Array>,
  over: object = {},
  options: object = {},
): Promise<unknown> => {
  const root = mkdtempSync(join(tmpdir(), 'lockstep-jsonnet-test-'))
  folders.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return evaluateJsonnet(
    { root, entry: 'app/main.jsonnet', libs: ['app/vendor'], tlas: {}, extVars: {}, ...over },
    options,
  )
}

test('a program imports beside it, from above it and from libraries, text as well', async () => {
  const files = {
    'app/main.jsonnet':
      "local a = import 'a.libsonnet'; local v = import \"lib/v.libsonnet\"; {a: a, v: v, s: import '../shared.json', t: importstr 'note.txt', y: std.parseYaml('b: 1')}",
    'app/a.libsonnet': '{x: 1}',
    'app/vendor/lib/v.libsonnet': "import 'w.libsonnet'",
    'app/vendor/lib/w.libsonnet': '2',
    'shared.json': '{"s": true}',
    'app/note.txt': 'hello',
  }

  expect(await evaluate(files)).toEqual({ a: { x: 1 }, v: 2, s: { s: true }, t: 'hello', y: { b: 1 } })
})

test('a library elsewhere is seen, and nothing beside it', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'lockstep-jsonnet-test-'))
  folders.push(outside)
  mkdirSync(join(outside, 'lib'))
  writeFileSync(join(outside, 'lib/a.libsonnet'), "import 'b.libsonnet'")
  writeFileSync(join(outside, 'lib/b.libsonnet'), '7')
  writeFileSync(join(outside, 'secret'), 'x')
  const over = { libs: ['(library 1)'], mounts: { '(library 1)': join(outside, 'lib') } }

  expect(await evaluate({ 'app/main.jsonnet': "import 'a.libsonnet'" }, over)).toBe(7)
  for (const path of ['../secret', '../(library 1)/../secret']) {
    await expect(evaluate({ 'app/main.jsonnet': `importstr '${path}'` }, over)).rejects.toMatchObject({
      code: 'JSONNET_FAILED',
      message: expect.stringContaining("couldn't open import"),
    })
  }
})

test('an import is found behind a comment, and bytes stay as they are', async () => {
  const files = {
    'app/main.jsonnet': "[import /* the list */ 'a.json', importbin // raw\n 'raw.bin']",
    'app/a.json': '[1]',
    'app/raw.bin': new Uint8Array([0, 255, 128]),
  }

  expect(await evaluate(files)).toEqual([[1], [0, 255, 128]])
})

test('arguments and external variables keep their types', async () => {
  const files = { 'app/main.jsonnet': "function(n, list) {n: n + 1, list: list, env: std.extVar('env').name}" }

  expect(await evaluate(files, { tlas: { n: 2, list: ['a'] }, extVars: { env: { name: 'prod' } } })).toEqual({
    n: 3,
    list: ['a'],
    env: 'prod',
  })
})

test('a failure names file, line and column', async () => {
  await expect(evaluate({ 'app/main.jsonnet': '{\n  a: error "no",\n}' })).rejects.toMatchObject({
    code: 'JSONNET_FAILED',
    message: expect.stringContaining('no'),
    position: { file: 'app/main.jsonnet', line: 2 },
  })
})

test.each([
  ['the standard library', 'std.assertEqual(1, 2)'],
  ['what the program says', 'error "image nginx:7:8 is forbidden"'],
  ['a missing brace', '{a: '],
])('the place of a failure is in the program, not in %s', async (_, text) => {
  await expect(evaluate({ 'app/main.jsonnet': text })).rejects.toMatchObject({
    code: 'JSONNET_FAILED',
    position: { file: 'app/main.jsonnet', line: 1 },
  })
})

test('nothing outside the root can be imported, by path or by link', async () => {
  for (const path of ['../../../../etc/hostname', '/etc/hostname']) {
    await expect(evaluate({ 'app/main.jsonnet': `importstr '${path}'` })).rejects.toMatchObject({
      code: 'JSONNET_FAILED',
      message: expect.stringContaining("couldn't open import"),
    })
  }
  const root = mkdtempSync(join(tmpdir(), 'lockstep-jsonnet-test-'))
  folders.push(root)
  writeFileSync(join(root, 'main.jsonnet'), "importstr 'link'")
  symlinkSync('/etc/hostname', join(root, 'link'))
  await expect(evaluateJsonnet({ root, entry: 'main.jsonnet', libs: [], tlas: {}, extVars: {} })).rejects.toMatchObject(
    { code: 'PATH_OUTSIDE_ROOT' },
  )
})

// A recursion would use up its memory first: within 0.3 s, where the machine does nothing else.
const ENDLESS = { 'app/main.jsonnet': 'std.foldl(function(a, b) a + b, std.range(0, 30000000), 0)' }

test('a program that never ends is stopped when its time is up', async () => {
  await expect(evaluate(ENDLESS, {}, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'JSONNET_TIMEOUT' })
})

test('a program is stopped when its caller gives up, before or while it runs', async () => {
  const reason = new Error('no longer wanted')

  await expect(evaluate(ENDLESS, {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const abort = new AbortController()
  const running = evaluate(ENDLESS, {}, { signal: abort.signal })
  setTimeout(() => abort.abort(reason), 100)
  await expect(running).rejects.toBe(reason)
})

test('a recursion without end is a failure of the program', async () => {
  await expect(evaluate({ 'app/main.jsonnet': 'local f(n) = 1 + f(n); f(0)' })).rejects.toMatchObject({
    code: 'JSONNET_FAILED',
    message: expect.stringContaining('max stack frames exceeded'),
  })
})

test('a program that uses up the stack of the engine is a failure like any other', async () => {
  await expect(evaluate({ 'app/main.jsonnet': '['.repeat(20_000) })).rejects.toMatchObject({
    code: 'JSONNET_FAILED',
    message: 'app/main.jsonnet failed: the program used up its memory or stack',
  })
})

test('manifests are found however deep, and anything else is an error that says where', () => {
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap' }

  expect(flattenManifests({ a: [manifest], b: { c: manifest, d: null } })).toEqual([manifest, manifest])
  expect(() => flattenManifests({ a: [{ b: 1 }] })).toThrow('$.a[0].b')
})
