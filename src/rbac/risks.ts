import type { RbacRule } from '../kube/rbac-rule.ts'
import { type AccessRequest, allowsRequest } from '../kube/rbac-rule.ts'

/** How bad a right can be, worst first. */
export const RISK_LEVELS = ['critical', 'high', 'medium'] as const
/** One of {@link RISK_LEVELS}. */
export type RiskLevel = (typeof RISK_LEVELS)[number]

/** What somebody can do with a role beyond what its name says, in words that follow "may". */
export type Risk = { readonly level: RiskLevel; readonly may: string }

type Check = Risk & {
  /** The level where it holds in namespaces only; the same by default. */
  readonly inNamespace?: RiskLevel
  readonly group: string
  /** With `/` and subresource. */
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

const RBAC = 'rbac.authorization.k8s.io'
const WRITE = ['create', 'update', 'patch']

/** First by level; a right that needs one of several verbs is told where any of them is given. */
const CHECKS: readonly Check[] = [
  {
    level: 'critical',
    may: 'give itself every right (escalate on roles)',
    inNamespace: 'high',
    group: RBAC,
    resources: ['roles', 'clusterroles'],
    verbs: ['escalate'],
  },
  {
    level: 'critical',
    may: 'give any role to anybody (bind on roles)',
    inNamespace: 'high',
    group: RBAC,
    resources: ['roles', 'clusterroles'],
    verbs: ['bind'],
  },
  {
    level: 'critical',
    may: 'act as anybody else (impersonate)',
    inNamespace: 'high',
    group: '',
    resources: ['users', 'groups', 'serviceaccounts'],
    verbs: ['impersonate'],
  },
  {
    level: 'critical',
    may: 'run commands in every pod past audit and admission (nodes/proxy)',
    group: '',
    resources: ['nodes/proxy'],
    verbs: ['get', 'create'],
  },
  {
    level: 'critical',
    may: 'read and change every write to the cluster (admission webhooks and policies)',
    group: 'admissionregistration.k8s.io',
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations', 'mutatingadmissionpolicies'],
    verbs: WRITE,
  },
  {
    level: 'critical',
    may: 'read all Secrets',
    inNamespace: 'high',
    group: '',
    resources: ['secrets'],
    verbs: ['get', 'list', 'watch'],
  },
  {
    level: 'critical',
    may: 'have client certificates signed, and so become anybody (certificate approval)',
    group: 'certificates.k8s.io',
    resources: ['certificatesigningrequests/approval', 'signers'],
    verbs: ['update', 'patch', 'approve', 'sign'],
  },
  {
    level: 'high',
    may: 'make tokens of service accounts, and so act as them (serviceaccounts/token)',
    group: '',
    resources: ['serviceaccounts/token'],
    verbs: ['create'],
  },
  {
    level: 'high',
    may: 'run commands in pods, and so use what they may use (pods/exec, pods/attach)',
    group: '',
    resources: ['pods/exec', 'pods/attach'],
    verbs: ['create', 'get'],
  },
  {
    level: 'high',
    may: 'run containers in pods that are there (pods/ephemeralcontainers)',
    group: '',
    resources: ['pods/ephemeralcontainers'],
    verbs: ['update', 'patch'],
  },
  {
    level: 'high',
    may: 'give its rights to others (role bindings)',
    inNamespace: 'medium',
    group: RBAC,
    resources: ['rolebindings', 'clusterrolebindings'],
    verbs: WRITE,
  },
  {
    level: 'high',
    may: 'change custom resource definitions, or delete them with all that is theirs',
    group: 'apiextensions.k8s.io',
    resources: ['customresourcedefinitions'],
    verbs: [...WRITE, 'delete', 'deletecollection'],
  },
  {
    level: 'high',
    may: 'answer for other APIs of the cluster (APIServices)',
    group: 'apiregistration.k8s.io',
    resources: ['apiservices'],
    verbs: WRITE,
  },
  {
    level: 'high',
    may: 'mount folders of nodes (PersistentVolumes)',
    group: '',
    resources: ['persistentvolumes'],
    verbs: ['create'],
  },
  {
    level: 'medium',
    may: 'change namespaces, and so which pod security holds in them',
    group: '',
    resources: ['namespaces'],
    verbs: ['update', 'patch'],
  },
  {
    level: 'medium',
    may: 'run pods, and so use every Secret and service account beside them',
    group: '',
    resources: ['pods'],
    verbs: ['create'],
  },
  {
    level: 'medium',
    may: 'reach every port of pods (pods/portforward, services/proxy)',
    group: '',
    resources: ['pods/portforward', 'pods/proxy', 'services/proxy'],
    verbs: ['create', 'get'],
  },
]

const EVERYTHING: AccessRequest = { verb: '*', group: '*', resource: '*' }

/** The risks of a role's rules, worst first, each told once. A right on certain names only is one level less. Pure. */
export const listRisks = (rules: readonly RbacRule[], { clusterWide }: { readonly clusterWide: boolean }): Risk[] => {
  if (rules.some((rule) => allowsRequest(rule, EVERYTHING))) {
    return [{ level: 'critical', may: clusterWide ? 'do everything' : 'do everything in its namespaces' }]
  }
  const found = CHECKS.flatMap((check) => {
    const matching = rules.filter((rule) => matchesCheck(rule, check, clusterWide))
    if (matching.length === 0) return []
    const level = clusterWide ? check.level : (check.inNamespace ?? check.level)
    const isNamed = matching.every(({ resourceNames }) => resourceNames?.length)
    return [isNamed ? { level: toLower(level), may: `${check.may}, of certain names` } : { level, may: check.may }]
  })
  const wild = listWildcards(rules)
  const risks = wild === undefined ? found : [...found, { level: 'medium' as const, may: wild }]
  return risks.toSorted((a, b) => RISK_LEVELS.indexOf(a.level) - RISK_LEVELS.indexOf(b.level))
}

/** What has no namespace cannot be reached by a role that holds in one. */
const CLUSTER_ONLY = new Set([
  'nodes/proxy',
  'persistentvolumes',
  'clusterroles',
  'clusterrolebindings',
  'users',
  'groups',
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
  'mutatingadmissionpolicies',
  'certificatesigningrequests/approval',
  'signers',
  'customresourcedefinitions',
  'apiservices',
])

const matchesCheck = (rule: RbacRule, { group, resources, verbs }: Check, clusterWide: boolean): boolean => {
  const { resourceNames: _, ...unnamed } = rule
  return (
    resources
      // A RoleBinding may also give the right to bind ClusterRoles in its namespace.
      .filter((each) => clusterWide || each === 'clusterroles' || !CLUSTER_ONLY.has(each))
      .some((each) => {
        const [resource = '', subresource] = each.split('/')
        return verbs.some((verb) =>
          allowsRequest(unnamed, { verb, group, resource, ...(subresource ? { subresource } : {}) }),
        )
      })
  )
}

const toLower = (level: RiskLevel): RiskLevel => (level === 'critical' ? 'high' : 'medium')

const listWildcards = (rules: readonly RbacRule[]): string | undefined => {
  const where = [
    ...(rules.some(({ verbs }) => verbs.includes('*')) ? ['verbs'] : []),
    ...(rules.some(({ apiGroups }) => apiGroups?.includes('*')) ? ['API groups'] : []),
    ...(rules.some(({ resources, apiGroups, verbs }) => resources?.includes('*') && !isReadOnly(verbs, apiGroups))
      ? ['resources']
      : []),
  ]
  return where.length === 0 ? undefined : `do what later versions add (* in ${where.join(' and ')})`
}

const isReadOnly = (verbs: readonly string[], groups: readonly string[] | undefined): boolean =>
  !groups?.includes('*') && verbs.every((verb) => ['get', 'list', 'watch'].includes(verb))
