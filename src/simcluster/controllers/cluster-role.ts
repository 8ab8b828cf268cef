import type { LabelSelector } from '../../kube/label-selector.ts'
import type { KubeObject } from '../../kube/object.ts'
import { type Controller, type Outcome, toManagerAgent } from './controller.ts'
import { isSameJson } from './is-same-json.ts'
import { matchesSelector } from './match-labels.ts'

type ClusterRole = KubeObject & {
  readonly rules?: readonly object[] | null
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] }
}

const NAME = 'clusterrole-aggregation-controller'
const ROLES = 'rbac.authorization.k8s.io/clusterroles'

/** Gives roles that are made of others the rules of these. */
export const CLUSTER_ROLE_AGGREGATION: Controller = {
  name: NAME,
  agent: toManagerAgent(NAME),
  triggers: {
    [ROLES]: (_change, world) =>
      (world.list(ROLES) as readonly ClusterRole[])
        .filter(({ aggregationRule }) => aggregationRule)
        .map(({ metadata }) => metadata.name),
  },
  reconcile: (key, world): Outcome => {
    const role = world.get(ROLES, key) as ClusterRole | undefined
    if (!role?.aggregationRule) return undefined
    const rules = gatherRules(role, world.list(ROLES) as readonly ClusterRole[])
    if (isSameJson(rules, role.rules ?? [])) return undefined
    const { apiVersion, kind } = role
    const body = { apiVersion, kind, metadata: { name: key }, rules }
    return world.apply(ROLES, key, { manager: NAME, body }).ok ? undefined : 'failed'
  },
}

const gatherRules = ({ metadata, aggregationRule }: ClusterRole, all: readonly ClusterRole[]): readonly object[] => {
  const parts = (aggregationRule?.clusterRoleSelectors ?? []).flatMap((selector) =>
    all.filter((role) => role.metadata.name !== metadata.name && matchesSelector(selector, role.metadata.labels)),
  )
  const rules: object[] = []
  for (const rule of parts.flatMap((role) => role.rules ?? []))
    if (!rules.some((known) => isSameJson(known, rule))) rules.push(rule)
  return rules
}
