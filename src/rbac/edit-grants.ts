import { appendDocument, type DocumentEdit, editDocument, type FileChange, removeDocument } from '../fleet/edit.ts'
import { API_VERSION } from '../fleet/kind.ts'
import type { FleetDocument, FleetModel } from '../fleet/model.ts'
import type { Selector } from '../fleet/policy.ts'
import type { ResolvedBinding } from '../fleet/resolved.ts'
import type { RbacGrantSpec } from '../fleet/schema/rbac-grant.ts'
import { suggestOrList } from '../fleet/suggest.ts'
import { formatSubject } from '../kube/rbac-identity.ts'
import { createRbacError } from './errors.ts'
import { toRbacSubject } from './grant-risks.ts'

/** A subject as grants write it. */
export type GrantSubject = ResolvedBinding['subjects'][number]
/** The files of the fleet repository that are changed, by name. */
export type ReadText = (file: string) => string

type Grant = FleetDocument<RbacGrantSpec>
type Binding = RbacGrantSpec['bindings'][number]

/** What is to be granted. */
export type GrantRequest = {
  /** The grant; a new one where there is none of the name. */
  readonly name: string
  readonly template: string
  readonly role: string
  readonly subjects: readonly GrantSubject[]
  /** Needed for a new grant; an existing one keeps its own. */
  readonly clusters?: Selector
  readonly namespaces?: Selector
  readonly expires?: string
  readonly breakGlass?: { readonly reason: string; readonly since: string }
  readonly arguments?: Readonly<Record<string, unknown>>
}

/** The change that grants a role: a subject, a binding or a whole document more. Pure. */
export const editForGrant = (model: FleetModel, request: GrantRequest, read: ReadText): FileChange[] => {
  const { name, template, role, subjects, clusters, namespaces, expires, breakGlass } = request
  const binding = {
    role,
    subjects,
    ...(namespaces ? { namespaces } : {}),
    ...(expires === undefined ? {} : { expires }),
    ...(breakGlass ? { breakGlass } : {}),
  }
  const grant = model.rbacGrants.get(name)
  if (grant === undefined) {
    if (clusters === undefined)
      throw createRbacError('RBAC_REQUEST_INVALID', `grant ${name} is new, and no clusters are said`, { subject: name })
    const given = Object.keys(request.arguments ?? {}).length > 0 ? { arguments: request.arguments } : {}
    const spec = { template: { name: template, ...given }, clusters, bindings: [binding] }
    const document = { apiVersion: API_VERSION, kind: 'RbacGrant', metadata: { name }, spec }
    return [{ file: `rbac/${name}.yaml`, before: undefined, after: appendDocument(undefined, document) }]
  }
  const misfit = findMisfit(grant, request)
  if (misfit !== undefined)
    throw createRbacError('RBAC_REQUEST_INVALID', `grant ${name} ${misfit}`, {
      subject: name,
      hint: 'name another grant with --name, or leave --name out',
    })
  const at = grant.spec.bindings.findIndex((each) => isSame({ ...each, subjects: [] }, { ...binding, subjects: [] }))
  const missing = subjects.filter((subject) => !grant.spec.bindings[at]?.subjects.some((each) => isSame(each, subject)))
  const edits: DocumentEdit[] =
    at < 0
      ? [{ op: 'append', path: ['spec', 'bindings'], value: binding }]
      : missing.map((value) => ({ op: 'append', path: ['spec', 'bindings', at, 'subjects'], value }))
  return toChange(grant, edits, read)
}

/** Why a grant cannot take the binding: it says something else of what all its bindings share. What is not asked for fits. */
const findMisfit = (
  { spec }: Grant,
  { template, clusters, arguments: given = {} }: Pick<GrantRequest, 'template' | 'clusters' | 'arguments'>,
): string | undefined => {
  if (spec.template.name !== template) return `is of template ${spec.template.name}, not of ${template}`
  if (clusters && !isSame(clusters, spec.clusters)) return 'holds on other clusters'
  const set = spec.template.arguments ?? {}
  return Object.entries(given).some(([name, value]) => !isSame(set[name], value)) ? 'has other arguments' : undefined
}

/** The name of a grant that can take the binding, or of a new one: `wanted`, `wanted-2`, … */
export const chooseGrantName = (
  model: FleetModel,
  wanted: string,
  request: Pick<GrantRequest, 'template' | 'clusters' | 'arguments'>,
): string => {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    const grant = model.rbacGrants.get(name)
    if (grant === undefined || findMisfit(grant, request) === undefined) return name
  }
}

