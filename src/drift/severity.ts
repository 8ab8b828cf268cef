import { SEVERITIES, type Severity } from '../fleet/severity.ts'
import type { ObjectRef } from '../kube/object.ts'
import type { DriftKind } from './report.ts'

/** One step worse, where there is one. */
export const raiseSeverity = (severity: Severity): Severity =>
  SEVERITIES[Math.max(0, SEVERITIES.indexOf(severity) - 1)] as Severity

/** What severity is decided by. `value` is the live value of the field. */
export type SeverityInput = {
  readonly ref: ObjectRef
  readonly drift: DriftKind
  readonly field?: string
  readonly value?: unknown
}

type Rule = { readonly severity: Severity; readonly when: (input: SeverityInput) => boolean }

const ACCESS_GROUPS = new Set(['rbac.authorization.k8s.io', 'admissionregistration.k8s.io'])
const HOST_ACCESS =
  /\/(hostNetwork|hostPID|hostIPC|hostUsers|privileged|allowPrivilegeEscalation|hostPath|hostPort|procMount|capabilities|runAsUser|runAsNonRoot|seccompProfile|appArmorProfile)(\/|$)/
const POD_SECURITY_LABEL = /^\/metadata\/labels\/pod-security\.kubernetes\.io/
// A container that somebody added counts as a whole; what is in it that reaches the host makes it worse.
const ADDED_CONTAINER = /\/(containers|initContainers|ephemeralContainers)\/?(\[[^\]]*\])?$/
const IMAGE = /\/(containers|initContainers)\/.*\/(image|command|args)(\/|$)/

/** First match wins. */
const RULES: readonly Rule[] = [
  { severity: 'info', when: ({ field }) => field?.endsWith('/kubectl.kubernetes.io~1restartedAt') === true },
  { severity: 'critical', when: ({ drift }) => drift === 'unmanaged' },
  {
    severity: 'low',
    when: ({ field, drift }) =>
      drift !== 'missing' &&
      field !== undefined &&
      /^\/metadata\/(labels|annotations)/.test(field) &&
      !POD_SECURITY_LABEL.test(field),
  },
  { severity: 'critical', when: ({ ref }) => ACCESS_GROUPS.has(ref.group) },
  { severity: 'critical', when: ({ ref }) => ref.group === 'networking.k8s.io' && ref.kind === 'NetworkPolicy' },
  {
    severity: 'critical',
    when: ({ field }) => field !== undefined && (HOST_ACCESS.test(field) || POD_SECURITY_LABEL.test(field)),
  },
  { severity: 'critical', when: ({ value }) => reachesHost(value) },
  { severity: 'high', when: ({ drift }) => drift === 'missing' || drift === 'terminating' },
  { severity: 'high', when: ({ ref }) => ref.group === '' && (ref.kind === 'Secret' || ref.kind === 'ServiceAccount') },
  { severity: 'high', when: ({ field }) => field !== undefined && (ADDED_CONTAINER.test(field) || IMAGE.test(field)) },
  {
    severity: 'high',
    when: ({ field }) =>
      field !== undefined &&
      /\/(serviceAccountName|automountServiceAccountToken|volumes|type|externalIPs|nodePort)(\/|$)/.test(field),
  },
  { severity: 'high', when: ({ ref }) => ref.kind === 'CustomResourceDefinition' || ref.kind === 'APIService' },
  {
    severity: 'low',
    when: ({ field }) =>
      field !== undefined && /\/metadata\/(labels|annotations|finalizers|ownerReferences)/.test(field),
  },
]

/** The severity of one finding, by the built-in table; what no rule speaks of is medium. Pure. */
export const computeSeverity = (input: SeverityInput): Severity =>
  RULES.find((rule) => rule.when(input))?.severity ?? 'medium'

/** Does an added value open the host somewhere inside? */
const reachesHost = (value: unknown): boolean => {
  if (value === null || typeof value !== 'object') return false
  return Object.entries(value).some(
    ([key, below]) =>
      ((key === 'privileged' || key === 'hostNetwork' || key === 'hostPID' || key === 'hostIPC') && below === true) ||
      key === 'hostPath' ||
      reachesHost(below),
  )
}
