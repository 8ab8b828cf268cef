import type { Json, JsonObject } from '../../kube/object.ts'
import { isJsonObject, mapTexts, visitJson } from './json.ts'
import type { RecordedAnswer } from './recorded-answer.ts'

/** What of a case is known beside its answers. */
export type MaskContext = {
  readonly ns: string
  readonly id: string
  /** All that the case says, as text: what it says itself is not volatile. */
  readonly said: string
}

/**
 * Replaces what differs from run to run by what it is to the other answers of the case: uids and generated names are
 * numbered as they come, resource versions of objects by their order. Times, addresses, tokens, certificates and the
 * resource versions of lists (others write, too) lose all meaning.
 */
export const maskAnswers = (answers: readonly RecordedAnswer[], context: MaskContext): readonly RecordedAnswer[] => {
  const ranks = rankVersions(answers)
  const maskText = createTextMask(answers, context)
  return answers.map((answer) => {
    const masked = mapTexts(maskFields(answer as Json, ranks, context) as Json, maskText)
    return masked as RecordedAnswer
  })
}

const isList = ({ kind, metadata, items }: JsonObject): boolean =>
  typeof kind === 'string' &&
  isJsonObject(metadata) &&
  metadata.uid === undefined &&
  (items !== undefined || kind === 'Table')

const isBookmark = (event: JsonObject): boolean => event.type === 'BOOKMARK'

const VERSION = /^\d+$/

const rankVersions = (answers: readonly RecordedAnswer[]): ReadonlyMap<string, string> => {
  const found = new Set<string>()
  const visit = (value: Json | undefined): void => {
    if (Array.isArray(value)) for (const item of value) visit(item)
    if (!isJsonObject(value) || isBookmark(value)) return
    const version = isJsonObject(value.metadata) ? value.metadata.resourceVersion : undefined
    if (!isList(value) && typeof version === 'string' && VERSION.test(version)) found.add(version)
    for (const below of Object.values(value)) visit(below)
  }
  for (const answer of answers) visit(answer as Json)
  const ordered = [...found].sort((left, right) => (BigInt(left) < BigInt(right) ? -1 : 1))
  return new Map(ordered.map((version, index) => [version, `<version ${index + 1}>`]))
}

const maskFields = (value: Json, ranks: ReadonlyMap<string, string>, context: MaskContext, inList = false): Json => {
  if (Array.isArray(value)) return value.map((item) => maskFields(item, ranks, context))
  if (!isJsonObject(value)) return value
  const listed = inList || isList(value)
  return Object.fromEntries(
    Object.entries(value).map(([key, below]) => {
      if (key === 'resourceVersion' && typeof below === 'string' && VERSION.test(below)) {
        return [
          key,
          inList || (below === '0' ? undefined : ranks.get(below)) === undefined
            ? toListVersion(below)
            : ranks.get(below),
        ]
      }
      if (/nodePort$/i.test(key) && typeof below === 'number' && !context.said.includes(String(below))) {
        return [key, below === 0 ? 0 : '<port>']
      }
      if (key === 'continue' && typeof below === 'string' && below !== '') return [key, '<continue>']
      if (key === 'metadata') return [key, maskFields(below as Json, ranks, context, listed)]
      if (isBookmark(value) && key === 'object') return [key, maskFields(below as Json, new Map(), context)]
      return [key, maskFields(below as Json, ranks, context)]
    }),
  )
}

