import { expect, test } from 'vitest'
import { fitWidths, layoutTable } from './table.ts'
import { measureWidth } from './text.ts'

test('the widest columns give way first', () => {
  expect(fitWidths([10, 40, 30], [5, 5, 5], 60)).toEqual([10, 25, 25])
})

test('no column goes below its least while the others can give', () => {
  expect(fitWidths([20, 60], [20, 5], 30)).toEqual([20, 10])
})

test('where even the least is too much, all give way', () => {
  expect(fitWidths([20, 20], [20, 20], 20)).toEqual([10, 10])
})

test('leaves out columns without content and keeps every line within the width', () => {
  const lines = layoutTable(
    [{ title: 'NAME' }, { title: 'NOTHING' }, { title: 'VALUE' }],
    [
      ['日本語の名前', '', 'x'.repeat(50)],
      ['b', '', 'y'],
    ],
    { width: 40 },
  )

  expect(lines.map(measureWidth).every((width) => width <= 40)).toBe(true)
  expect(lines).toEqual(['NAME          VALUE', '日本語の名前  xxxxxxxxxxxxx…xxxxxxxxxxxx', 'b             y'])
})

test('a cell that wraps goes on below and loses nothing', () => {
  const lines = layoutTable(
    [{ title: 'WHO', wraps: true }, { title: 'WHERE' }],
    [['group:oidc:team-a, user:bob', 'prod']],
    { width: 20 },
  )

  expect(lines).toEqual(['WHO            WHERE', 'group:oidc:    prod', 'team-a, user:', 'bob'])
})
