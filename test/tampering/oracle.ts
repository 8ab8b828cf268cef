import { type FieldPath, type PathSegment, parseFieldPath } from '../../src/kube/field-path.ts'
import { formatRef, type KubeObject, type ObjectRef, toRef } from '../../src/kube/object.ts'
import { isOnlyReported, type Known, toContent } from './entitled.ts'
import { at, canonical, escapeKey, type Tree } from './tree.ts'

/**
 * The truth about drift, found without the product: two full readings of an object, before and after, and what the
 * documentation says others may write. Findings are right when undoing exactly them in the second reading gives the
 * first, and none of them speaks of a field that is equal in both.
 */
export type Problem = {
  readonly type: 'miss' | 'falseAlarm' | 'notHealed' | 'leak' | 'failed'
  readonly object: string
  readonly field?: string
  readonly message: string
}

/** A finding as far as the oracle reads it. */
export type Told = {
  readonly object: ObjectRef
  readonly drift: string
  readonly field?: string
  readonly git?: unknown
  readonly live?: unknown
}

/** One object's two readings; absent: it was not there. */
export type Readings = Known & { readonly before: KubeObject; readonly after: KubeObject | undefined }

/** Is there any drift in truth? */
export const isDrifted = (readings: Readings): boolean => {
  const { before, after } = readings
  if (!after) return !isFinishing(readings)
  if (after.metadata.deletionTimestamp) return true
  const [expected, actual] = toContents(before, after, readings)
  return !isEqual(expected, actual)
}

const toContents = (before: KubeObject, after: KubeObject, known: Known): [Tree, Tree] => [
  toContent(before, after, known),
  toContent(after, before, known),
]

/** A Job that cleans up after itself is not missed. */
const isFinishing = ({ manifest }: Readings): boolean =>
  manifest?.kind === 'Job' && at(manifest, '/spec/ttlSecondsAfterFinished') !== undefined

/** What is wrong with what was told of one object. */
export const judgeFindings = (readings: Readings, told: readonly Told[]): Problem[] => {
  const { before, after } = readings
  const object = formatRef(toRef(before))
  if (!after) return isFinishing(readings) ? judgeWhole(object, told, undefined) : judgeWhole(object, told, 'missing')
  if (after.metadata.deletionTimestamp) return judgeWhole(object, told, 'terminating')
  const [expected, actual] = toContents(before, after, readings)
  const problems: Problem[] = []
  let undone: Tree = structuredClone(actual)
  const seen = new Set<string>()
  // Backwards: indexes hold until something before them goes.
  for (const finding of told.toReversed()) {
    const field = finding.field ?? ''
    const wrong = (type: Problem['type'], message: string): number => problems.push({ type, object, field, message })
    if (finding.field === undefined) wrong('falseAlarm', `${finding.drift} is told of an object that is there`)
    else if (seen.has(field)) wrong('falseAlarm', 'it is told twice')
    else {
      seen.add(field)
      const path = parseFieldPath(field)
      const [was, is] = [readPath(expected, path), readPath(actual, path)]
      if (isInserted(finding, expected, undone, path)) {
        undone = withoutItem(undone, path) as Tree
        continue
      }
      if (isEqual(was, is, field)) wrong('falseAlarm', `${finding.drift}: it is as it was: ${show(is)}`)
      else if (isMap(was) && isMap(is) && !isSealed(finding)) wrong('falseAlarm', 'it is told coarser than it is')
      else if (finding.drift !== expectKind(readings, path, was, is))
        wrong('falseAlarm', `it is told as ${finding.drift}`)
      if (before.kind === 'Secret' && field.startsWith('/data') && isRevealing(finding, is))
        wrong('leak', 'a value of a Secret is shown')
      undone = undo(undone, expected, path) as Tree
    }
  }
  for (const field of listDifferences(expected, tidy(undone)))
    problems.push({
      type: 'miss',
      object,
      field,
      message: `was ${show(at(expected, field))}, is ${show(at(actual, field))}`,
    })
  return problems
}

