import { isBuiltInBinding } from '../kube/built-in-roles.ts'
import { aggregateRoles, formatBoundRole, formatRbac, type RbacBinding, type RbacObjects } from '../kube/rbac.ts'
import { formatSubject } from '../kube/rbac-identity.ts'
import { GRANT_LABEL } from './grant-label.ts'
import { EXPIRES_ANNOTATION } from './render-grant.ts'
import { listRisks, type RiskLevel } from './risks.ts'

/** Why access should be looked at. */
export const REVIEW_REASONS = ['over-broad', 'hand-made', 'expired', 'expiring', 'duplicate', 'dangling'] as const
/** One of {@link REVIEW_REASONS}. */
type ReviewReason = (typeof REVIEW_REASONS)[number]

/** The access of one cluster, and what Git says of it. */
export type ReviewedCluster = {
  readonly cluster: string
  readonly objects: RbacObjects
  /** Absent where the access is Git's own. */
  readonly git?: RbacObjects
}

/** One line of an access review. */
export type ReviewItem = {
  readonly reason: ReviewReason
  readonly level: RiskLevel | 'low'
  readonly subjects: readonly string[]
  readonly binding: string
  readonly role: string
  /** The grant that made the binding. */
  readonly grant?: string
  readonly details: string
  readonly clusters: readonly string[]
}

const SOON_MS = 14 * 24 * 3_600_000

/** What an access review should look at, the same on several clusters once, the worst first. Pure. */
export const reviewAccess = (clusters: readonly ReviewedCluster[], { now }: { readonly now: Date }): ReviewItem[] => {
  const folded = new Map<string, Omit<ReviewItem, 'clusters'> & { clusters: string[] }>()
  for (const reviewed of clusters) {
    for (const item of reviewCluster(reviewed, now)) {
      const key = JSON.stringify(item)
      const known = folded.get(key)
      if (known) known.clusters.push(reviewed.cluster)
      else folded.set(key, { ...item, clusters: [reviewed.cluster] })
    }
  }
  return [...folded.values()].sort(
    (a, b) =>
      LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) ||
      REVIEW_REASONS.indexOf(a.reason) - REVIEW_REASONS.indexOf(b.reason) ||
      (a.binding < b.binding ? -1 : 1),
  )
}

const LEVELS = ['critical', 'high', 'medium', 'low']

/** The label of a grant is nothing that only a grant could write. */
const REVOKED = ', although it bears the label of one: revoked and not synced yet, or made by hand'

type Item = Omit<ReviewItem, 'clusters'>

const reviewCluster = ({ objects, git }: ReviewedCluster, now: Date): Item[] => {
  const roles = new Map(aggregateRoles(objects.roles).map((role) => [formatRbac(role), role]))
  const stated = git && new Set(git.bindings.map(formatRbac))
  const seen = new Map<string, RbacBinding>()
  return objects.bindings
    .filter((binding) => !isBuiltInBinding(binding) && binding.subjects.length > 0)
    .flatMap((binding) => {
      const { namespace, subjects, labels, annotations } = binding
      const roleName = formatBoundRole(binding)
      const role = roles.get(roleName)
      const grant = labels?.[GRANT_LABEL]
      const toItem = (reason: ReviewReason, level: Item['level'], details: string): Item => ({
        reason,
        level,
        subjects: subjects.map(formatSubject),
        binding: formatRbac(binding),
        role: roleName,
        ...(grant === undefined ? {} : { grant }),
        details,
      })
      const risks = listRisks(role?.rules ?? [], { clusterWide: namespace === undefined })
      const broad = risks.filter(({ level }) => level !== 'medium')
      const expires = annotations?.[EXPIRES_ANNOTATION]
      const ends = expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires)
      // What is no time, as anybody can write it, ends nothing.
      const hasEnded = ends <= now.getTime()
      const twin = findTwin(binding, seen)
      return [
        ...(broad[0] ? [toItem('over-broad', broad[0].level, `may ${broad.map(({ may }) => may).join('; ')}`)] : []),
        ...(stated && !stated.has(formatRbac(binding)) && !hasEnded
          ? [toItem('hand-made', 'high', `no grant or component states it${grant === undefined ? '' : REVOKED}`)]
          : []),
        ...(hasEnded ? [toItem('expired', 'high', `it ended ${expires} and is still there`)] : []),
        ...(!hasEnded && ends - now.getTime() < SOON_MS ? [toItem('expiring', 'low', `it ends ${expires}`)] : []),
        ...(twin ? [toItem('duplicate', 'low', `${formatRbac(twin)} gives the same`)] : []),
        ...(role ? [] : [toItem('dangling', 'low', 'its role does not exist; whoever makes one gives access')]),
      ]
    })
}

/** A binding seen before that gives the same role in the same place to all subjects of this one. */
const findTwin = (binding: RbacBinding, seen: Map<string, RbacBinding>): RbacBinding | undefined => {
  const { roleRef, namespace = '', subjects } = binding
  const keys = subjects.map((subject) => `${namespace} ${roleRef.kind} ${roleRef.name} ${formatSubject(subject)}`)
  const twins = keys.map((key) => seen.get(key))
  for (const key of keys) if (!seen.has(key)) seen.set(key, binding)
  return twins.every((twin) => twin !== undefined) ? twins[0] : undefined
}
