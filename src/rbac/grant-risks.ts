import type { ResolvedBinding, ResolvedGrant, ResolvedRole } from '../fleet/resolved.ts'
import { findBuiltInRole } from '../kube/built-in-roles.ts'
import { formatSubject, type RbacSubject } from '../kube/rbac-identity.ts'
import type { RbacRule } from '../kube/rbac-rule.ts'
import { PRESETS } from './presets.ts'
import { listRisks, type Risk } from './risks.ts'

/** What a grant lets its subjects do beyond what the name of the role says. */
export type GrantRisk = {
  readonly role: string
  readonly subjects: readonly string[]
  /** Worst first, never empty. */
  readonly risks: readonly Risk[]
}

/** The risks of a grant, for each role that has some. Of a ClusterRole that only the clusters know, nothing is known. */
export const listGrantRisks = ({ roles, bindings }: ResolvedGrant): GrantRisk[] =>
  roles.flatMap((role) => {
    const risks = listRoleRisks(role)
    const subjects = bindings.filter((binding) => binding.role === role.name).flatMap((binding) => binding.subjects)
    const names = [...new Set(subjects.map((subject) => formatSubject(toRbacSubject(subject))))]
    return risks.length > 0 && names.length > 0 ? [{ role: role.name, subjects: names, risks }] : []
  })

/** The risks of a role of a template. */
export const listRoleRisks = (role: ResolvedRole): Risk[] =>
  listRisks(listRoleRules(role), { clusterWide: role.scope === 'Cluster' })

/** The rules of a role, as far as they are known without asking a cluster. */
export const listRoleRules = ({ rules, preset, clusterRole }: ResolvedRole): readonly RbacRule[] => {
  if (rules) return rules
  const made = preset === undefined ? undefined : PRESETS[preset]
  if (made && 'rules' in made) return made.rules
  return findBuiltInRole(made?.clusterRole ?? clusterRole ?? '')?.rules ?? []
}

/** A subject as Kubernetes has it. */
export const toRbacSubject = ({ group, user, serviceAccount }: ResolvedBinding['subjects'][number]): RbacSubject => {
  if (group !== undefined) return { kind: 'Group', name: group }
  if (user !== undefined) return { kind: 'User', name: user }
  const [namespace = '', name = ''] = (serviceAccount ?? '').split('/')
  return { kind: 'ServiceAccount', namespace, name }
}

/** `high risk: role debugger lets group:team-a run commands in pods …; …`. */
export const formatGrantRisk = ({ role, subjects, risks }: GrantRisk): string =>
  `${risks[0]?.level} risk: role ${role} lets ${subjects.join(', ')} ${risks.map(({ may }) => may).join('; ')}`
