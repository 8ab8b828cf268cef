import type { Manifest } from '../kube/object.ts'

type Container = Record<string, unknown>

const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers']
/** Lists of a container and of a pod whose items the server tells apart by these keys, and refuses twice. */
const KEYED: Readonly<Record<string, readonly string[]>> = {
  ports: ['containerPort', 'protocol'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  containers: ['name'],
  initContainers: ['name'],
  volumes: ['name'],
}

/**
 * A variable that a container sets twice is kept as the kubelet would take it, the last one, with a warning: server-side
 * apply refuses two of them. Two of anything else is an error.
 */
export const dedupeEnv = (
  manifest: Manifest,
  warn: (message: string) => void,
  fail: (message: string) => Error,
): Manifest => {
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return mapChanged(node, visit)
    if (node === null || typeof node !== 'object') return node
    let result = node as Record<string, unknown>
    for (const [key, value] of Object.entries(result)) {
      const next = CONTAINER_LISTS.includes(key) && Array.isArray(value) ? value.map(dedupeContainer) : visit(value)
      if (Array.isArray(value) && (CONTAINER_LISTS.includes(key) || key === 'volumes')) assertUnique(value, key)
      if (next !== value) result = { ...result, [key]: next }
    }
    return result
  }
  const dedupeContainer = (container: Container): Container => {
    if (container === null || typeof container !== 'object') return container
    for (const list of ['ports', 'volumeMounts', 'volumeDevices'])
      if (Array.isArray(container[list])) assertUnique(container[list], list)
    if (!Array.isArray(container.env)) return container
    const env = (container.env as ({ name?: unknown } | null)[]).filter((variable) => variable !== null)
    const last = new Map(env.map((variable) => [variable.name, variable]))
    if (last.size === container.env.length) return container
    const twice = env.filter((variable) => last.get(variable.name) !== variable).map(({ name }) => name)
    if (twice.length > 0)
      warn(
        `container ${String(container.name)} sets ${[...new Set(twice)].join(', ')} more than once: the last one counts`,
      )
    return { ...container, env: env.filter((variable) => last.get(variable.name) === variable) }
  }
  const assertUnique = (items: readonly unknown[], list: string): void => {
    const keys = KEYED[list] ?? []
    const seen = new Set<string>()
    for (const item of items) {
      const id = keys
        .map((key) => (item as Record<string, unknown> | null)?.[key] ?? (key === 'protocol' ? 'TCP' : ''))
        .join('/')
      if (seen.has(id)) throw fail(`${manifest.kind} ${manifest.metadata.name} has ${id} twice in ${list}`)
      seen.add(id)
    }
  }
  return visit(manifest) as Manifest
}

/** Maps a list and keeps the list itself where nothing changed. */
const mapChanged = (list: readonly unknown[], map: (item: unknown) => unknown): readonly unknown[] => {
  const mapped = list.map(map)
  return mapped.some((item, at) => item !== list[at]) ? mapped : list
}
