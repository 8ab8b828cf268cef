import type { HealthRule } from '../kube/health.ts'
import type { LabelSelector } from '../kube/label-selector.ts'
import type { ObjectRef } from '../kube/object.ts'

/** Whether a Git change goes out by itself. */
export type ApplyPolicy = 'auto' | 'manual'
/** What happens to changes made by others. */
export type DriftPolicy = 'heal' | 'report' | 'ignore'
/** The tools whose objects may be taken over. */
export type AdoptableTool = 'argocd' | 'flux' | 'helm' | 'kubectl'
/** Which existing objects may be taken over. */
export type AdoptPolicy = 'never' | 'ifUnowned' | 'always' | { readonly from: readonly AdoptableTool[] }

/** The one selector shape: names, or labels. */
export type Selector = { readonly names: readonly string[] } | LabelSelector

/** Fields that others may change: group, kind, namespace and name are exact, `*` or absent for any; fields in the one field grammar. */
export type IgnoreRule = {
  readonly group?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly fields: readonly string[]
}

/** Objects of this kind in these namespaces that no component owns are findings. `namespaces` absent: cluster-wide. */
export type ExclusiveScope = { readonly group: string; readonly kind: string; readonly namespaces?: Selector }

/** How a component is enforced, after all layers of precedence. Times in milliseconds. */
export type ComponentPolicy = {
  readonly apply: ApplyPolicy
  readonly drift: DriftPolicy
  readonly prune: boolean
  readonly adopt: AdoptPolicy
  readonly replace: boolean
  readonly waitMs: number
  readonly intervalMs: number
  readonly exclusive: readonly ExclusiveScope[]
  readonly ignore: readonly IgnoreRule[]
  readonly health: readonly HealthRule[]
}

/** From how many deletions on a person has to confirm. */
export type DeletionGuard = { readonly maxObjects: number; readonly maxPercent: number }

/** Does an ignore rule speak of this object (whatever its fields)? */
export const matchesIgnoreRule = (rule: IgnoreRule, ref: ObjectRef): boolean => {
  const matches = (pattern: string | undefined, value: string): boolean =>
    pattern === undefined ||
    pattern === '*' ||
    pattern === value ||
    (pattern.includes('*') && new RegExp(`^${pattern.split('*').map(escapeRegExp).join('.*')}$`).test(value))
  return (
    matches(rule.group, ref.group) &&
    matches(rule.kind, ref.kind) &&
    matches(rule.namespace, ref.namespace ?? '') &&
    matches(rule.name, ref.name)
  )
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
