import { expect, test } from 'vitest'
import { mergeLayers, mergeParameters } from './merge.ts'

const CASES: Readonly<Record<string, readonly [object, object, object]>> = {
  'maps key by key': [{ a: { b: 1, c: 1 } }, { a: { c: 2 } }, { a: { b: 1, c: 2 } }],
  'lists by adding what is new': [
    { dependsOn: ['a', 'b'], ignore: [{ name: '*', fields: ['/a'] }] },
    {
      dependsOn: ['b', 'c'],
      ignore: [
        { name: '*', fields: ['/a'] },
        { name: '*', fields: ['/b'] },
      ],
    },
    {
      dependsOn: ['a', 'b', 'c'],
      ignore: [
        { name: '*', fields: ['/a'] },
        { name: '*', fields: ['/b'] },
      ],
    },
  ],
  'workers and images by name': [
    { workers: [{ name: 'a', replicas: 1 }], images: [{ name: 'x', newTag: '1' }] },
    { workers: [{ name: 'b' }, { name: 'a', machine: 'm' }], images: [{ name: 'x', newTag: '2' }] },
    { workers: [{ name: 'a', replicas: 1, machine: 'm' }, { name: 'b' }], images: [{ name: 'x', newTag: '2' }] },
  ],
  'a source and adopt as a whole': [
    { source: { path: 'a' }, adopt: { from: ['helm'] } },
    { source: { chart: 'b' }, adopt: { from: ['flux'] } },
    { source: { chart: 'b' }, adopt: { from: ['flux'] } },
  ],
  'values for an engine with their lists replaced': [
    { values: { a: [1, 2], images: [{ name: 'x' }], source: { b: 1 }, n: 1 } },
    { values: { a: [3], images: [{ name: 'y' }], source: { c: 1 }, n: null } },
    { values: { a: [3], images: [{ name: 'y' }], source: { b: 1, c: 1 }, n: null } },
  ],
}

for (const [sentence, [inner, outer, expected]] of Object.entries(CASES)) {
  test(`merges ${sentence}`, () => {
    const before = structuredClone([inner, outer])

    expect(mergeLayers(inner, outer)).toEqual(expected)
    expect([inner, outer]).toEqual(before)
  })
}

test('changes single keywords of parameters and adds up what is required', () => {
  const inner = { properties: { a: { type: 'integer', default: 1 }, e: { enum: [1, 2] } }, required: ['a'] }
  const outer = { properties: { a: { default: 2 }, b: { enum: ['x'] }, e: { enum: [3] } }, required: ['b'] }

  expect(mergeParameters(inner, outer)).toEqual({
    properties: { a: { type: 'integer', default: 2 }, b: { enum: ['x'] }, e: { enum: [3] } },
    required: ['a', 'b'],
  })
})

test('does not let a key of a document reach the prototype', () => {
  const outer = JSON.parse('{"values": {"__proto__": {"polluted": true}}}')

  mergeLayers({ values: { a: {} } }, outer)

  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})
