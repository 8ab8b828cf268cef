import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatMatcher, type Matcher, matchesAll, parseMatchers } from './alert-matcher.ts'

/** What is written → label, operator, value of each, as Alertmanager reads it. */
const WRITTEN: Readonly<Record<string, readonly (readonly [string, string, string])[]>> = {
  'severity="critical"': [['severity', '=', 'critical']],
  'severity=critical': [['severity', '=', 'critical']],
  '  severity !=  "low" ': [['severity', '!=', 'low']],
  'owner=~"@net.*"': [['owner', '=~', '@net.*']],
  'owner!~@net': [['owner', '!~', '@net']],
  'foo=': [['foo', '=', '']],
  'foo=""': [['foo', '=', '']],
  'foo==bar': [['foo', '=', '=bar']],
  'a="b",c="d"': [
    ['a', '=', 'b'],
    ['c', '=', 'd'],
  ],
  '{a="b", c!="d", }': [
    ['a', '=', 'b'],
    ['c', '!=', 'd'],
  ],
  'a="one, two"': [['a', '=', 'one, two']],
  'a="say \\"hi, you\\"",b=c': [
    ['a', '=', 'say "hi, you"'],
    ['b', '=', 'c'],
  ],
  'a="x\\ny\\\\z\\d"': [['a', '=', 'x\ny\\z\\d']],
  'name=~"web-[0-9]{2}"': [['name', '=~', 'web-[0-9]{2}']],
  'name=~web-[0-9]{2}': [['name', '=~', 'web-[0-9]{2}']],
  'cluster_label_a:b="ü"': [['cluster_label_a:b', '=', 'ü']],
  '': [],
  '{}': [],
}
for (const [text, expected] of Object.entries(WRITTEN)) {
  test(`reads ${text}`, () => {
    const matchers = parseMatchers(text)

    expect(matchers.map(({ label, operator, value }) => [label, operator, value])).toEqual(expected)
    expect(matchers.flatMap((one) => parseMatchers(formatMatcher(one))).map(formatMatcher)).toEqual(
      matchers.map(formatMatcher),
    )
  })
}

test('a matcher that is written out reads as itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('=', '!='), (value, operator) => {
      const [matcher, ...more] = parseMatchers(`a${operator}"${value.replace(/[\\"]/g, '\\$&')}"`)
      expect(more).toEqual([])
      expect(matcher?.value).toBe(value)
      expect(parseMatchers(formatMatcher(matcher as Matcher)).map((one) => one.value)).toEqual([value])
    }),
  )
})

test('any text is matchers, or refused as none', () => {
  const parts = ['a', 'b', '=', '!', '~', '"', '\\', ',', '{', '}', ' ', '\n', '(', '[', '*', '=~"', 'a=']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts)), (written) => {
      try {
        parseMatchers(written.join(''))
      } catch (error) {
        expect(error).toMatchObject({ code: 'MATCHER_INVALID' })
      }
    }),
  )
})

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['severity', /"severity" is not a matcher: it is not a label/],
  ['="critical"', /it is not a label/],
  ['1a=b', /it is not a label/],
  ['a-b=c', /it is not a label/],
  [',a=b', /"" is not a matcher/],
  ['a="b', /a quote that does not belong there/],
  ['a=b"', /a quote that does not belong there/],
  ['a="b"c"', /a quote that does not belong there/],
  ['a=~"["', /"a=~"\["" is not a matcher: .*missing closing \]/],
  ['a=~"(?=b)"', /unsupported Perl syntax/],
  ['a=~"a)|(b"', /unexpected \)/],
  [`a=~"${'((a{100}){100}){100}'}"`, /invalid repeat count/],
  [`a="${'b'.repeat(4_000)}"`, /longer than 4000/],
]
for (const [text, message] of REFUSED) {
  test(`refuses ${text.slice(0, 30)}`, () => {
    expect(() => parseMatchers(text)).toThrow(
      expect.objectContaining({ code: 'MATCHER_INVALID', message: expect.stringMatching(message) }),
    )
  })
}

const LABELS = { severity: 'critical', owner: '@network', namespace: '' }
const HOLDS: Readonly<Record<string, boolean>> = {
  'severity=critical': true,
  'severity!=critical': false,
  'owner=~"@net"': false,
  'owner=~"@net.*"': true,
  'owner=~"a|@net.*"': true,
  'owner!~"@net"': true,
  'namespace=""': true,
  'absent=""': true,
  'absent!=""': false,
  'absent=~".*"': true,
  'absent=~".+"': false,
  'absent!~".+"': true,
  'severity=critical,owner=nobody': false,
  'constructor=""': true,
}
for (const [text, expected] of Object.entries(HOLDS)) {
  test(`${text} ${expected ? 'holds' : 'does not hold'}`, () => {
    expect(matchesAll(parseMatchers(text), LABELS)).toBe(expected)
  })
}

test('is not held up by a regular expression', () => {
  expect(matchesAll(parseMatchers('a=~"(a+)+$"'), { a: `${'a'.repeat(40)}!` })).toBe(false)
})