const judgeWhole = (object: string, told: readonly Told[], expected: string | undefined): Problem[] => {
  const wrong = told.filter(({ drift, field }) => drift !== expected || field !== undefined)
  const problems: Problem[] = wrong.map(({ drift, field }) => ({
    type: 'falseAlarm',
    object,
    ...(field ? { field } : {}),
    message: `${drift} is told of an object that is ${expected ?? 'rightly gone'}`,
  }))
  if (expected !== undefined && told.length - wrong.length !== 1)
    problems.push({ type: 'miss', object, message: `${expected} is told ${told.length - wrong.length} times` })
  return problems
}

const expectKind = ({ manifest }: Readings, path: FieldPath, was: unknown, is: unknown): string => {
  const isOurs = path.some((segment) => segment.type === 'key' && OUR_LABELS.has(segment.key))
  if (isOurs || manifest === undefined || readPath(manifest, path) !== undefined) return 'modified'
  return was !== undefined && is === undefined ? 'modified' : 'added'
}

const OUR_LABELS = new Set(['applyset.kubernetes.io/part-of', 'lockstep.dev/component'])

/** Healed: equal but for what is documented as only reported. */
export const judgeHealed = (readings: Readings, options: { readonly strict?: boolean } = {}): Problem[] => {
  const { before, after } = readings
  const object = formatRef(toRef(before))
  const wrong = (message: string, field?: string): Problem => ({
    type: 'notHealed',
    object,
    message,
    ...(field ? { field } : {}),
  })
  if (!after) return isFinishing(readings) ? [] : [wrong('it is missing')]
  if (after.metadata.deletionTimestamp) return options.strict ? [wrong('it is being deleted')] : []
  const [expected, actual] = toContents(before, after, readings)
  return listDifferences(expected, actual)
    .filter((field) => options.strict || !isOnlyReported(field))
    .map((field) => wrong(`was ${show(at(expected, field))}, is ${show(at(actual, field))}`, field))
}

/** Finalizers and owner references of others were left alone. */
export const judgeKept = ({ before, after }: Readings, cured: KubeObject | undefined): Problem[] => {
  if (!after || after.metadata.uid !== cured?.metadata.uid) return []
  const fields = ['/metadata/finalizers', '/metadata/ownerReferences']
  return fields
    .filter((field) => !isEqual(at(before, field), at(after, field)) && !isEqual(at(after, field), at(cured, field)))
    .map((field) => ({
      type: 'failed',
      object: formatRef(toRef(before)),
      field,
      message: 'healing changed what is only to be reported',
    }))
}

/** JSON Pointers of the topmost fields that differ. */
export const listDifferences = (left: unknown, right: unknown, pointer = ''): string[] => {
  if (isEqual(left, right, pointer)) return []
  if (isMap(left) && isMap(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)])
    return [...keys].flatMap((key) => listDifferences(left[key], right[key], `${pointer}/${escapeKey(key)}`))
  }
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length)
    return left.flatMap((item, index) => listDifferences(item, right[index], `${pointer}/${index}`))
  return [pointer]
}

const isMap = (node: unknown): node is Tree => node !== null && typeof node === 'object' && !Array.isArray(node)
const isSealed = ({ git, live }: Told): boolean => git === '(recorded as a digest)' || live === '(recorded as a digest)'
const isRevealing = ({ git, live }: Told, is: unknown): boolean =>
  [git, live].some((value) => value !== undefined && value !== '(masked)') && is !== undefined
const show = (value: unknown): string => (canonical(value) ?? 'nothing').slice(0, 120)

/** Lists that have no order. */
const isSet = (pointer: string): boolean => pointer === '/metadata/finalizers' || pointer === '/spec/tags'

const isEqual = (left: unknown, right: unknown, pointer = ''): boolean =>
  canonical(sortSets(left, pointer)) === canonical(sortSets(right, pointer))

const sortSets = (node: unknown, pointer: string): unknown => {
  if (Array.isArray(node)) return isSet(pointer) ? [...node].sort() : node
  if (!isMap(node) || pointer.split('/').length > 2) return node
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, sortSets(value, `${pointer}/${key}`)]))
}

const readPath = (root: unknown, path: FieldPath): unknown =>
  path.reduce<unknown>((node, segment) => {
    const place = findPlace(node, segment)
    return place === undefined ? undefined : (node as Tree)[place]
  }, root)

