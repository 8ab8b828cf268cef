import { expect, test } from 'vitest'
import { compileCel } from './cel.ts'

const OBJECT = {
  spec: { replicas: 2, names: ['a', 'b'] },
  status: { replicas: 2, ratio: 0.5, conditions: [{ type: 'Ready', status: 'True' }] },
}

const evaluate = (expression: string, object: unknown = OBJECT, timeoutMs = 1_000) =>
  compileCel(expression, { variables: ['object'], timeoutMs }).evaluate({ object })

const VALUES: readonly (readonly [string, unknown])[] = [
  ['object.status.replicas == object.spec.replicas', true],
  ['object.status.replicas + 1', 3],
  ['object.status.ratio > 0.2 && object.status.replicas >= 1', true],
  ['object.status.conditions.exists(c, c.type == "Ready" && c.status == "True")', true],
  ['object.spec.names.map(n, n + "!")', ['a!', 'b!']],
  ['has(object.status.missing) && object.status.missing == 1', false],
  ['object.status.?missing.orValue(7)', 7],
  ['object.status.conditions[0].type.matches("^R.*y$")', true],
  ['object.spec.names.all(n, n.matches("^[ab]$"))', true],
  ['size(object.status.conditions) == 1', true],
]
for (const [expression, expected] of VALUES) {
  test(`evaluates ${expression}`, () => {
    expect(evaluate(expression)).toEqual(expected)
  })
}

const INVALID: readonly (readonly [string, RegExp])[] = [
  ['1 +', /"1 \+" is not a CEL expression: Unexpected/],
  ['other == 1', /Unknown variable: other/],
  ['"a" + 1 == 2', /no such overload/],
  ['(('.repeat(200), /Exceeded maxDepth/],
  [`"${'a'.repeat(10_000)}"`, /longer than/],
]
for (const [expression, message] of INVALID) {
  test(`refuses ${expression.slice(0, 20)}`, () => {
    expect(() => evaluate(expression)).toThrow(
      expect.objectContaining({ code: 'CEL_INVALID', message: expect.stringMatching(message) }),
    )
  })
}

const TYPED = {
  variables: { object: { fields: { kind: 'string' } }, labels: 'map<string, string>', value: 'dyn' },
} as const
const MISSPELT: readonly (readonly [string, number, RegExp])[] = [
  ['object.knd == "a"', 7, /No such key: knd/],
  ['labels.env == 1', 0, /no such overload/],
  ['value == 1 && objct.kind == "a"', 14, /Unknown variable: objct/],
]
for (const [expression, offset, reason] of MISSPELT) {
  test(`tells where ${expression} is wrong`, () => {
    expect(() => compileCel(expression, TYPED)).toThrow(
      expect.objectContaining({ details: { offset, reason: expect.stringMatching(reason) } }),
    )
  })
}

test('a condition has to give true or false', () => {
  expect(() => compileCel('object.kind', { ...TYPED, isCondition: true })).toThrow(/it gives a string/)
  expect(compileCel('value', { ...TYPED, isCondition: true }).evaluate({ value: true })).toBe(true)
})

test('a failure says what the evaluator calls it', () => {
  const { evaluate } = compileCel('labels.env == "prod"', TYPED)

  expect(() => evaluate({ labels: {} })).toThrow(expect.objectContaining({ details: { reason: 'no_such_key' } }))
})

test('names the expression that fails', () => {
  expect(() => evaluate('object.nope == 1')).toThrow(
    expect.objectContaining({ code: 'CEL_FAILED', message: 'expression "object.nope == 1" failed: No such key: nope' }),
  )
})

test('ends an expression that loops for too long', () => {
  const list = Array.from({ length: 3_000 }, (_, index) => index)

  expect(() => evaluate('object.all(x, object.all(y, object.all(z, x + y + z >= 0)))', list, 20)).toThrow(
    /it took longer than 20 ms/,
  )
})

test('is not held up by a regular expression', () => {
  expect(evaluate('object.matches("(a+)+$")', `${'a'.repeat(40)}!`)).toBe(false)
})
