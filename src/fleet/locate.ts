import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml'
import type { SourcePosition } from '../base/errors.ts'
import { parsePointer } from './pointer.ts'

/** A document of a file: the how-manieth of those that are not empty, from 0. */
export type DocumentOrigin = { readonly file: string; readonly index: number }

/** Where in a document a field stands: its key or its value; the nearest outer field where it is not there itself. */
export type Locate = (origin: DocumentOrigin, pointer: string, at?: 'key' | 'value') => SourcePosition

/**
 * A {@link Locate} over the texts of files. A text is read with positions only when one is asked for, as that takes
 * several times as long as reading its values.
 */
export const createLocate = (texts: ReadonlyMap<string, string>): Locate => {
  const parsed = new Map<string, LocatedFile>()
  return (origin, pointer, at = 'value') => {
    const { file } = origin
    const located = parsed.get(file) ?? parseLocated(texts.get(file) ?? '')
    parsed.set(file, located)
    const document = located.documents[origin.index]
    const offset = document && findOffset(document, parsePointer(pointer), at)
    if (offset === undefined) return { file }
    const { line, col } = located.lines.linePos(offset)
    return { file, line, column: col }
  }
}

type LocatedFile = { readonly documents: readonly Document.Parsed[]; readonly lines: LineCounter }

const parseLocated = (text: string): LocatedFile => {
  const lines = new LineCounter()
  try {
    const all = parseAllDocuments(text, {
      version: '1.1',
      merge: true,
      uniqueKeys: false,
      logLevel: 'silent',
      prettyErrors: false,
      lineCounter: lines,
    })
    const documents = Array.isArray(all) ? all : []
    return { documents: documents.filter((document) => !isEmpty(document)), lines }
  } catch (error) {
    // The parser is recursive; text nested too deep for it has no positions.
    if (error instanceof RangeError) return { documents: [], lines }
    throw error
  }
}

const isEmpty = (document: Document.Parsed): boolean =>
  document.contents === null || (isScalar(document.contents) && document.contents.value === null)

const findOffset = (
  document: Document.Parsed,
  segments: readonly string[],
  at: 'key' | 'value',
): number | undefined => {
  let node: Node | null = document.contents
  let offset = node?.range?.[0]
  for (const [depth, segment] of segments.entries()) {
    if (isAlias(node)) node = node.resolve(document) ?? null
    if (isMap(node)) {
      const pair = findPair(node, segment, document)
      if (pair === undefined) return offset
      const last = depth === segments.length - 1
      const key = isNode(pair.key) ? pair.key : null
      node = isNode(pair.value) ? pair.value : null
      const target = (last && at === 'key') || !node?.range ? key : node
      offset = target?.range?.[0] ?? offset
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(segment)]
      if (!isNode(item)) return offset
      node = item
      offset = item.range?.[0] ?? offset
    } else {
      return offset
    }
  }
  return offset
}

const findPair = (map: YAMLMap, key: string, document: Document.Parsed): Pair | undefined => {
  const own = map.items.find((pair) => toKeyText(pair.key) === key)
  if (own) return own
  for (const pair of map.items.filter((item) => toKeyText(item.key) === '<<')) {
    const merged = isAlias(pair.value) ? pair.value.resolve(document) : pair.value
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const target = isAlias(source) ? source.resolve(document) : source
      const found = isMap(target) ? findPair(target, key, document) : undefined
      if (found) return found
    }
  }
  return undefined
}

const toKeyText = (key: unknown): string =>
  isScalar(key) ? (typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))) : String(key)
