import { isDeepStrictEqual } from 'node:util'
import {
  Document,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type ParsedNode,
  parseAllDocuments,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'

/** One change of a document. A path names maps by key and lists by index. */
export type DocumentEdit =
  | { readonly op: 'set'; readonly path: EditPath; readonly value: unknown }
  /** Adds an item to a list. */
  | { readonly op: 'append'; readonly path: EditPath; readonly value: unknown }
  /** Takes away a key of a map or an item of a list. */
  | { readonly op: 'remove'; readonly path: EditPath }

type EditPath = readonly (string | number)[]
type Parsed = Document.Parsed<ParsedNode>

/** A file of the fleet repository before and after; undefined: it is not there. */
export type FileChange = {
  readonly file: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/**
 * Changes one document of a file (the how-manieth of those that are not empty) and keeps all the rest as it is written:
 * comments, order, style. Where a change cannot be made in place, that document alone is written anew, comments kept.
 */
export const editDocument = (text: string, index: number, edits: readonly DocumentEdit[]): string =>
  edits.reduce((current, edit) => {
    const document = findDocument(current, index)
    const expected = applyEdit(document, edit).toJS()
    const spliced = spliceEdit(current, document, edit)
    if (spliced !== undefined && isDeepStrictEqual(readDocument(spliced, index), expected)) return spliced
    const [start, , end] = document.range
    return `${current.slice(0, start)}${formatDocument(applyEdit(document, edit))}${current.slice(end)}`
  }, text)

/** A file with one more document at its end. */
export const appendDocument = (text: string | undefined, value: unknown): string => {
  const added = formatDocument(createDocument(value))
  if (text === undefined || text.trim() === '') return added
  return `${text.trimEnd()}\n---\n${added}`
}

/** A file without one of its documents; undefined where none is left. */
export const removeDocument = (text: string, index: number): string | undefined => {
  if (listDocuments(text).length <= 1) return undefined
  // What holds comments alone stays: it speaks of the file.
  let at = -1
  return text
    .split(/^---(?:[ \t].*)?\n/m)
    .filter((part) => listDocuments(part).length === 0 || ++at !== index)
    .map((part) => (part.trim() === '' ? '' : `${part.trimEnd()}\n`))
    .join('---\n')
}

/** As Kubernetes reads YAML, `yes` has to be quoted and a time has not. */
const createDocument = (value: unknown): Document =>
  new Document(value, {
    version: '1.1',
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !tag.tag.endsWith(':timestamp')),
  })

/** A value as one line of YAML: `{role: deployer, subjects: [{group: "oidc:team-a"}]}`. */
const formatFlow = (value: unknown): string =>
  createDocument(value).toString({ collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trimEnd()

const formatDocument = (document: Document): string => document.toString({ flowCollectionPadding: false, lineWidth: 0 })

const listDocuments = (text: string): Parsed[] => {
  const all = parseAllDocuments(text, { keepSourceTokens: true })
  return (Array.isArray(all) ? all : []).filter(
    ({ contents }) => contents !== null && !(isScalar(contents) && contents.value === null),
  ) as Parsed[]
}

const findDocument = (text: string, index: number): Parsed => listDocuments(text)[index] as Parsed
const readDocument = (text: string, index: number): unknown => listDocuments(text)[index]?.toJS()

const applyEdit = (document: Parsed, edit: DocumentEdit): Document => {
  const copy = document.clone()
  if (edit.op === 'remove') copy.deleteIn(edit.path)
  else if (edit.op === 'append') copy.addIn(edit.path, copy.createNode(edit.value))
  else copy.setIn(edit.path, copy.createNode(edit.value))
  return copy
}

/** The text with the change made in place; undefined where that is not known to be possible. */
const spliceEdit = (text: string, document: Parsed, edit: DocumentEdit): string | undefined => {
  const node = document.getIn(edit.path, true) as Node | undefined
  switch (edit.op) {
    case 'append':
      return isSeq(node) ? spliceItem(text, node, formatFlow(edit.value)) : undefined
    case 'set': {
      if (node?.range) return splice(text, node.range[0], node.range[1], formatFlow(edit.value))
      const outer = document.getIn(edit.path.slice(0, -1), true)
      return isMap(outer) ? splicePair(text, outer, `${edit.path.at(-1)}: ${formatFlow(edit.value)}`) : undefined
    }
    case 'remove': {
      const outer = document.getIn(edit.path.slice(0, -1), true)
      return isSeq(outer) || isMap(outer) ? removePart(text, outer, edit.path.at(-1) as string | number) : undefined
    }
    default:
      return edit satisfies never
  }
}

const splice = (text: string, start: number, end: number, replacement: string): string =>
  text.slice(0, start) + replacement + text.slice(end)

const spliceItem = (text: string, list: YAMLSeq, item: string): string | undefined => {
  const last = list.items.at(-1) as Node | undefined
  if (!last?.range) return undefined
  if (list.flow) return splice(text, last.range[1], last.range[1], `, ${item}`)
  const line = findLineStart(text, (list.range as [number, number, number])[0])
  const indent = /^[ ]*/.exec(text.slice(line))?.[0] ?? ''
  return insertLine(text, last.range[1], `${indent}- ${item}`)
}

const splicePair = (text: string, map: YAMLMap, pair: string): string | undefined => {
  const last = map.items.at(-1)
  const end = ((last?.value ?? last?.key) as Node | undefined)?.range?.[1]
  const start = (map.items[0]?.key as Node | undefined)?.range?.[0]
  if (end === undefined || start === undefined) return undefined
  if (map.flow) return splice(text, end, end, `, ${pair}`)
  return insertLine(text, end, `${' '.repeat(start - findLineStart(text, start))}${pair}`)
}

/** After the line that a position is in, so that a comment at its end stays there. */
const insertLine = (text: string, position: number, line: string): string => {
  const before = text[position - 1] === '\n' ? position - 1 : position
  const end = text.indexOf('\n', before)
  return end < 0 ? `${text}\n${line}\n` : splice(text, end, end, `\n${line}`)
}

const removePart = (text: string, outer: YAMLSeq | YAMLMap, key: string | number): string | undefined => {
  const starts = outer.items.map((item) => (isMap(outer) ? (item as { key: Node }).key : (item as Node)).range?.[0])
  const at = isMap(outer) ? outer.items.findIndex((item) => isScalar(item.key) && item.key.value === key) : Number(key)
  const start = starts[at]
  const next = starts[at + 1]
  const item = outer.items[at]
  const value = (isMap(outer) ? (item as { value: Node | null }).value : (item as Node)) ?? undefined
  if (start === undefined || value?.range === undefined || value.range === null) return undefined
  if (outer.flow) {
    if (next !== undefined) return splice(text, start, next, '')
    const before = text.slice(0, start).replace(/,\s*$/, '')
    return before + text.slice(value.range[1])
  }
  const line = findLineStart(text, start)
  // The first key of an item of a list shares its line with the dash.
  if (isMap(outer) && text.slice(line, start).trim() !== '') return undefined
  const end = next === undefined ? endOfLine(text, value.range[1]) : findLineStart(text, next)
  return splice(text, line, end, '')
}

const findLineStart = (text: string, position: number): number => text.lastIndexOf('\n', position - 1) + 1

const endOfLine = (text: string, position: number): number => {
  if (text[position - 1] === '\n') return position
  const end = text.indexOf('\n', position)
  return end < 0 ? text.length : end + 1
}
