import type { FileTree, ReadOptions } from '../base/file-tree.ts'
import { checkModel } from './check.ts'
import { FLEET_FILE, type RawDocument, type RawRepository, readDocuments } from './documents.ts'
import { API_VERSION, isKind, KIND_NAMES, type Kind, takesReferences } from './kind.ts'
import { BROKEN_FLEET, createReport, type Documents, type FleetDocument, type FleetModel } from './model.ts'
import { parsePointer } from './pointer.ts'
import { formatPosition, type Problem } from './problem.ts'
import type { AlertPolicySpec } from './schema/alert-policy.ts'
import type { ClusterSpec } from './schema/cluster.ts'
import type { ClusterTemplateSpec } from './schema/cluster-template.ts'
import type { FleetSpec } from './schema/fleet.ts'
import type { PlacementSpec } from './schema/placement.ts'
import type { RbacGrantSpec } from './schema/rbac-grant.ts'
import type { RbacTemplateSpec } from './schema/rbac-template.ts'
import { suggestOrList } from './suggest.ts'
import { type FieldProblem, validate } from './validate.ts'

/** A fleet repository as data, and everything that is wrong in it. */
export type ParsedFleet = {
  /** Undefined only where there is no Fleet at all; with error problems it is incomplete and must not be enforced. */
  readonly fleet: FleetModel | undefined
  readonly problems: readonly Problem[]
}

/** Reads a fleet repository: every document, checked by its schema and against the others. */
export const parseFleet = async (tree: FileTree, options: ReadOptions = {}): Promise<ParsedFleet> => {
  const repository = await readDocuments(tree, options)
  const problems = [...repository.problems]
  const broken = new Set<string>()
  const checked = repository.documents.flatMap((raw) => checkDocument(raw, repository, problems, broken) ?? [])
  const valid = groupByKind(checked.filter(({ whole }) => whole))
  reportDuplicates(checked, repository, problems)
  const fleet = findFleet(valid, broken, repository, problems)
  if (fleet === undefined) return { fleet: undefined, problems: sortProblems(problems) }
  const { paths, locate } = repository
  const toModel = (documents: ByKind): FleetModel => ({ fleet, ...toDocuments(documents), broken, paths, locate })
  const whole = toModel(groupByKind(checked))
  const told = [...checkModel(whole), ...(await checkAlertPolicies(whole))]
  return { fleet: toModel(valid), problems: sortProblems([...problems, ...told]) }
}

/** By file and line, so that a file is put right from top to bottom. */
export const sortProblems = (problems: readonly Problem[]): Problem[] =>
  [...problems].sort(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  )

/** A document; not `whole` where wrong fields were taken out so that the rest can be checked, but not used. */
type Checked = FleetDocument<unknown> & { readonly whole: boolean }
type ByKind = ReadonlyMap<Kind, ReadonlyMap<string, FleetDocument<unknown>>>

const checkDocument = (
  { value, origin }: RawDocument,
  { locate }: RawRepository,
  problems: Problem[],
  broken: Set<string>,
): Checked | undefined => {
  const report = createReport(locate, origin, problems)
  const { kind, apiVersion } = value
  if (apiVersion !== API_VERSION) {
    const message = `unknown version "${String(apiVersion)}"`
    report('/apiVersion', { code: 'API_VERSION_UNKNOWN', message, hint: `write ${API_VERSION}` })
    return undefined
  }
  if (!isKind(kind)) {
    const unknown = typeof kind === 'string' ? `unknown kind "${kind}"` : '"kind" must be text'
    const message = kind === undefined ? '"kind" is missing' : unknown
    const written = typeof kind === 'string' ? kind : ''
    report('/kind', { code: 'KIND_UNKNOWN', message, hint: suggestOrList(written, KIND_NAMES, 'kind') })
    return undefined
  }
  const found = validate(kind, value, { references: takesReferences(kind) })
  for (const { code, message, pointer, at, hint } of found) report(pointer, { code, message, hint }, at)
  if (kind === 'Fleet' && origin.file !== FLEET_FILE) {
    const hint = 'move it there, or remove it'
    report('/kind', { code: 'DOCUMENT_INVALID', message: `a Fleet can only be in ${FLEET_FILE}`, hint })
    return undefined
  }
  const whole = found.length === 0
  if (!whole) broken.add(`${kind}/${(value.metadata as Metadata | undefined)?.name}`)
  const usable = removeFields(kind, value, found)
  if (usable === undefined) return undefined
  const { metadata, spec = {} } = usable as { metadata: Metadata; spec?: unknown }
  return { kind, name: metadata.name, labels: metadata.labels ?? {}, spec, origin, whole }
}

