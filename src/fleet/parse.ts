import type { FileTree, ReadOptions } from '../base/file-tree.ts'
import { checkModel } from './check.ts'
import { FLEET_FILE, type RawDocument, type RawRepository, readDocuments } from './documents.ts'
import { BROKEN_FLEET, createReport, type FleetDocument, type FleetModel } from './model.ts'
import type { Problem } from './problem.ts'
import { API_VERSION } from './schema/common.ts'
import type { FleetSpec } from './schema/fleet.ts'
import { isKind, KINDS, type Kind } from './schema/kinds.ts'
import { suggestOrList } from './suggest.ts'
import { validate } from './validate.ts'

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
  const byKind = new Map<Kind, Map<string, FleetDocument<unknown>>>()
  for (const raw of repository.documents) {
    const document = checkDocument(raw, repository, problems, broken)
    if (document === undefined) continue
    const known = byKind.get(document.kind) ?? new Map<string, FleetDocument<unknown>>()
    byKind.set(document.kind, known)
    const other = known.get(document.name)
    if (other === undefined) known.set(document.name, document)
    else reportDuplicate(document, other, repository, problems)
  }
  const fleet = findFleet(byKind, broken, repository, problems)
  if (fleet === undefined) return { fleet: undefined, problems: sortProblems(problems) }
  const documentsOf = <Spec>(kind: Kind) => (byKind.get(kind) ?? new Map()) as ReadonlyMap<string, FleetDocument<Spec>>
  const model: FleetModel = {
    fleet,
    clusters: documentsOf('Cluster'),
    templates: documentsOf('ClusterTemplate'),
    placements: documentsOf('Placement'),
    rbacTemplates: documentsOf('RbacTemplate'),
    rbacGrants: documentsOf('RbacGrant'),
    broken,
    paths: repository.paths,
    locate: repository.locate,
  }
  return { fleet: model, problems: sortProblems([...problems, ...checkModel(model)]) }
}

/** By file and line, so that a file is put right from top to bottom. */
export const sortProblems = (problems: readonly Problem[]): Problem[] =>
  [...problems].sort(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  )

const checkDocument = (
  raw: RawDocument,
  repository: RawRepository,
  problems: Problem[],
  broken: Set<string>,
): FleetDocument<unknown> | undefined => {
  const { value, origin } = raw
  const report = createReport(repository.locate, origin, problems)
  const { kind, apiVersion } = value
  if (apiVersion !== API_VERSION) {
    const message = `unknown version "${String(apiVersion)}"`
    report('/apiVersion', { code: 'API_VERSION_UNKNOWN', message, hint: `write ${API_VERSION}` })
    return undefined
  }
  if (!isKind(kind)) {
    const message = kind === undefined ? '"kind" is missing' : `unknown kind "${String(kind)}"`
    report('/kind', { code: 'KIND_UNKNOWN', message, hint: suggestOrList(String(kind), Object.keys(KINDS), 'kind') })
    return undefined
  }
  const found = validate(KINDS[kind], value, { references: kind !== 'Fleet' })
  const metadata = value.metadata as { name?: unknown; labels?: Record<string, string> } | undefined
  if (kind === 'Fleet' && origin.file !== FLEET_FILE) {
    report('/kind', { code: 'DOCUMENT_INVALID', message: `a Fleet can only be in ${FLEET_FILE}`, hint: 'remove it' })
  }
  if (found.length > 0) broken.add(`${kind}/${String(metadata?.name)}`)
  for (const { code, message, pointer, at, hint } of found) report(pointer, { code, message, hint }, at)
  if (found.length > 0 || (kind === 'Fleet' && origin.file !== FLEET_FILE)) return undefined
  return { kind, name: String(metadata!.name), labels: metadata!.labels ?? {}, spec: value.spec, origin }
}

const reportDuplicate = (
  document: FleetDocument<unknown>,
  other: FleetDocument<unknown>,
  repository: RawRepository,
  problems: Problem[],
): void => {
  const first = repository.locate(other.origin, '/metadata/name')
  createReport(
    repository.locate,
    document.origin,
    problems,
  )('/metadata/name', {
    code: 'NAME_DUPLICATE',
    message: `${document.kind} "${document.name}" is also in ${first.file}:${first.line}`,
    hint: 'names are unique among a kind: rename or remove one',
  })
}

const findFleet = (
  byKind: ReadonlyMap<Kind, ReadonlyMap<string, FleetDocument<unknown>>>,
  broken: Set<string>,
  { paths, documents, problems: unread }: RawRepository,
  problems: Problem[],
): FleetDocument<FleetSpec> | undefined => {
  const [fleet, ...others] = (byKind.get('Fleet')?.values() ?? []) as Iterable<FleetDocument<FleetSpec>>
  for (const { name, origin } of others) {
    const message = `"${name}" is a second Fleet in ${FLEET_FILE}`
    problems.push({ code: 'DOCUMENT_INVALID', severity: 'error', message, file: origin.file, hint: 'keep one' })
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
