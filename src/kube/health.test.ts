import { expect, test } from 'vitest'
import { compileHealthRules } from './health.ts'
import type { KubeObject } from './object.ts'

const computeHealth = compileHealthRules([
  {
    group: 'example.com',
    kind: 'Thing',
    inProgress: 'object.status.phase == "Working"',
    failed: 'object.status.phase == "Broken"',
    current: 'object.status.phase in ["Done", "Working"]',
  },
])

const createThing = (status: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Thing',
  metadata: { name: 'it', ...metadata },
  status,
})

test('lets the first rule that holds decide', () => {
  const phases = ['Done', 'Working', 'Broken', 'Resting']

  expect(phases.map((phase) => computeHealth(createThing({ phase })).status)).toEqual([
    'Current',
    'InProgress',
    'Failed',
    'InProgress',
  ])
})

test('waits for a status that is not written yet, and says what is missing', () => {
  expect(computeHealth(createThing({}))).toEqual({
    status: 'InProgress',
    message: expect.stringContaining('No such key: phase'),
  })
})

test('waits until the latest generation is seen, and sees deletion first', () => {
  const done = { phase: 'Done', observedGeneration: 1 }

  expect(computeHealth(createThing(done, { generation: 2 })).status).toBe('InProgress')
  expect(computeHealth(createThing(done, { deletionTimestamp: '2026-01-01T00:00:00Z' })).status).toBe('Terminating')
})

test('leaves other kinds to kstatus', () => {
  expect(computeHealth({ ...createThing({}), apiVersion: 'example.org/v1' }).status).toBe('Current')
  expect(computeHealth(undefined).status).toBe('NotFound')
})

test('refuses a bad expression at once', () => {
  expect(() => compileHealthRules([{ group: '', kind: 'Pod', current: 'objekt.x' }])).toThrow(
    expect.objectContaining({ code: 'CEL_INVALID' }),
  )
})
