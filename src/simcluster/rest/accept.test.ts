import { expect, test } from 'vitest'
import { negotiate } from './accept.ts'

const read = (accept: string | undefined, userAgent = 'kubectl', pretty: string | null = null) =>
  negotiate(accept, { userAgent, pretty })

const PARTIAL = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

test.each([
  [undefined, 'object', 'json'],
  ['*/*', 'object', 'json'],
  ['application/yaml', 'object', 'yaml'],
  [PARTIAL, 'partial', 'json'],
  [`${PARTIAL},application/json`, 'partial', 'json'],
  [`${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`, 'table', 'json'],
  ['application/vnd.kubernetes.protobuf,application/json', 'object', 'json'],
  ['application/json;as=Nothing;g=meta.k8s.io;v=v1,application/json', 'object', 'json'],
  ['application/yaml;q=0.5,application/json', 'object', 'json'],
])('%s is answered as %s in %s', (accept, as, format) => {
  expect(read(accept)).toMatchObject({ as, format })
})

test('what nobody can write is not acceptable', () => {
  expect(() => read('text/html')).toThrow(
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  )
})

test('people get their answers pretty, programs when they ask', () => {
  expect(read(undefined, 'curl/8.0').pretty).toBe(true)
  expect(read(undefined, 'curl/8.0', 'false').pretty).toBe(false)
  expect(read(undefined, 'kubectl', 'true').pretty).toBe(true)
  expect(read(undefined).pretty).toBe(false)
})
