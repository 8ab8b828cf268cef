import { parseQuantity } from '../../kube/quantity.ts'
import { matchesSelector } from './match-labels.ts'
import { findUntolerated, isChosen, type Node } from './node-fit.ts'
import { type Load, toHostPorts, toRequests } from './pod-board.ts'
import type { Pod, PodAffinityTerm } from './shapes.ts'

/** What is known of the cluster. */
export type Room = {
  readonly nodes: readonly Node[]
  readonly loadOf: (node: string) => Load
  /** All pods on nodes, for a pod that cares for its neighbours. */
  readonly placed: () => readonly Pod[]
  /** Those of them that care for theirs. */
  readonly choosy: readonly Pod[]
}

/** Where a pod goes, or why nowhere. */
export type Choice = { readonly node: string } | { readonly reason: string }

/** Chooses the node with the fewest pods of those that fit. `chance` decides between equals. Pure. */
export const chooseNode = (pod: Pod, room: Room, chance: number): Choice => {
  const { nodes, loadOf } = room
  if (nodes.length === 0) return { reason: 'no nodes available to schedule pods' }
  const reasons = new Map<string, number>()
  const fitting: Node[] = []
  let helpless = 0
  for (const node of nodes) {
    const objection = findObjection(pod, node, room)
    if (!objection) fitting.push(node)
    for (const reason of objection?.reasons ?? []) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    if (objection && !objection.preemptable) helpless++
  }
  if (fitting.length === 0) return { reason: formatReasons(nodes.length, reasons, helpless) }
  const least = Math.min(...fitting.map(({ metadata }) => loadOf(metadata.name).count))
  const best = fitting.filter(({ metadata }) => loadOf(metadata.name).count === least)
  return { node: (best[Math.floor(chance * best.length)] as Node).metadata.name }
}

/** As the scheduler tells it: how many nodes are against, for what, and that nobody can be sent away. */
const formatReasons = (total: number, reasons: ReadonlyMap<string, number>, helpless: number): string => {
  const none = `0/${total} nodes are available: `
  const listed = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort()
  const preemption = [
    ...(total > helpless ? [`${total - helpless} No preemption victims found for incoming pod`] : []),
    ...(helpless > 0 ? [`${helpless} Preemption is not helpful for scheduling`] : []),
  ]
  return `${none}${listed.join(', ')}. no new claims to deallocate, preemption: ${none}${preemption.join(', ')}.`
}

type Objection = { readonly reasons: readonly string[]; readonly preemptable: boolean }

const refuse = (reason: string, preemptable = false): Objection => ({ reasons: [reason], preemptable })

/** The first kind of reason against a node, in the order in which the scheduler asks. */
const findObjection = (pod: Pod, node: Node, room: Room): Objection | undefined => {
  if (node.spec.unschedulable && !bearsCordon(pod)) return refuse('node(s) were unschedulable')
  if (findUntolerated(node, pod.spec.tolerations)) return refuse('node(s) had untolerated taint(s)')
  if (!isChosen(pod.spec, node)) return refuse("node(s) didn't match Pod's node affinity/selector")
  const load = room.loadOf(node.metadata.name)
  if (toHostPorts(pod).some((port) => load.ports.has(port)))
    return refuse("node(s) didn't have free ports for the requested pod ports", true)
  return findScarcity(pod, node, load) ?? findAffinity(pod, node, room)
}

const bearsCordon = ({ spec }: Pod): boolean =>
  (spec.tolerations ?? []).some(
    ({ key, operator, effect = 'NoSchedule' }) =>
      operator === 'Exists' &&
      (key === undefined || key === 'node.kubernetes.io/unschedulable') &&
      effect === 'NoSchedule',
  )

const findScarcity = (pod: Pod, { status }: Node, load: Load): Objection | undefined => {
  const most = status?.allocatable ?? {}
  const scarce = [...toRequests(pod)].filter(
    ([name, amount]) => amount > 0 && (load.amounts.get(name) ?? 0) + amount > (parseQuantity(most[name]) ?? 0),
  )
  const isFull = load.count + 1 > (parseQuantity(most.pods) ?? 0)
  if (scarce.length === 0 && !isFull) return undefined
  return {
    reasons: [...(isFull ? ['Too many pods'] : []), ...scarce.map(([name]) => `Insufficient ${name}`)],
    // Nobody's leaving would make a node large enough for what is larger than it.
    preemptable: scarce.every(([name, amount]) => amount <= (parseQuantity(most[name]) ?? 0)),
  }
}

const findAffinity = (pod: Pod, node: Node, { nodes, placed, choosy }: Room): Objection | undefined => {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {}
  const wanted = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const unwanted = podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const isNear = (topologyKey: string, other: Pod): boolean => {
    const place = node.metadata.labels?.[topologyKey]
    const there = nodes.find(({ metadata }) => metadata.name === other.spec.nodeName)?.metadata.labels?.[topologyKey]
    return place !== undefined && place === there
  }
  for (const term of wanted) {
    const fitting = placed().filter((other) => fits(term, pod, other))
    const isFirst = fitting.length === 0 && fits(term, pod, pod)
    if (!isFirst && !fitting.some((other) => isNear(term.topologyKey, other)))
      return refuse("node(s) didn't match pod affinity rules")
  }
  if (unwanted.some((term) => placed().some((other) => fits(term, pod, other) && isNear(term.topologyKey, other))))
    return refuse("node(s) didn't match pod anti-affinity rules", true)
  const isUnwelcome = choosy.some((other) =>
    (other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some(
      (term) => fits(term, other, pod) && isNear(term.topologyKey, other),
    ),
  )
  return isUnwelcome ? refuse("node(s) didn't satisfy existing pods anti-affinity rules", true) : undefined
}

const fits = ({ labelSelector, namespaces }: PodAffinityTerm, of: Pod, other: Pod): boolean =>
  (namespaces?.length ? namespaces : [of.metadata.namespace]).some((each) => each === other.metadata.namespace) &&
  matchesSelector(labelSelector, other.metadata.labels)
