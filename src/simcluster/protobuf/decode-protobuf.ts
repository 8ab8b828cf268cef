import { findMessage, type MessageField } from './messages.ts'
import { readWire } from './read-wire.ts'

/** Bytes that every body in protobuf begins with. */
const MAGIC = Buffer.from('k8s\0')

type Decoded = Record<string, unknown>

/** Whether the bytes are an object in protobuf. */
export const isProtobuf = (bytes: Buffer): boolean => bytes.subarray(0, 4).equals(MAGIC)

/** The JSON value of an object in protobuf. Throws where it cannot be read, or its kind is not known in this form. */
export const decodeProtobuf = (bytes: Buffer): Decoded => {
  if (!isProtobuf(bytes))
    throw new Error('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  let apiVersion = ''
  let kind = ''
  let raw: Buffer = Buffer.alloc(0)
  for (const { number, value } of readWire(bytes.subarray(4))) {
    if (number === 2) raw = value as Buffer
    if (number !== 1) continue
    for (const field of readWire(value as Buffer)) {
      if (field.number === 1) apiVersion = String(field.value)
      if (field.number === 2) kind = String(field.value)
    }
  }
  const name = toMessageName(apiVersion, kind)
  if (!findMessage(name))
    throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`)
  return { apiVersion, kind, ...decodeMessage(raw, name) }
}

const META = 'k8s.io.apimachinery.pkg.apis.meta.v1'

const toMessageName = (apiVersion: string, kind: string): string => {
  if (/Options$/.test(kind)) return `${META}.${kind}`
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion]
  return `k8s.io.api.${group === '' ? 'core' : (group.split('.')[0] as string)}.${version}.${kind}`
}

const decodeMessage = (bytes: Buffer, name: string): Decoded => {
  const message = findMessage(name)
  const decoded: Decoded = {}
  for (const { number, value } of readWire(bytes)) {
    const field = message?.get(number)
    if (!field) continue
    switch (field.shape) {
      case 'one':
        put(decoded, field.name, decodeValue(value, field.type))
        break
      case 'inline':
        Object.assign(decoded, decodeMessage(value as Buffer, field.type))
        break
      case 'list':
        decoded[field.name] = [...((decoded[field.name] as unknown[]) ?? []), decodeValue(value, field.type)]
        break
      case 'map':
        decoded[field.name] = { ...(decoded[field.name] as object), ...decodeEntry(value as Buffer, field) }
        break
      default:
        field.shape satisfies never
    }
  }
  return decoded
}

/** Texts that are always written, and empty where Go has none, are no part of the object. */
const put = (decoded: Decoded, name: string, value: unknown): void => {
  if (value !== undefined && value !== '') decoded[name] = value
}

const decodeEntry = (bytes: Buffer, { type }: MessageField): Decoded => {
  let key = ''
  let decoded: unknown = type === 'string' ? '' : undefined
  for (const { number, value } of readWire(bytes)) {
    if (number === 1) key = String(value)
    else decoded = decodeValue(value, type)
  }
  return { [key]: decoded }
}

const decodeValue = (value: bigint | Buffer, type: string): unknown => {
  switch (type) {
    case 'string':
      return String(value)
    case 'bytes':
      return (value as Buffer).toString('base64')
    case 'bool':
      return value !== 0n
    case 'int32':
    case 'int64':
      return Number(value)
    case 'double':
      return (value as Buffer).readDoubleLE()
    default:
      return (SPECIAL[type] ?? decodeMessage)(value as Buffer, type)
  }
}

const readFields = (bytes: Buffer): ReadonlyMap<number, bigint | Buffer> =>
  new Map([...readWire(bytes)].map(({ number, value }) => [number, value]))

const decodeTime =
  (digits: number) =>
  (bytes: Buffer): string | undefined => {
    const fields = readFields(bytes)
    const seconds = fields.get(1)
    if (seconds === undefined) return undefined
    const base = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19)
    const nanos = String(fields.get(2) ?? 0n).padStart(9, '0')
    return digits === 0 ? `${base}Z` : `${base}.${nanos.slice(0, digits)}Z`
  }
const decodeJson = (bytes: Buffer): unknown => {
  const raw = readFields(bytes).get(1)
  return raw === undefined ? undefined : JSON.parse(String(raw))
}
const decodeItems = (bytes: Buffer): unknown => [...readWire(bytes)].map(({ value }) => String(value))

/** Messages that are something else than an object in JSON. */
const SPECIAL: Readonly<Record<string, (bytes: Buffer, type: string) => unknown>> = {
  'k8s.io.apimachinery.pkg.api.resource.Quantity': (bytes) => String(readFields(bytes).get(1) ?? '0'),
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': (bytes) => {
    const fields = readFields(bytes)
    return fields.get(1) === 1n ? String(fields.get(3) ?? '') : Number(fields.get(2) ?? 0n)
  },
  [`${META}.Time`]: decodeTime(0),
  [`${META}.MicroTime`]: decodeTime(6),
  [`${META}.FieldsV1`]: decodeJson,
  [`${META}.Verbs`]: decodeItems,
  'k8s.io.apimachinery.pkg.runtime.RawExtension': decodeJson,
  'k8s.io.api.authentication.v1.ExtraValue': decodeItems,
  'k8s.io.api.authorization.v1.ExtraValue': decodeItems,
  'k8s.io.api.certificates.v1.ExtraValue': decodeItems,
}
