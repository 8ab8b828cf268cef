import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { packArchive } from '../../source/testing/chart.ts'
import { readChartTraits } from './chart-traits.ts'

const folder = mkdtempSync(join(tmpdir(), 'lockstep-traits-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const NONE = { isRandom: false, usesLookup: false, usesCapabilities: false }
const RANDOM = 'p: {{ randAlphaNum 8 }}'

const writeChart = (name: string, files: Readonly<Record<string, string | Buffer>>): string => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true })
    writeFileSync(join(folder, name, path), content)
  }
  return join(folder, name)
}

test.each([
  ['random values', 'templates/a.yaml', RANDOM, { ...NONE, isRandom: true }],
  ['lookups', 'templates/a.yaml', '{{ (lookup "v1" "Secret" "n" "s").data }}', { ...NONE, usesLookup: true }],
  ['capabilities', 'templates/_h.tpl', '{{ $.Capabilities.APIVersions }}', { ...NONE, usesCapabilities: true }],
  [
    'the versions that it is for',
    'Chart.yaml',
    'name: c\nkubeVersion: ">=1.30"\n',
    { ...NONE, usesCapabilities: true },
  ],
  ['values that are templates', 'values.yaml', 'p: "{{ uuidv4 }}"', { ...NONE, isRandom: true }],
  ['prose of nothing', 'README.md', '{{ now }}', NONE],
  ['notes of nothing', 'templates/NOTES.txt', '{{ now }} {{ lookup "v1" "Pod" "" "" }}', NONE],
  ['plain words of nothing', 'templates/a.yaml', 'a: lookup "now" Capabilities', NONE],
])('tells %s of a chart, in a folder and in an archive', async (name, path, text, traits) => {
  const archive = join(folder, `${name}.tgz`)
  writeFileSync(archive, await packArchive({ [`c/${path}`]: text }))

  expect(await readChartTraits(writeChart(name, { [path]: text }))).toEqual(traits)
  expect(await readChartTraits(archive)).toEqual(traits)
})

test('reads archives of dependencies, and the values that users give', async () => {
  const inner = await packArchive({ 'dep/templates/a.yaml': RANDOM })
  const outer = join(folder, 'outer.tgz')
  writeFileSync(outer, await packArchive({ 'c/charts/dep.tgz': inner }))

  expect(await readChartTraits(writeChart('with-dependency', { 'charts/dep.tgz': inner }))).toMatchObject({
    isRandom: true,
  })
  expect(await readChartTraits(outer)).toMatchObject({ isRandom: true })
  expect(await readChartTraits(writeChart('plain', { 'values.yaml': 'a: 1' }), ['p: "{{ uuidv4 }}"'])).toMatchObject({
    isRandom: true,
  })
})
