import { matchesLabels, matchesRequirement } from '../../kube/label-selector.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Condition, NodeRequirement, NodeSelectorTerm, PodSpec, Taint, Toleration } from './shapes.ts'

/** A node. */
export type Node = KubeObject & {
  readonly spec: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean }
  readonly status?: {
    readonly phase?: string
    readonly conditions?: readonly Condition[]
    readonly allocatable?: Readonly<Record<string, string>>
    readonly capacity?: Readonly<Record<string, string>>
    readonly addresses?: readonly { readonly type: string; readonly address: string }[]
  }
}

/** Whether a pod bears a taint. */
export const tolerates = (tolerations: readonly Toleration[] | undefined, taint: Taint): boolean =>
  (tolerations ?? []).some(
    ({ key, operator = 'Equal', value = '', effect }) =>
      (effect === undefined || effect === '' || effect === taint.effect) &&
      (key === undefined || key === '' ? operator === 'Exists' : key === taint.key) &&
      (operator === 'Exists' || value === (taint.value ?? '')),
  )

/** The first taint that keeps a pod away; `PreferNoSchedule` does not. */
export const findUntolerated = (node: Node, tolerations: readonly Toleration[] | undefined): Taint | undefined =>
  (node.spec.taints ?? []).find((taint) => taint.effect !== 'PreferNoSchedule' && !tolerates(tolerations, taint))

/** Whether a node is one that a pod asks for by name, labels or required affinity. */
export const isChosen = ({ nodeSelector = {}, affinity }: PodSpec, { metadata }: Node): boolean => {
  if (!matchesLabels(nodeSelector, metadata.labels)) return false
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return terms === undefined || terms.some((term) => matchesTerm(term, metadata))
}

const matchesTerm = (
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  metadata: Node['metadata'],
): boolean =>
  matchExpressions.length + matchFields.length > 0 &&
  matchExpressions.every((requirement) => fits(requirement, metadata.labels?.[requirement.key])) &&
  matchFields.every((requirement) => fits(requirement, requirement.key === 'metadata.name' ? metadata.name : undefined))

const fits = ({ operator, values = [] }: NodeRequirement, value: string | undefined): boolean => {
  if (operator === 'Gt') return value !== undefined && Number(value) > Number(values[0])
  if (operator === 'Lt') return value !== undefined && Number(value) < Number(values[0])
  return matchesRequirement({ operator, values }, value)
}