type Metadata = { readonly name: string; readonly labels?: Readonly<Record<string, string>> }

/** The value without the fields that are wrong; undefined where a field is needed, or an item of a list. */
const removeFields = (kind: Kind, value: object, problems: readonly FieldProblem[]): object | undefined => {
  if (problems.length === 0) return value
  const copy = structuredClone(value)
  for (const { pointer, code } of problems) {
    const segments = parsePointer(pointer)
    const last = segments.pop()
    const holder = segments.reduce<unknown>((outer, segment) => (outer as Fields | undefined)?.[segment], copy)
    if (last === undefined || Array.isArray(holder) || code === 'FIELD_MISSING') return undefined
    if (typeof holder === 'object' && holder !== null) delete (holder as Fields)[last]
  }
  // Without a field the one around it can be wrong, but each round takes something away.
  return removeFields(kind, copy, validate(kind, copy, { references: takesReferences(kind) }))
}

/** Most fleets are read without it: matchers and conditions come with libraries of their own. */
const checkAlertPolicies = async (model: FleetModel): Promise<readonly Problem[]> => {
  if (model.alertPolicies.size === 0) return []
  const { readAlertPolicies } = await import('./read-alert-policy.ts')
  return readAlertPolicies(model).problems
}

type Fields = Record<string, unknown>

const groupByKind = (documents: readonly FleetDocument<unknown>[]): ByKind => {
  const groups = new Map<Kind, Map<string, FleetDocument<unknown>>>()
  for (const document of documents) {
    const group = groups.get(document.kind) ?? new Map<string, FleetDocument<unknown>>()
    groups.set(document.kind, group)
    if (!group.has(document.name)) group.set(document.name, document)
  }
  return groups
}

const toDocuments = (groups: ByKind) => {
  const documentsOf = <Spec>(kind: Kind) => (groups.get(kind) ?? new Map()) as Documents<Spec>
  return {
    clusters: documentsOf<ClusterSpec>('Cluster'),
    templates: documentsOf<ClusterTemplateSpec>('ClusterTemplate'),
    placements: documentsOf<PlacementSpec>('Placement'),
    rbacTemplates: documentsOf<RbacTemplateSpec>('RbacTemplate'),
    rbacGrants: documentsOf<RbacGrantSpec>('RbacGrant'),
    alertPolicies: documentsOf<AlertPolicySpec>('AlertPolicy'),
  }
}

const reportDuplicates = (documents: readonly Checked[], { locate }: RawRepository, problems: Problem[]): void => {
  const firsts = groupByKind(documents)
  for (const document of documents) {
    const first = firsts.get(document.kind)?.get(document.name)
    if (first === undefined || first === document) continue
    createReport(
      locate,
      document.origin,
      problems,
    )('/metadata/name', {
      code: 'NAME_DUPLICATE',
      message: `${document.kind} "${document.name}" is also at ${formatPosition(locate(first.origin, '/metadata/name'))}`,
      hint: 'names are unique among a kind: rename or remove one',
    })
  }
}

const findFleet = (
  byKind: ByKind,
  broken: Set<string>,
  { paths, documents, problems: unread }: RawRepository,
  problems: Problem[],
): FleetDocument<FleetSpec> | undefined => {
  const [fleet, second] = (byKind.get('Fleet')?.values() ?? []) as Iterable<FleetDocument<FleetSpec>>
  if (second !== undefined) {
    const message = `"${second.name}" is a second Fleet in ${FLEET_FILE}`
    problems.push({ code: 'DOCUMENT_INVALID', severity: 'error', message, file: FLEET_FILE, hint: 'keep one' })
  }
  if (fleet !== undefined) return fleet
  const told =
    documents.some(({ origin }) => origin.file === FLEET_FILE) || unread.some(({ file }) => file === FLEET_FILE)
  if (!told) {
    const message = paths.has(FLEET_FILE) ? `${FLEET_FILE} holds no Fleet` : `there is no ${FLEET_FILE}`
    const hint = paths.has('fleet.yml')
      ? `rename fleet.yml to ${FLEET_FILE}`
      : 'lockstep init makes an example; --fleet names another folder'
    problems.push({ code: 'FLEET_MISSING', severity: 'error', message, file: FLEET_FILE, hint })
  }
  if (!paths.has(FLEET_FILE)) return undefined
  // With a Fleet that is there but wrong, the rest is checked all the same.
  broken.add(BROKEN_FLEET)
  return { kind: 'Fleet', name: '', labels: {}, spec: {}, origin: { file: FLEET_FILE, index: 0 } }
}
