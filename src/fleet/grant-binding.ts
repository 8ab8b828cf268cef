import type { ProblemText } from './model.ts'
import type { RbacGrantSpec } from './schema/rbac-grant.ts'
import type { RbacTemplateSpec } from './schema/rbac-template.ts'

type Binding = RbacGrantSpec['bindings'][number]
type Role = RbacTemplateSpec['roles'][number]
type BindingProblem = ProblemText & { readonly pointer: string }

const LONGEST_BREAK_GLASS_MS = 24 * 3_600_000

/** What is wrong with a binding of a grant, given its role. */
export const checkBinding = (binding: Binding, role: Role): BindingProblem[] => [
  ...checkNamespaces(binding, role),
  ...checkTimes(binding),
]

const checkNamespaces = ({ namespaces }: Binding, { name, scope }: Role): BindingProblem[] => {
  if (scope === 'Namespace' && namespaces === undefined) {
    const message = `role "${name}" holds in namespaces, and none are said`
    const hint = 'add namespaces: {names: […]}, or {} for all of them'
    return [{ pointer: '', code: 'FIELD_MISSING', message, hint }]
  }
  if (scope === 'Namespace' || namespaces === undefined) return []
  const message = `role "${name}" holds on the whole cluster, so that namespaces do not limit it`
  const hint = 'remove namespaces, or give the role scope: Namespace'
  return [{ pointer: '/namespaces', code: 'FIELD_INVALID', message, hint }]
}

const checkTimes = ({ expires, breakGlass }: Binding): BindingProblem[] => {
  const times = [
    { pointer: '/expires', text: expires },
    { pointer: '/breakGlass/since', text: breakGlass?.since },
  ]
  const wrong = times.filter(({ text }) => text !== undefined && !hasReference(text) && Number.isNaN(Date.parse(text)))
  if (wrong.length > 0) {
    return wrong.map(({ pointer, text }) => ({
      pointer,
      code: 'FIELD_INVALID',
      message: `there is no time ${text}`,
      hint: 'check the day, the hour and the offset',
    }))
  }
  if (breakGlass === undefined || hasReference(breakGlass.since) || hasReference(expires)) return []
  const hint = 'give it an expires at most 24 hours after since'
  if (expires === undefined) {
    return [{ pointer: '', code: 'FIELD_MISSING', message: 'break-glass access does not say when it ends', hint }]
  }
  const lifeMs = Date.parse(expires) - Date.parse(breakGlass.since)
  if (lifeMs > 0 && lifeMs <= LONGEST_BREAK_GLASS_MS) return []
  const message = lifeMs <= 0 ? 'it ends before it begins' : 'break-glass access lasts more than 24 hours'
  return [{ pointer: '/expires', code: 'FIELD_INVALID', message, hint }]
}

const hasReference = (text: string | undefined): boolean => text?.includes('${') === true