/** Which key or index of a node a segment speaks of; undefined: none that is there. */
const findPlace = (node: unknown, segment: PathSegment): string | number | undefined => {
  if (Array.isArray(node)) {
    const found = node.findIndex((item, index) => isItem(item, index, segment))
    return found < 0 ? undefined : found
  }
  const key = segment.type === 'key' ? segment.key : segment.type === 'index' ? String(segment.index) : undefined
  return key !== undefined && isMap(node) && Object.hasOwn(node, key) ? key : undefined
}

const isItem = (item: unknown, index: number, segment: PathSegment): boolean => {
  if (segment.type === 'index') return index === segment.index
  if (segment.type === 'value') return item === segment.value
  if (segment.type !== 'item' || !isMap(item)) return false
  return Object.entries(segment.keys).every(
    ([key, value]) => String(item[key] ?? (key === 'protocol' ? 'TCP' : undefined)) === String(value),
  )
}

/** `node` with what the path names as it is in `expected`. */
const undo = (node: unknown, expected: unknown, path: FieldPath): unknown => {
  const [segment, ...rest] = path
  if (!segment) return structuredClone(expected)
  const before = findPlace(expected, segment)
  const wanted = before === undefined ? undefined : (expected as Tree)[before]
  const place = findPlace(node, segment)
  const below = place === undefined ? undefined : (node as Tree)[place]
  const value =
    rest.length > 0 && (isContainer(below) || isContainer(wanted))
      ? undo(below ?? emptyLike(wanted), wanted, rest)
      : wanted
  if (Array.isArray(node) || (node === undefined && Array.isArray(expected))) {
    const list = [...((node as unknown[] | undefined) ?? [])]
    if (value === undefined) {
      if (place !== undefined) list.splice(place as number, 1)
    } else if (place !== undefined) list[place as number] = value
    else list.splice(insertionIndex(list, expected as unknown[], before as number), 0, value)
    return list
  }
  const map = { ...(node as Tree | undefined) }
  const key = segment.type === 'key' ? segment.key : String(before ?? place)
  if (value === undefined) delete map[key]
  else map[key] = value
  return map
}

/** Is an item without a name told as inserted into a list, by the index that it has now? */
const isInserted = ({ drift }: Told, expected: Tree, actual: Tree, path: FieldPath): boolean => {
  const list = readPath(actual, path.slice(0, -1))
  const before = readPath(expected, path.slice(0, -1))
  return (
    path.at(-1)?.type === 'index' &&
    drift === 'added' &&
    Array.isArray(list) &&
    Array.isArray(before) &&
    list.length > before.length
  )
}

const withoutItem = (node: unknown, [segment, ...rest]: FieldPath): unknown => {
  const place = segment && findPlace(node, segment)
  if (place === undefined) return node
  const below = (node as Tree)[place]
  if (Array.isArray(node))
    return rest.length > 0 ? node.with(place as number, withoutItem(below, rest)) : node.toSpliced(place as number, 1)
  return { ...(node as Tree), [place]: withoutItem(below, rest) }
}

const isContainer = (node: unknown): boolean => node !== null && typeof node === 'object'
const emptyLike = (node: unknown): unknown => (Array.isArray(node) ? [] : {})

/** Behind the nearest of its former predecessors that is still there. */
const insertionIndex = (list: readonly unknown[], expected: readonly unknown[], before: number): number => {
  for (let index = before - 1; index >= 0; index--) {
    const found = list.findIndex((item) => isSameItem(item, expected[index]))
    if (found >= 0) return found + 1
  }
  return 0
}

const isSameItem = (left: unknown, right: unknown): boolean => {
  if (!isMap(left) || !isMap(right)) return left === right
  const key = ['name', 'mountPath', 'containerPort', 'port', 'key', 'uid', 'ip'].find(
    (name) => right[name] !== undefined,
  )
  return key === undefined
    ? canonical(left) === canonical(right)
    : left[key] === right[key] && (left.protocol ?? 'TCP') === (right.protocol ?? 'TCP')
}

/** Metadata maps that undoing emptied are as good as gone. */
const tidy = (content: Tree): Tree => {
  const metadata = Object.fromEntries(
    Object.entries((content.metadata ?? {}) as Tree).filter(
      ([, value]) => value !== undefined && Object.keys(value as object).length > 0,
    ),
  )
  return { ...content, metadata }
}
