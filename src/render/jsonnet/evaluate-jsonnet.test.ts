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

const evaluate = (files: Record<string, string>, over: object = {}, options: object = {}): Promise<unknown> => {
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

test('nothing outside the root can be imported, by path or by link', async () => {
  await expect(evaluate({ 'app/main.jsonnet': "importstr '../../../../etc/hostname'" })).rejects.toMatchObject({
    code: 'JSONNET_FAILED',
  })
  await expect(evaluate({ 'app/main.jsonnet': "importstr '/etc/hostname'" })).rejects.toMatchObject({
    code: 'JSONNET_FAILED',
  })
  const root = mkdtempSync(join(tmpdir(), 'lockstep-jsonnet-test-'))
  folders.push(root)
  writeFileSync(join(root, 'main.jsonnet'), "importstr 'link'")
  symlinkSync('/etc/hostname', join(root, 'link'))
  await expect(evaluateJsonnet({ root, entry: 'main.jsonnet', libs: [], tlas: {}, extVars: {} })).rejects.toMatchObject(
    { code: 'PATH_OUTSIDE_ROOT' },
  )
})

test('a program that never ends is stopped', async () => {
  const endless = { 'app/main.jsonnet': 'local f(n) = if n < 0 then n else f(n + 1) tailstrict; f(0)' }

  await expect(evaluate(endless, {}, { timeoutMs: 500 })).rejects.toMatchObject({
    code: expect.stringMatching(/JSONNET_(TIMEOUT|FAILED)/),
  })
})

test('manifests are found however deep, and anything else is an error that says where', () => {
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap' }

  expect(flattenManifests({ a: [manifest], b: { c: manifest, d: null } })).toEqual([manifest, manifest])
  expect(() => flattenManifests({ a: [{ b: 1 }] })).toThrow('$.a[0].b')
})
