/** The numbers that uids of one cluster are made of. */
export type UidSeed = readonly [number, number, number, number]

/** A seed from any text: other texts give other uids. */
export const toUidSeed = (text: string): UidSeed => [hash(text, 1), hash(text, 2), hash(text, 3), hash(text, 4)]

/** The uid of the object with this number: the same for the same seed, and shaped as a random (version 4) UUID. */
export const formatUid = (seed: UidSeed, serial: number): string => {
  const [a, b, c, d] = seed.map((word) => mix(word ^ mix(serial + 1))) as [number, number, number, number]
  const variant = (c & 0x3fffffff) | 0x80000000
  return `${toHex(a)}-${toHex(b).slice(0, 4)}-4${toHex(b).slice(5)}-${toHex(variant).slice(0, 4)}-${toHex(variant).slice(4)}${toHex(d)}`
}

const hash = (text: string, start: number): number => {
  let value = mix(start)
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return mix(value)
}

/** Spreads every bit over all others. */
const mix = (value: number): number => {
  let mixed = value | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return mixed ^ (mixed >>> 15)
}

const toHex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0')