/** Which bindings are meant: of which grant, role and subjects; what is left out means all. */
export type BindingFilter = {
  readonly grant?: string
  readonly role?: string
  readonly subjects?: readonly GrantSubject[]
}

/** The change that takes access away: subjects, bindings left without any, and grants left without any. Pure. */
export const editForRevoke = (model: FleetModel, filter: BindingFilter, read: ReadText): FileChange[] => {
  const grants = findGrants(model, filter)
  // From the last document of a file to the first, so that those before it stay the how-manieth they are.
  const ordered = grants.toSorted((a, b) => b.origin.index - a.origin.index)
  const texts = new Map<string, string | undefined>()
  for (const grant of ordered) {
    const { file, index } = grant.origin
    const text = texts.has(file) ? texts.get(file) : read(file)
    if (text === undefined) continue
    const left = grant.spec.bindings.map((binding) => listLeft(binding, filter))
    if (left.every((subjects) => subjects.length === 0)) texts.set(file, removeDocument(text, index))
    else texts.set(file, editDocument(text, index, listRemovals(grant, left)))
  }
  return [...texts]
    .map(([file, after]): FileChange => ({ file, before: read(file), after }))
    .filter(({ before, after }) => before !== after)
}

/** The change that lets access end at another time. Pure. */
export const editForExtend = (
  model: FleetModel,
  filter: BindingFilter,
  expires: string,
  read: ReadText,
): FileChange[] =>
  findGrants(model, filter).flatMap((grant) => {
    const edits = grant.spec.bindings.flatMap((binding, at): DocumentEdit[] =>
      binding.expires !== undefined && listLeft(binding, filter).length < binding.subjects.length
        ? [{ op: 'set', path: ['spec', 'bindings', at, 'expires'], value: expires }]
        : [],
    )
    return toChange(grant, edits, read)
  })

const findGrants = (model: FleetModel, { grant, role, subjects }: BindingFilter): Grant[] => {
  if (grant !== undefined && !model.rbacGrants.has(grant)) {
    const hint = suggestOrList(grant, model.rbacGrants.keys(), 'grant')
    throw createRbacError('RBAC_REQUEST_INVALID', `there is no grant ${grant}`, {
      subject: grant,
      ...(hint ? { hint } : {}),
    })
  }
  const found = [...model.rbacGrants.values()].filter(
    ({ name, spec }) =>
      (grant === undefined || name === grant) &&
      spec.bindings.some((binding) => listLeft(binding, { role, subjects }).length < binding.subjects.length),
  )
  if (found.length > 0) return found
  const who = subjects?.map((subject) => formatSubject(toRbacSubject(subject))).join(', ')
  throw createRbacError('RBAC_REQUEST_INVALID', `no grant gives ${role ?? 'a role'} to ${who ?? 'anybody'}`, {
    hint: 'lockstep rbac list shows what is granted',
  })
}

/** The subjects of a binding that are not meant. */
const listLeft = (
  binding: Binding,
  { role, subjects }: { readonly role?: string | undefined; readonly subjects?: readonly GrantSubject[] | undefined },
): readonly GrantSubject[] => {
  if (role !== undefined && binding.role !== role) return binding.subjects
  return subjects ? binding.subjects.filter((each) => !subjects.some((subject) => isSame(subject, each))) : []
}

/** From the last to the first, so that the places of those before stay right. */
const listRemovals = ({ spec }: Grant, left: readonly (readonly GrantSubject[])[]): DocumentEdit[] =>
  spec.bindings
    .flatMap(({ subjects }, at): DocumentEdit[] => {
      const kept = left[at] ?? subjects
      if (kept.length === 0) return [{ op: 'remove', path: ['spec', 'bindings', at] }]
      return subjects
        .flatMap((subject, index): DocumentEdit[] =>
          kept.includes(subject) ? [] : [{ op: 'remove', path: ['spec', 'bindings', at, 'subjects', index] }],
        )
        .toReversed()
    })
    .sort((a, b) => Number(b.path[2]) - Number(a.path[2]))

const toChange = ({ origin }: Grant, edits: readonly DocumentEdit[], read: ReadText): FileChange[] => {
  if (edits.length === 0) return []
  const before = read(origin.file)
  return [{ file: origin.file, before, after: editDocument(before, origin.index, edits) }]
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(sortKeys(a)) === JSON.stringify(sortKeys(b))

const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sortKeys(part)]),
  )
}
