import { parseQuantity } from '../../kube/quantity.ts'
import { findCondition } from './conditions.ts'
import type { ObjectChange } from './controller.ts'
import { isFinished } from './pod-state.ts'
import type { Container, Pod } from './shapes.ts'

/** What the pods on a node take of it. */
export type Load = {
  readonly count: number
  readonly amounts: ReadonlyMap<string, number>
  readonly ports: ReadonlyMap<string, number>
}

/** Which pods are where. Follows the changes of pods. */
export type PodBoard = {
  readonly follow: (change: Pick<ObjectChange, 'type' | 'key' | 'object' | 'previous'>) => void
  readonly loadOf: (node: string) => Load
  readonly keysOn: (node: string) => readonly string[]
  /** Pods that were told that there is no place for them. */
  readonly unscheduled: () => readonly string[]
  /** Pods on nodes that do not bear others near them. */
  readonly choosy: () => readonly string[]
}

type MutableLoad = { keys: Set<string>; count: number; amounts: Map<string, number>; ports: Map<string, number> }

const NO_LOAD: Load = { count: 0, amounts: new Map(), ports: new Map() }

/** A board without pods. */
export const createPodBoard = (): PodBoard => {
  const loads = new Map<string, MutableLoad>()
  const unscheduled = new Set<string>()
  const choosy = new Set<string>()

  const place = (key: string, pod: Pod, sign: 1 | -1): void => {
    const { nodeName } = pod.spec
    if (!nodeName) return
    const load = loads.get(nodeName) ?? { keys: new Set(), count: 0, amounts: new Map(), ports: new Map() }
    loads.set(nodeName, load)
    if (sign > 0) load.keys.add(key)
    else load.keys.delete(key)
    // What has ended takes nothing.
    if (isFinished(pod)) return
    load.count += sign
    for (const [name, amount] of toRequests(pod)) addTo(load.amounts, name, sign * amount)
    for (const port of toHostPorts(pod)) addTo(load.ports, port, sign)
    if (load.keys.size === 0) loads.delete(nodeName)
    if (!pod.spec.affinity?.podAntiAffinity) return
    if (sign > 0) choosy.add(key)
    else choosy.delete(key)
  }

  return {
    follow: ({ type, key, object, previous }) => {
      const [pod, before] = [object as Pod, previous as Pod | undefined]
      const isLeft = type === 'DELETED'
      const isSame = before && !isLeft && before.spec === pod.spec && isFinished(before) === isFinished(pod)
      if (!isSame) {
        if (before) place(key, before, -1)
        if (!isLeft) place(key, pod, 1)
      }
      if (!isLeft && !pod.spec.nodeName && findCondition(pod.status?.conditions, 'PodScheduled')?.status === 'False')
        unscheduled.add(key)
      else unscheduled.delete(key)
    },
    loadOf: (node) => loads.get(node) ?? NO_LOAD,
    keysOn: (node) => [...(loads.get(node)?.keys ?? [])].sort(),
    unscheduled: () => [...unscheduled].sort(),
    choosy: () => [...choosy].sort(),
  }
}

const addTo = (sums: Map<string, number>, name: string, amount: number): void => {
  const sum = (sums.get(name) ?? 0) + amount
  if (sum <= 0) sums.delete(name)
  else sums.set(name, sum)
}

/** The ports of the node that a pod wants for itself. */
export const toHostPorts = ({ spec }: Pod): readonly string[] =>
  spec.containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, protocol = 'TCP' }) => (hostPort ? [`${hostPort}/${protocol}`] : [])),
  )

/** What the containers of a pod ask for. */
export const toRequests = ({ spec }: Pod): ReadonlyMap<string, number> => {
  const sum = new Map<string, number>()
  const add = ({ resources }: Container): void => {
    for (const [name, quantity] of Object.entries(resources?.requests ?? {}))
      sum.set(name, (sum.get(name) ?? 0) + (parseQuantity(quantity) ?? 0))
  }
  for (const container of spec.containers) add(container)
  for (const container of spec.initContainers ?? []) if (container.restartPolicy === 'Always') add(container)
  return sum
}
