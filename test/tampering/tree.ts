/** A JSON object whose fields nobody vouches for. */
export type Tree = { [key: string]: unknown }

/** The value at a JSON Pointer, or undefined. */
export const at = (root: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'))
    .reduce<unknown>((node, key) => (node === null || node === undefined ? undefined : (node as Tree)[key]), root)

/** The list at a JSON Pointer; empty where there is none. */
export const listAt = (root: unknown, pointer: string): Tree[] => {
  const value = at(root, pointer)
  return Array.isArray(value) ? (value as Tree[]) : []
}

/** Escapes a map key for a JSON Pointer. */
export const escapeKey = (key: string): string => key.replace(/~/g, '~0').replace(/\//g, '~1')

/** JSON text with sorted keys: equal for equal values. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, node: unknown) =>
    node !== null && typeof node === 'object' && !Array.isArray(node)
      ? Object.fromEntries(Object.entries(node).sort(([left], [right]) => (left < right ? -1 : 1)))
      : node,
  ) ?? 'undefined'

/** Where the template of an object's pods is, or undefined where it has none. */
export const podSpecPath = ({ kind }: { readonly kind: string }): string | undefined => {
  if (kind === 'Pod') return '/spec'
  if (kind === 'CronJob') return '/spec/jobTemplate/spec/template/spec'
  return ['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet'].includes(kind) ? '/spec/template/spec' : undefined
}
