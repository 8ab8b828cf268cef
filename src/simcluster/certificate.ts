import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate that vouches for itself, and its key, as PEM texts. */
export type Certificate = { readonly certificate: string; readonly key: string }

/**
 * Makes a certificate of a server on this machine (127.0.0.1, ::1, localhost), valid for a year from `now`. Node makes
 * keys and signatures but no certificates, so the few structures of X.509 that one needs are written here.
 */
export const createCertificate = (now: Date): Certificate => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(tag(0x31, sequence(COMMON_NAME, tag(0x0c, Buffer.from('simulated clusters')))))
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))),
    tag(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    sequence(ECDSA_SHA256),
    name,
    sequence(toTime(new Date(now.getTime() - HOUR_MS)), toTime(new Date(now.getTime() + 365 * 24 * HOUR_MS))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(extension(BASIC_CONSTRAINTS, sequence(TRUE)), extension(ALTERNATIVE_NAMES, toNames()))),
  )
  return {
    certificate: toPem(sequence(body, sequence(ECDSA_SHA256), tag(0x03, Buffer.from([0]), signWith(body, privateKey)))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

const HOUR_MS = 3_600_000

const tag = (type: number, ...contents: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(contents)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([type, ...size]), content])
}
const sequence = (...contents: readonly Buffer[]): Buffer => tag(0x30, ...contents)
const identifier = (hex: string): Buffer => tag(0x06, Buffer.from(hex, 'hex'))

const COMMON_NAME = identifier('550403')
const ECDSA_SHA256 = identifier('2a8648ce3d040302')
const BASIC_CONSTRAINTS = identifier('551d13')
const ALTERNATIVE_NAMES = identifier('551d11')
const TRUE = tag(0x01, Buffer.from([0xff]))

const extension = (id: Buffer, value: Buffer): Buffer => sequence(id, tag(0x04, value))

const toNames = (): Buffer =>
  sequence(
    tag(0x82, Buffer.from('localhost')),
    tag(0x87, Buffer.from([127, 0, 0, 1])),
    tag(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])])),
  )

/** `YYMMDDHHMMSSZ`, as X.509 has it up to 2049. */
const toTime = (date: Date): Buffer =>
  tag(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`))

const signWith = (body: Buffer, key: KeyObject): Buffer => sign('sha256', body, key)

const toPem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) as string[]).join('\n')}\n-----END CERTIFICATE-----\n`
