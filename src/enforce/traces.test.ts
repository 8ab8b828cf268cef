import { expect, test } from 'vitest'
import type { ObjectMetadata } from '../kube/object.ts'
import { createTraces } from './traces.ts'

const toObject = (manager: string): ObjectMetadata => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', managedFields: [{ manager }] },
})
const namesOf = (traces: ReturnType<typeof createTraces>, key: string): readonly (string | undefined)[] =>
  traces.get(key).flatMap((entries) => entries.map(({ manager }) => manager))

test('the latest events of an object are kept until it is as it was recorded', () => {
  const traces = createTraces()
  for (let number = 1; number <= 10; number++) traces.note('a', toObject(`m${number}`))

  expect(namesOf(traces, 'a')).toEqual(['m3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10'])
  traces.forget('a')
  expect(namesOf(traces, 'a')).toEqual([])
})

test('of many objects, those that were written last are kept', () => {
  const traces = createTraces()
  for (let number = 0; number < 1_001; number++) traces.note(`${number}`, toObject('m'))

  expect(namesOf(traces, '0')).toEqual([])
  expect(namesOf(traces, '1')).toEqual(['m'])
  expect(namesOf(traces, '1000')).toEqual(['m'])
})
