const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const NANO = 1_000_000_000n

/**
 * A quantity as the server writes it: the largest suffix of its own kind that leaves a whole number, what is finer than a
 * nano rounded up. Undefined where it is none. Pure.
 */
export const formatQuantity = (value: string | number): string | undefined => {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?\d+))?\s*$/.exec(
    String(value),
  )
  if (!match) return undefined
  const [, sign = '', whole = '', fraction = '', suffix = '', exponent] = match
  if (whole === '' && fraction === '') return undefined
  const nanos = toNanos(`${whole}${fraction}`, fraction.length, suffix, Number(exponent ?? 0))
  if (nanos === 0n) return '0'
  const text = suffix.endsWith('i') ? formatBinary(nanos) : formatDecimal(nanos, exponent !== undefined)
  return `${sign === '-' ? '-' : ''}${text}`
}

const toNanos = (digits: string, fractionDigits: number, suffix: string, exponent: number): bigint => {
  const number = BigInt(digits)
  if (suffix.endsWith('i'))
    return divideUp(number * NANO * 1_024n ** BigInt(BINARY.indexOf(suffix)), 10n ** BigInt(fractionDigits))
  const power = 3 * DECIMAL.indexOf(suffix) + exponent - fractionDigits
  return power >= 0 ? number * 10n ** BigInt(power) : divideUp(number, 10n ** BigInt(-power))
}

const divideUp = (number: bigint, by: bigint): bigint => (number + by - 1n) / by

const formatBinary = (nanos: bigint): string => {
  if (nanos % NANO !== 0n || nanos < 1_024n * NANO) return formatDecimal(nanos, false)
  let number = nanos / NANO
  let at = 0
  for (; at < BINARY.length - 1 && number % 1_024n === 0n; at++) number /= 1_024n
  return `${number}${BINARY[at]}`
}

const formatDecimal = (nanos: bigint, isExponent: boolean): string => {
  let number = nanos
  let at = 0
  for (; at < DECIMAL.length - 1 && number % 1_000n === 0n; at++) number /= 1_000n
  const power = (at - 3) * 3
  if (isExponent) return power === 0 ? String(number) : `${number}e${power}`
  return `${number}${DECIMAL[at]}`
}
