import type { FleetErrorCode } from './errors.ts'
import type { Kind } from './kind.ts'
import type { DocumentOrigin, Locate } from './locate.ts'
import type { Problem } from './problem.ts'
import type { AlertPolicySpec } from './schema/alert-policy.ts'
import type { ClusterSpec } from './schema/cluster.ts'
import type { ClusterTemplateSpec } from './schema/cluster-template.ts'
import type { FleetSpec } from './schema/fleet.ts'
import type { PlacementSpec } from './schema/placement.ts'
import type { RbacGrantSpec } from './schema/rbac-grant.ts'
import type { RbacTemplateSpec } from './schema/rbac-template.ts'

/** A document of a fleet repository that is as its schema wants it; `${…}` not yet replaced. */
export type FleetDocument<Spec> = {
  readonly kind: Kind
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly spec: Spec
  readonly origin: DocumentOrigin
}

/** Documents of one kind by name. */
export type Documents<Spec> = ReadonlyMap<string, FleetDocument<Spec>>

/** A fleet repository as data. Documents with problems of their own are left out. */
export type FleetModel = {
  readonly fleet: FleetDocument<FleetSpec>
  readonly clusters: Documents<ClusterSpec>
  readonly templates: Documents<ClusterTemplateSpec>
  readonly placements: Documents<PlacementSpec>
  readonly rbacTemplates: Documents<RbacTemplateSpec>
  readonly rbacGrants: Documents<RbacGrantSpec>
  readonly alertPolicies: Documents<AlertPolicySpec>
  /** `Kind/name` of documents that were left out, so that nobody complains about their absence again. */
  readonly broken: ReadonlySet<string>
  /** Every file and folder of the repository; `.` is the root. */
  readonly paths: ReadonlySet<string>
  readonly locate: Locate
}

/** In {@link FleetModel.broken} where the Fleet itself is wrong, so that its repositories are not known. */
export const BROKEN_FLEET = 'Fleet/'

/** What is told of a problem besides its place. */
export type ProblemText = {
  readonly code: FleetErrorCode | 'YAML_INVALID' | 'CEL_INVALID'
  readonly message: string
  readonly hint?: string | undefined
  readonly severity?: Problem['severity']
}

/** Tells a problem at a field of the document that the reporter was made for. */
export type Report = (pointer: string, text: ProblemText, at?: 'key' | 'value') => void

/** A {@link Report} that adds to `problems`; `version` says where the document is not of the current version. */
export const createReport = (
  locate: Locate,
  origin: DocumentOrigin,
  problems: Problem[],
  options: { readonly version?: string | undefined } = {},
): Report => {
  const suffix = options.version === undefined ? '' : ` (at ${options.version})`
  return (pointer, { code, message, hint, severity = 'error' }, at = 'value') => {
    problems.push({
      code,
      severity,
      message: message + suffix,
      ...locate(origin, pointer, at),
      ...(pointer === '' ? {} : { path: pointer }),
      ...(hint === undefined ? {} : { hint }),
    })
  }
}
