import { expect, test } from 'vitest'
import { compileFieldSelector, getSelectableFields, parseFieldSelector } from './field-selector.ts'

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { nodeName: 'node-1' },
  status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] },
}
const matches = (selector: string, resource = { group: '', plural: 'pods' }): boolean | undefined =>
  compileFieldSelector(parseFieldSelector(selector), getSelectableFields(resource))?.(POD)

test.each([
  ['metadata.name=web', true],
  ['metadata.name==web,metadata.namespace=shop', true],
  ['metadata.name!=web', false],
  ['spec.nodeName=node-1', true],
  ['spec.nodeName=', false],
  ['status.phase!=Succeeded,status.phase!=Failed', true],
  ['status.podIP=10.0.0.1', true],
  ['spec.hostNetwork=false', true],
])('%s selects the Pod: %s', (selector, expected) => {
  expect(matches(selector)).toBe(expected)
})

test('an empty selector selects everything', () => {
  expect(matches('')).toBeUndefined()
})

test('a backslash takes the meaning from a comma', () => {
  expect(parseFieldSelector('metadata.name=a\\,b')).toEqual([{ field: 'metadata.name', negated: false, value: 'a,b' }])
})

test('a field that cannot be selected by is refused in the words of the server', () => {
  expect(() => matches('spec.x=1')).toThrow('field label not supported: spec.x')
  expect(() => matches('spec.x=1', { group: 'apps', plural: 'deployments' })).toThrow(
    '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  )
})

test('a term without an operator is refused in the words of the server', () => {
  expect(() => matches('metadata.name')).toThrow("invalid selector: 'metadata.name'; can't understand 'metadata.name'")
})

test('custom resources are selected by what their definition names', () => {
  const fields = getSelectableFields({ group: 'shop.io', plural: 'carts' }, ['.spec.nodeName'])

  expect(compileFieldSelector(parseFieldSelector('spec.nodeName=node-1'), fields)?.(POD)).toBe(true)
  expect(() => compileFieldSelector(parseFieldSelector('spec.x=1'), fields)).toThrow(
    'field label not supported: spec.x',
  )
})
