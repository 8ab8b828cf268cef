import { formatCanonical } from '../../kube/canonical.ts'
import type { Json } from '../../kube/object.ts'
import { hashText } from '../hash-text.ts'

/** No vowels, so that no hash is a word. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * A short hash of a value for names and labels, spelt as the controllers spell theirs. They hash Go's print of a
 * struct, so that the same template has another hash there.
 */
export const hashTemplate = (value: unknown, collisions = 0): string => {
  const text = formatCanonical(JSON.parse(JSON.stringify(value)) as Json) + (collisions > 0 ? `#${collisions}` : '')
  return [...String(hashText(text))].map((digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join('')
}
