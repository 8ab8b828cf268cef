import { expect, test } from 'vitest'
import { suggestName } from './suggest.ts'

test('suggests the closest name, whatever its case', () => {
  expect(suggestName('eu-prd-1', ['us-prod-1', 'eu-prod-2', 'eu-prod-1'])).toBe('eu-prod-1')
  expect(suggestName('Replicas', ['replicas'])).toBe('replicas')
})

test('suggests nothing where nothing is close', () => {
  expect(suggestName('ab', ['xyz', 'a-long-name'])).toBeUndefined()
  expect(suggestName('ab', [])).toBeUndefined()
})
