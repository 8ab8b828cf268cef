import type { JsonObject } from '../../kube/object.ts'

/**
 * A set of fields, as managed fields write it (FieldsV1): path elements (`f:name`, `k:{"name":"web"}`, `v:"x"`, `i:0`), each
 * with whether it is in the set itself and what of it is. Never changed once built.
 */
export type FieldSet = ReadonlyMap<string, FieldNode>
/** One path element. */
export type FieldNode = { readonly member: boolean; readonly children: FieldSet }

/** A set while it is built. */
export type FieldSetBuilder = Map<string, BuilderNode>
type BuilderNode = { member: boolean; children: FieldSetBuilder }

/** The set without fields. */
export const EMPTY_SET: FieldSet = new Map()

/** Adds a path, the elements on the way not being in the set because of it. */
export const insertPath = (set: FieldSetBuilder, path: readonly string[]): void => {
  let nodes = set
  path.forEach((element, at) => {
    let node = nodes.get(element)
    if (node === undefined) {
      node = { member: false, children: new Map() }
      nodes.set(element, node)
    }
    if (at === path.length - 1) node.member = true
    nodes = node.children
  })
}

/** A set from paths. */
export const toFieldSet = (paths: readonly (readonly string[])[]): FieldSet => {
  const set: FieldSetBuilder = new Map()
  for (const path of paths) insertPath(set, path)
  return set
}

/** A set from the JSON of `fieldsV1`. */
export const parseFieldSet = (fields: JsonObject): FieldSet => {
  const set = new Map<string, FieldNode>()
  for (const [element, below] of Object.entries(fields)) {
    if (element === '.') continue
    const children = parseFieldSet(below as JsonObject)
    set.set(element, { member: children.size === 0 || Object.hasOwn(below as JsonObject, '.'), children })
  }
  return set
}

/** The JSON of a set, in the server's order. */
export const formatFieldSet = (set: FieldSet): JsonObject =>
  Object.fromEntries(
    sortElements([...set.keys()]).map((element) => {
      const { member, children } = set.get(element) as FieldNode
      const below = formatFieldSet(children)
      return [element, member && children.size > 0 ? { '.': {}, ...below } : below]
    }),
  )

const RANKS: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 }

const sortElements = (elements: string[]): string[] =>
  elements.sort((left, right) => {
    const rank = (RANKS[left[0] as string] ?? 4) - (RANKS[right[0] as string] ?? 4)
    if (rank !== 0) return rank
    return left < right ? -1 : left > right ? 1 : 0
  })

/** What is in either. */
export const unite = (left: FieldSet, right: FieldSet): FieldSet => {
  if (left.size === 0) return right
  if (right.size === 0) return left
  const united = new Map(left)
  for (const [element, node] of right) {
    const own = united.get(element)
    united.set(
      element,
      own === undefined ? node : { member: own.member || node.member, children: unite(own.children, node.children) },
    )
  }
  return united
}

/** What is in both. */
export const intersect = (left: FieldSet, right: FieldSet): FieldSet =>
  combine(left, (element, node) => {
    const other = right.get(element)
    return other && { member: node.member && other.member, children: intersect(node.children, other.children) }
  })

/** What is in the first and not itself in the second. */
export const subtract = (left: FieldSet, right: FieldSet): FieldSet =>
  right.size === 0
    ? left
    : combine(left, (element, node) => {
        const other = right.get(element)
        if (other === undefined) return node
        return { member: node.member && !other.member, children: subtract(node.children, other.children) }
      })

/** What is in the first and not below anything of the second. */
export const subtractBelow = (left: FieldSet, right: FieldSet): FieldSet =>
  right.size === 0
    ? left
    : combine(left, (element, node) => {
        const other = right.get(element)
        if (other === undefined) return node
        return other.member
          ? undefined
          : { member: node.member, children: subtractBelow(node.children, other.children) }
      })

const combine = (set: FieldSet, toNode: (element: string, node: FieldNode) => FieldNode | undefined): FieldSet => {
  const combined = new Map<string, FieldNode>()
  for (const [element, node] of set) {
    const kept = toNode(element, node)
    if (kept && (kept.member || kept.children.size > 0)) combined.set(element, kept)
  }
  return combined
}

/** All paths of a set in the server's order: at each level what is in the set itself, then what is below. */
export const listPaths = (set: FieldSet, prefix: readonly string[] = []): string[][] => {
  const nodes = sortElements([...set.keys()]).map((element) => [element, set.get(element) as FieldNode] as const)
  return [
    ...nodes.filter(([, { member }]) => member).map(([element]) => [...prefix, element]),
    ...nodes.flatMap(([element, { children }]) => listPaths(children, [...prefix, element])),
  ]
}

/** Is the path in the set? */
export const hasPath = (set: FieldSet, path: readonly string[]): boolean => {
  let node: FieldNode | undefined
  for (const element of path) {
    node = (node?.children ?? set).get(element)
    if (node === undefined) return false
  }
  return node?.member === true
}

/** A path as messages have it: `.spec.containers[name="web"].image`. */
export const formatPath = (path: readonly string[]): string => path.map(formatElement).join('')

/** One path element as messages have it. */
export const formatElement = (element: string): string => {
  const content = element.slice(2)
  switch (element[0]) {
    case 'f':
      return `.${content}`
    case 'k':
      return `[${Object.entries(JSON.parse(content) as JsonObject)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(',')}]`
    case 'v':
      return `[=${content}]`
    default:
      return `[${content}]`
  }
}