const toListVersion = (version: string): string => (version === '0' ? '0' : '<version>')

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g
const TOKEN = /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g
const PEM = /-----BEGIN [\s\S]*?-----END [A-Z ]+-----\n?/g
const PACKED_PEM = /\bLS0tLS1CRUdJTi[\w+/=]+/g
const ADDRESS = /\b(?:\d{1,3}\.){3}\d{1,3}\b(?::\d{4,5}\b)?/g
/** A version in a message: after the word, or in "too old resource version: 5 (17)". */
const VERSION_IN_MESSAGE = /(resource ?version[^0-9{]{0,40})\d+(?: \(\d+\)|(?<=\d), current: \d+)?/gi
const OBJECT_META_VERSION = /(ResourceVersion in object meta: )\d+/g

/** Servers that share an etcd have prefixes of their own there. */
const STORAGE_KEY = /\bKey: \/[\w-]+\//g

const createTextMask = (
  answers: readonly RecordedAnswer[],
  { ns, id, said }: MaskContext,
): ((text: string) => string) => {
  const numbered = new Map<string, string>()
  const number = (text: string, word: string): string => {
    const known = numbered.get(text)
    if (known !== undefined) return known
    const count = [...numbered.values()].filter((name) => name.startsWith(`<${word} `)).length
    numbered.set(text, `<${word} ${count + 1}>`)
    return numbered.get(text) as string
  }
  const generated = findGenerated(answers, ns)
  const patterns = [TOKEN_VOLUME, ...toGenerateNames(said)]
  const unlessSaid = (mask: string) => (found: string) => (said.includes(found) ? found : mask)
  return (text) => {
    let masked = text.replaceAll(ns, '{ns}').replaceAll(id, '{id}').replace(PROGRAM, 'kube-controller-manager')
    for (const pattern of patterns) masked = masked.replace(pattern, (found) => number(found, 'generated'))
    for (const [value, word] of generated) {
      if (masked.includes(value)) masked = masked.replaceAll(value, number(value, word))
    }
    return masked
      .replace(UUID, (uid) => (said.includes(uid) ? uid : number(uid, 'uid')))
      .replace(TIME, (time, fraction) =>
        said.includes(time) ? time : fraction === undefined ? '<time>' : '<micro time>',
      )
      .replace(TOKEN, '<token>')
      .replace(PEM, unlessSaid('<certificate>'))
      .replace(PACKED_PEM, unlessSaid('<packed certificate>'))
      .replace(ADDRESS, unlessSaid('<address>'))
      .replace(VERSION_IN_MESSAGE, (found, before: string) => (said.includes(found) ? found : `${before}<version>`))
      .replace(OBJECT_META_VERSION, '$1<version>')
      .replace(STORAGE_KEY, 'Key: /registry/')
  }
}

/** Names that the case asks the server to make, also where nothing else of the object is told. */
const toGenerateNames = (said: string): readonly RegExp[] =>
  [...said.matchAll(/"generateName":"([^"{}]+)"/g)].map(([, prefix]) => new RegExp(`(?<=${prefix})[a-z0-9]{5}\\b`, 'g'))

const TOKEN_VOLUME = /(?<=kube-api-access-)[a-z0-9]{5}\b/g
/** Where all components are one program, it is called by the program's name. */
const PROGRAM = /^controlplane-[0-9a-f]{16}$/

const HASH_LABELS = ['pod-template-hash', 'controller-revision-hash']

/** Suffixes of generated names and hashes of templates, with the word they are masked by. Longest first. */
const findGenerated = (answers: readonly RecordedAnswer[], ns: string): readonly (readonly [string, string])[] => {
  const found = new Map<string, string>()
  visitJson(answers as unknown as Json, (value) => {
    if (!isJsonObject(value)) return
    const { generateName, name, labels, groupVersion, resources } = value
    if (typeof groupVersion === 'string' && groupVersion.includes(ns) && Array.isArray(resources)) {
      // Of the group's name, which is the case's own.
      for (const { storageVersionHash } of resources) {
        if (typeof storageVersionHash === 'string') found.set(storageVersionHash, 'hash')
      }
    }
    if (typeof generateName === 'string' && typeof name === 'string' && name.startsWith(generateName)) {
      if (name.length > generateName.length) found.set(name.slice(generateName.length), 'generated')
    }
    if (!isJsonObject(labels)) return
    for (const label of HASH_LABELS) {
      const hash = labels[label]
      if (typeof hash === 'string' && hash.length > 4) found.set(hash, 'hash')
    }
  })
  return [...found].sort(([left], [right]) => right.length - left.length)
}
