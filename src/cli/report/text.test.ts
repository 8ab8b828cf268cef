import { expect, test } from 'vitest'
import {
  breakText,
  cutMiddle,
  formatAge,
  formatSome,
  formatValue,
  measureWidth,
  padText,
  toPrintable,
  wrapText,
} from './text.ts'

test('measures East Asian characters and emoji as two columns, combining marks as none', () => {
  expect(['abc', '日本', '😀', 'e\u0301', '👩‍👧'].map(measureWidth)).toEqual([3, 4, 2, 1, 2])
})

test('cuts the middle of a text, so that its end stays', () => {
  expect(cutMiddle('registry.example.com/team/app:v12', 20)).toBe('registry.e…m/app:v12')
  expect(cutMiddle('short', 20)).toBe('short')
})

test('never exceeds the width with wide characters', () => {
  for (const width of [0, 1, 2, 3, 4, 5, 9]) {
    expect(measureWidth(cutMiddle('日本語のとても長い値', width))).toBeLessThanOrEqual(width)
  }
})

test('fills by columns, not by characters', () => {
  expect(`${padText('日本', 6)}|`).toBe('日本  |')
})

test('shows control characters instead of sending them to the terminal', () => {
  expect(toPrintable('a\u001b[31mb\nc\u202ed')).toBe('a\\u001b[31mb\\nc\\u202ed')
})

test('quotes only texts that would be read as something else', () => {
  expect(['text', '', '1', 'true', ' a', 1, true, null, undefined, { a: [1] }].map(formatValue)).toEqual([
    'text',
    '""',
    '"1"',
    '"true"',
    '" a"',
    '1',
    'true',
    'null',
    '(none)',
    '{"a":[1]}',
  ])
})

test('tells how long ago in the largest unit', () => {
  const now = new Date('2026-05-01T12:00:00Z')

  expect(
    ['2026-05-01T11:59:57Z', '2026-05-01T11:57:00Z', '2026-05-01T09:00:00Z', '2026-04-20T12:00:00Z', 'never'].map(
      (time) => formatAge(time, now),
    ),
  ).toEqual(['3s ago', '3m ago', '3h ago', '11d ago', 'never'])
})

test('lists some names and counts the rest', () => {
  expect(formatSome(['a', 'b', 'c'], 3)).toBe('a, b, c')
  expect(formatSome(['a', 'b', 'c', 'd'], 3)).toBe('a, b and 2 more')
})

test('wraps between words, and cuts a word that is too long', () => {
  expect(wrapText('one two three', 8)).toEqual(['one two', 'three'])
  expect(wrapText('a-word-that-is-too-long and', 8)).toEqual(['a-wo…ong', 'and'])
})

test('a text is broken at the last space or separator, else anywhere, and loses nothing', () => {
  expect(breakText('fits', 10)).toEqual(['fits'])
  expect(breakText('in shop of prod-eu', 10)).toEqual(['in shop of', 'prod-eu'])
  expect(breakText('ClusterRole/lockstep:team', 14)).toEqual(['ClusterRole/', 'lockstep:team'])
  expect(breakText('abcdefgh', 3)).toEqual(['abc', 'def', 'gh'])
  expect(breakText('日本', 1)).toEqual(['日', '本'])
})
