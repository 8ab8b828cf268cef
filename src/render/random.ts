import { formatFieldPath } from '../kube/field-path.ts'
import type { Json, Manifest } from '../kube/object.ts'
import { diffTrees } from '../kube/tree-diff.ts'

/**
 * The leaves in which two renderings of one object differ. An item of a list is named by its index in the manifest and, where
 * its list is one of named items, by its name as well: that is what findings on the cluster call it.
 */
export const findRandom = (manifest: Manifest, again: Manifest): string[] => {
  const [left, right] = [manifest as unknown as Json, again as unknown as Json]
  const named = Object.fromEntries(listNamed(left, '').map((pattern) => [pattern, ['name']]))
  const paths = [{}, named].flatMap((lists) =>
    diffTrees(left, right, { lists }).map(({ path }) => formatFieldPath(path)),
  )
  return [...new Set(paths)]
}

/** Where lists of named items are, items written `*`. */
const listNamed = (node: Json | undefined, pattern: string): string[] => {
  if (Array.isArray(node)) {
    const names = node.map((item) => (item as { name?: unknown } | null)?.name)
    const isNamed = names.every((name) => typeof name === 'string') && new Set(names).size === names.length
    return [...(isNamed ? [pattern] : []), ...node.flatMap((item) => listNamed(item, `${pattern}/*`))]
  }
  if (node === null || typeof node !== 'object') return []
  return Object.entries(node).flatMap(([key, value]) =>
    listNamed(value, `${pattern}/${key.replace(/~/g, '~0').replace(/\//g, '~1')}`),
  )
}
