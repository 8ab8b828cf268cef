import type { AdoptableTool, AdoptPolicy } from '../fleet/policy.ts'
import { COMPONENT_LABEL, PART_OF_LABEL, toApplySetId } from '../inventory/apply-set.ts'
import { FIELD_MANAGER } from '../inventory/fingerprint.ts'
import { isApplyEntry } from '../kube/managed-fields.ts'
import type { ObjectMetadata } from '../kube/object.ts'

/** Who tracks a live object, by the metadata that the tool uses for it. */
export type Tracker =
  | { readonly type: 'nobody' }
  | { readonly type: 'component'; readonly component: string }
  | { readonly type: 'tool'; readonly tool: AdoptableTool }
  | { readonly type: 'applySet'; readonly id: string }

/** Labels and annotations by which tools mark what is theirs; they go when we take over. */
export const TRACKING_METADATA: Readonly<
  Record<AdoptableTool, { readonly labels: readonly string[]; readonly annotations: readonly string[] }>
> = {
  argocd: {
    labels: ['argocd.argoproj.io/instance'],
    annotations: ['argocd.argoproj.io/tracking-id', 'argocd.argoproj.io/installation-id'],
  },
  flux: {
    labels: [
      'kustomize.toolkit.fluxcd.io/name',
      'kustomize.toolkit.fluxcd.io/namespace',
      'helm.toolkit.fluxcd.io/name',
      'helm.toolkit.fluxcd.io/namespace',
    ],
    annotations: [],
  },
  helm: { labels: [], annotations: ['meta.helm.sh/release-name', 'meta.helm.sh/release-namespace'] },
  kubectl: { labels: [], annotations: ['kubectl.kubernetes.io/last-applied-configuration'] },
}

/** Whose entries in managed fields are taken over with an object, by the start of the manager's name. */
export const TOOL_MANAGERS: readonly string[] = [
  'kubectl',
  'helm',
  'argocd',
  'kustomize-controller',
  'helm-controller',
  'flux',
  'before-first-apply',
  'Go-http-client',
]

/** Who tracks this object? Our own claim needs our entry in managed fields beside the label, which controllers copy. */
export const findTracker = ({ metadata }: ObjectMetadata): Tracker => {
  const id = metadata.labels?.[PART_OF_LABEL]
  const component = metadata.labels?.[COMPONENT_LABEL]
  const isApplied = metadata.managedFields?.some((entry) => isApplyEntry(entry, FIELD_MANAGER))
  if (id !== undefined && component !== undefined && id === toApplySetId(component)) {
    if (isApplied) return { type: 'component', component }
  } else if (id !== undefined) return { type: 'applySet', id }
  for (const [tool, tracking] of Object.entries(TRACKING_METADATA)) {
    const isTracked =
      tracking.labels.some((label) => metadata.labels?.[label] !== undefined) ||
      tracking.annotations.some((annotation) => metadata.annotations?.[annotation] !== undefined)
    if (isTracked) return { type: 'tool', tool: tool as AdoptableTool }
  }
  return { type: 'nobody' }
}

/** May an existing object be taken over? Or why not, in words. */
export const canAdopt = (tracker: Tracker, policy: AdoptPolicy): true | string => {
  if (policy === 'never') return 'it exists already and adopt is never'
  if (policy === 'always' || tracker.type === 'component') return true
  if (tracker.type === 'nobody') return true
  const owner = tracker.type === 'tool' ? tracker.tool : `ApplySet ${tracker.id}`
  if (typeof policy === 'object' && tracker.type === 'tool' && policy.from.includes(tracker.tool)) return true
  return `it is owned by ${owner}; to take it over set adopt: always or adopt: {from: [${tracker.type === 'tool' ? tracker.tool : '…'}]}`
}
