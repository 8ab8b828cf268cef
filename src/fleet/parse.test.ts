import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryTree } from '../base/file-tree.ts'
import { formatYaml, parseYaml } from '../kube/yaml.ts'
import { createExampleFleet } from './init.ts'
import { assertValidFleet, loadFleet } from './load.ts'

const EXAMPLE = createExampleFleet()
const FILES = Object.keys(EXAMPLE).filter((file) =>
  /^(fleet|clusters|apps\/placement|templates\/standard\/template)/.test(file),
)
const JUNK = [null, 5, true, '', 'x', [], [null], {}, { a: 1 }, '${parameters.replicas}', '${', '../..', '__proto__']

test('ends in problems, never in a crash, whatever stands in place of a field', async () => {
  const places = FILES.flatMap((file) => listPlaces(parseYaml(EXAMPLE[file]!)[0], []).map((path) => ({ file, path })))
  const mutation = fc.record({ place: fc.constantFrom(...places), junk: fc.constantFrom(...JUNK) })

  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
      const files = { ...EXAMPLE }
      for (const { place, junk } of mutations) files[place.file] = mutate(files[place.file]!, place.path, junk)

      const { fleet, problems } = await loadFleet(createMemoryTree(files))

      for (const problem of problems) expect(problem.message).not.toMatch(/undefined|\[object/)
      if (!problems.some(({ severity }) => severity === 'error')) expect(fleet).toBeDefined()
    }),
    { numRuns: 50 },
  )
})

test('refuses a fleet with errors, but not one with warnings', () => {
  const problem = { code: 'X', message: 'is wrong', file: 'a.yaml', line: 3, column: 1 }

  expect(() => assertValidFleet([{ ...problem, severity: 'warning' }])).not.toThrow()
  expect(() =>
    assertValidFleet([
      { ...problem, severity: 'error' },
      { ...problem, severity: 'error' },
    ]),
  ).toThrow(
    expect.objectContaining({
      code: 'FLEET_INVALID',
      message: 'the fleet repository has problems: a.yaml:3:1: is wrong and 1 more',
      position: expect.objectContaining({ file: 'a.yaml', line: 3 }),
    }),
  )
})

test('gives up when asked to', async () => {
  const aborted = AbortSignal.abort(new Error('stop'))
  const tree = createMemoryTree(EXAMPLE)

  await expect(loadFleet(tree, {}, { signal: aborted })).rejects.toThrow('stop')
})

type Path = readonly (string | number)[]

const listPlaces = (value: unknown, path: Path): Path[] =>
  typeof value !== 'object' || value === null
    ? [path]
    : [path, ...Object.entries(value).flatMap(([key, item]) => listPlaces(item, [...path, key]))]

const mutate = (text: string, path: Path, junk: unknown): string => {
  const [document] = parseYaml(text)
  if (path.length === 0) return formatYaml(junk)
  const holder = path.slice(0, -1).reduce<unknown>((outer, key) => (outer as Record<string, unknown>)?.[key], document)
  if (typeof holder !== 'object' || holder === null) return text
  ;(holder as Record<string, unknown>)[path.at(-1)!] = junk
  return formatYaml(document)
}

test('a Fleet needs no more than a name', async () => {
  const files = { 'fleet.yaml': 'apiVersion: lockstep.dev/v1alpha1\nkind: Fleet\nmetadata: {name: acme}\n' }
  const { fleet, problems } = await loadFleet(createMemoryTree(files))

  expect(problems).toEqual([])
  expect(fleet?.name).toBe('acme')
})
