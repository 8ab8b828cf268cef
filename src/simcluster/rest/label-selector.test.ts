import { expect, test } from 'vitest'
import { parseLabelSelector } from './label-selector.ts'

const LABELS = { app: 'web', tier: 'front', weight: '7' }

test.each([
  ['app=web', true],
  ['app==web', true],
  ['app=db', false],
  ['app!=db', true],
  ['missing!=db', true],
  ['app in (web, db)', true],
  ['app in (db)', false],
  ['app notin (db,api)', true],
  ['missing notin (db)', true],
  ['app', true],
  ['missing', false],
  ['!missing', true],
  ['!app', false],
  ['weight>6,weight<8', true],
  ['weight>7', false],
  ['app>1', false],
  ['app=web,tier in (front),!canary', true],
  ['app=web,tier=back', false],
  ['missing=', false],
  ['missing in (,a)', false],
])('%s selects the labels: %s', (selector, expected) => {
  expect(parseLabelSelector(selector)?.(LABELS)).toBe(expected)
})

test('an empty selector selects everything', () => {
  expect(parseLabelSelector('')).toBeUndefined()
  expect(parseLabelSelector('  ')).toBeUndefined()
})

test.each([
  ['a=b=c', "found '=', expected: ',' or 'end of string'"],
  ['=a', "found '=', expected: !, identifier, or 'end of string'"],
  ['a=b,', "found '', expected: identifier after ','"],
  ['a in b', "unable to parse requirement: found 'b' expected: '('"],
  ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  [
    'a>b',
    "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
  ],
])('%s is refused in the words of the server', (selector, message) => {
  expect(() => parseLabelSelector(selector)).toThrow(message)
})
