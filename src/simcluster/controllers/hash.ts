import { formatCanonical } from '../../kube/canonical.ts'
import type { Json } from '../../kube/object.ts'

/** No vowels, so that no hash is a word. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * A short hash of a value for names and labels, spelt as the controllers spell theirs. They hash Go's print of a
 * struct, so that the same template has another hash there.
 */
export const hashTemplate = (value: unknown, collisions = 0): string => {
  const text = formatCanonical(JSON.parse(JSON.stringify(value)) as Json) + (collisions > 0 ? `#${collisions}` : '')
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return [...String(hash >>> 0)].map((digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join('')
}
