import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatCanonical, measureCanonical } from './canonical.ts'

test('measures a value as long as its canonical text is, members without a value included', () => {
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(undefined, null, true, 1.5, 'é"\n'),
      fc.string(),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('node'), { maxKeys: 4 }),
    ),
  })).node

  fc.assert(
    fc.property(value, (node) => {
      const known = new WeakMap<object, number>()

      expect(measureCanonical(node, known)).toBe(formatCanonical(node).length)
      expect(measureCanonical(node, known)).toBe(formatCanonical(node).length)
    }),
  )
})
