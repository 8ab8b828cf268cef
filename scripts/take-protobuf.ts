// Takes the numbers of protobuf fields from the Go modules of the API server that test/real builds, for the kinds it serves
// and what they are made of, into src/simcluster/protobuf/generated: one line a message, `name field=number:type …`, with
// `*type` for a list, `{type}` for a map from text, and `^type` for a message whose fields JSON has in place of it.
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { loadServerDocuments } from '../src/simcluster/schema/server-documents.ts'

const VERSION = 'v0.36.3'
const MODULES = ['api', 'apimachinery', 'apiextensions-apiserver', 'kube-aggregator']
const SCALARS = new Set(['string', 'bytes', 'bool', 'int32', 'int64', 'double'])

type Field = { readonly name: string; readonly number: string; readonly type: string }
type Schema = { readonly properties?: Readonly<Record<string, object>> }

/** What OpenAPI says of each message, by its protobuf name. */
const readSchemas = (): ReadonlyMap<string, Schema> => {
  const { paths, read } = loadServerDocuments()
  const schemas = paths
    .filter((path) => /^\/openapi\/v3\/apis?\/.*v\d\w*$/.test(path))
    .flatMap((path) => Object.entries<Schema>(JSON.parse(read(path) as string).components?.schemas ?? {}))
  return new Map(schemas.map(([name, schema]) => [name.replace(/^io\.k8s\./, 'k8s.io.'), schema]))
}

const readMessages = (text: string, schemas: ReadonlyMap<string, Schema>): [string, readonly Field[]][] => {
  const scope = /^package ([\w.]+);/m.exec(text)?.[1] as string
  const toFullName = (type: string): string =>
    SCALARS.has(type) ? type : type.startsWith('.') ? type.slice(1) : type.includes('.') ? type : `${scope}.${type}`
  const pattern = /^ {2}(?:(optional|repeated) )?(map<string, ([\w.]+)>|[\w.]+) (\w+) = (\d+)/gm
  return [...text.matchAll(/^message (\w+) \{\n(.*?)^\}/gms)].map(([, message, body = '']) => {
    const properties = schemas.get(`${scope}.${message}`)?.properties
    const fields = [...body.matchAll(pattern)].map(([, label, type = '', value, given = '', number = '']): Field => {
      const name = given.charAt(0).toLowerCase() + given.slice(1)
      const full = toFullName(value ?? type)
      const isInline = properties !== undefined && !(name in properties) && !SCALARS.has(full) && label === 'optional'
      return { name, number, type: value ? `{${full}}` : `${isInline ? '^' : label === 'repeated' ? '*' : ''}${full}` }
    })
    return [`${scope}.${message}`, fields]
  })
}

const cache = execFileSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).trim()
const schemas = readSchemas()
const messages = new Map(
  MODULES.flatMap((module) => {
    const root = join(cache, 'k8s.io', `${module}@${VERSION}`)
    return globSync('**/generated.proto', { cwd: root }).flatMap((file) =>
      readMessages(readFileSync(join(root, file), 'utf8'), schemas),
    )
  }),
)
const wanted = new Set<string>()
const add = (name: string): void => {
  if (wanted.has(name) || !messages.has(name)) return
  wanted.add(name)
  for (const { type } of messages.get(name) ?? []) add(type.replace(/[*{}^]/g, ''))
}
for (const name of schemas.keys()) add(name)
const lines = [...wanted].sort().map((name) => {
  const fields = (messages.get(name) ?? []).map((field) => `${field.name}=${field.number}:${field.type}`)
  return [name, ...fields].join(' ')
})
const packed = brotliCompressSync(lines.join('\n'), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
writeFileSync(join(import.meta.dirname, '../src/simcluster/protobuf/generated/messages.br'), packed)
console.log(`${lines.length} messages, packed ${packed.length}`)
