/** The numbers that uids of one cluster are made of. */
export type UidSeed = readonly [number, number, number, number]

/** A seed from any text: other texts give other uids. */
export const toUidSeed = (text: string): UidSeed => [hash(text, 1), hash(text, 2), hash(text, 3), hash(text, 4)]

/** The uid of the object with this number: the same for the same seed, and shaped as a random (version 4) UUID. */
export const formatUid = ([first, second, third, fourth]: UidSeed, serial: number): string => {
  const spread = mix(serial + 1)
  const [a, b, c, d] = [mix(first ^ spread), mix(second ^ spread), mix(third ^ spread), mix(fourth ^ spread)]
  const version = (b & 0xffff0fff) | 0x4000
  const variant = (c & 0x3fffffff) | 0x80000000
  return `${toHex(a >>> 16)}${toHex(a)}-${toHex(b >>> 16)}-${toHex(version)}-${toHex(variant >>> 16)}-${toHex(c)}${toHex(d >>> 16)}${toHex(d)}`
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

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** The lower 16 bits. */
const toHex = (value: number): string => (BYTES[(value >>> 8) & 0xff] as string) + (BYTES[value & 0xff] as string)
