/** One field as it comes: its number, and a number, 8 bytes, or bytes. */
export type WireField = { readonly number: number; readonly value: bigint | Buffer }

/** The fields of a message in the order they come. Throws a RangeError where the bytes end too early. */
export function* readWire(bytes: Buffer): Generator<WireField> {
  let at = 0
  const readVarint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
      if (shift > 63n) throw new RangeError('a number is too long')
    }
  }
  const readBytes = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError('unexpected EOF')
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const tag = readVarint()
    const number = Number(tag >> 3n)
    switch (Number(tag & 7n)) {
      case 0:
        yield { number, value: BigInt.asIntN(64, readVarint()) }
        break
      case 1:
        yield { number, value: readBytes(8) }
        break
      case 2:
        yield { number, value: readBytes(Number(readVarint())) }
        break
      case 5:
        yield { number, value: readBytes(4) }
        break
      default:
        throw new RangeError('proto: illegal wireType')
    }
  }
}
