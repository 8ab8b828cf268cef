import { expect, test } from 'vitest'
import { describeJsonError, listDuplicateKeys } from './go-json.ts'

test.each([
  ['no', "invalid character 'o' in literal null (expecting 'u')"],
  ['', 'unexpected end of JSON input'],
  ['{"a":1', 'unexpected end of JSON input'],
  ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
  ['[1 2]', "invalid character '2' after array element"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['<html>', "invalid character '<' looking for beginning of value"],
  ['{"a":}', "invalid character '}' looking for beginning of value"],
  ['-x', "invalid character 'x' in numeric literal"],
])('%s is described as Go does', (text, expected) => {
  expect(describeJsonError(text)).toBe(expected)
})

test.each(['{}', ' [1, -0.5e+3, "a\\u00e9\\n", true, null, {"a": []}] '])('%s is JSON', (text) => {
  expect(describeJsonError(text)).toBeUndefined()
  expect(() => JSON.parse(text)).not.toThrow()
})

test('keys that stand twice are named by their paths', () => {
  const text = '{"data":{"a":"b","a":"c"},"list":[{"x":1},{"y":1,"y":2,"y":3}],"data":{}}'

  expect(listDuplicateKeys(text)).toEqual(['data.a', 'list[1].y', 'data'])
  expect(listDuplicateKeys('{"a":{"b":1},"c":{"b":1}}')).toEqual([])
})
