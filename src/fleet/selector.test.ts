import { expect, test } from 'vitest'
import type { FleetModel } from './model.ts'
import { matchesSelector, parseLabelSelector, selectClusters } from './selector.ts'

const CLUSTERS = {
  eu: { env: 'prod', region: 'eu' },
  us: { env: 'prod', region: 'us' },
  dev: { env: 'dev', canary: '' },
}
const model = {
  clusters: new Map(Object.entries(CLUSTERS).map(([name, labels]) => [name, { name, labels }])),
} as unknown as FleetModel

const SELECTORS: Readonly<Record<string, readonly string[]>> = {
  '': ['dev', 'eu', 'us'],
  'env=prod': ['eu', 'us'],
  'env==prod,region!=us': ['eu'],
  'region in (eu, us)': ['eu', 'us'],
  'region notin (eu)': ['dev', 'us'],
  canary: ['dev'],
  '!canary': ['eu', 'us'],
  'env in (prod),!canary , region=us': ['us'],
}

for (const [selector, expected] of Object.entries(SELECTORS)) {
  test(`selects ${expected.join(', ')} by "${selector}"`, () => {
    expect(selectClusters(model, { selector })).toEqual(expected)
  })
}

test('selects by names, with * for any text, and by labels together', () => {
  expect(selectClusters(model, { names: ['us', 'd*'] })).toEqual(['dev', 'us'])
  expect(selectClusters(model, { names: ['us', 'dev'], selector: 'env=prod' })).toEqual(['us'])
})

test('suggests the name that was meant', () => {
  expect(() => selectClusters(model, { names: ['dve'] })).toThrow(
    expect.objectContaining({ code: 'CLUSTER_UNKNOWN', hint: 'did you mean `dev`?' }),
  )
})

test('refuses what is no label selector', () => {
  for (const text of ['=b', '!a=b', 'a b', 'a,,b', 'a in (b']) {
    expect(() => parseLabelSelector(text)).toThrow(expect.objectContaining({ code: 'SELECTOR_INVALID' }))
  }
})

test('selects everything by an empty selector and nothing by no names', () => {
  expect(matchesSelector({}, { name: 'a', labels: {} })).toBe(true)
  expect(matchesSelector({ names: [] }, { name: 'a', labels: {} })).toBe(false)
})

test.each([
  ['eu-*-1', 'eu-prod-1', true],
  ['eu-*-1', 'eu-1', false],
  ['*', 'x', true],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['*b*', 'abc', true],
  ['*.b', 'axb', false],
  ['a*bc*c', 'abc', false],
  ['a*bc*c', 'abcc', true],
])('%s on %s: %s', (pattern, name, isSelected) => {
  const clusters = new Map([[name, { name, labels: {} }]])
  const select = () => selectClusters({ clusters }, { names: [pattern] })

  if (isSelected) expect(select()).toEqual([name])
  else expect(select).toThrow(expect.objectContaining({ code: 'CLUSTER_UNKNOWN' }))
})

test('a pattern of many parts takes no longer than its name is long', () => {
  const name = 'a'.repeat(63)
  const started = performance.now()

  expect(() =>
    selectClusters({ clusters: new Map([[name, { name, labels: {} }]]) }, { names: [`${'*a'.repeat(40)}*b`] }),
  ).toThrow()
  expect(performance.now() - started).toBeLessThan(1_000)
})
