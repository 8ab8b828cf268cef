import { posix } from 'node:path'
import { isLockstepError } from '../base/errors.ts'
import type { FileTree, ReadOptions } from '../base/file-tree.ts'
import { mapLimited } from '../base/limit.ts'
import { parseYaml } from '../kube/yaml.ts'
import { createLocate, type DocumentOrigin, type Locate } from './locate.ts'
import { createReport } from './model.ts'
import { toPointer } from './pointer.ts'
import type { Problem } from './problem.ts'

/** A document whose apiVersion is Lockstep's, otherwise as it stands. */
export type RawDocument = { readonly value: Readonly<Record<string, unknown>>; readonly origin: DocumentOrigin }

/** The Lockstep documents of a repository, before their kinds are looked at. */
export type RawRepository = {
  readonly documents: readonly RawDocument[]
  readonly problems: readonly Problem[]
  /** Every file and folder; `.` is the root. */
  readonly paths: ReadonlySet<string>
  readonly locate: Locate
}

/** The file that makes a folder a fleet repository. */
export const FLEET_FILE = 'fleet.yaml'

const MAX_READS = 16

/**
 * Finds the documents: a file is read if it mentions our API group at all, a document counts if its apiVersion is of
 * that group. What lies below a component's `source.path` belongs to that source; a document that a shallower one
 * claims so is left out, and with it what it would have claimed.
 */
export const readDocuments = async (tree: FileTree, options: ReadOptions): Promise<RawRepository> => {
  const files = await tree.list(options)
  const candidates = files
    .filter((file) => /\.(ya?ml|json)$/.test(file))
    .sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))
  const texts = new Map<string, string>()
  const locate = createLocate(texts)
  const read = await mapLimited(candidates, MAX_READS, async (file) => readFile(tree, file, options))
  const documents: RawDocument[] = []
  const problems: Problem[] = []
  const claimed: { readonly folder: string; readonly origin: DocumentOrigin; readonly pointer: string }[] = []
  for (const file of read) {
    if (file === undefined || claimed.some(({ folder }) => isBelow(folder, file.name))) continue
    if ('problem' in file) {
      problems.push(file.problem)
      continue
    }
    texts.set(file.name, file.text)
    documents.push(...file.documents)
    claimed.push(...file.documents.flatMap(listClaims))
  }
  for (const { folder, origin, pointer } of claimed) {
    const inside = documents.find((document) => isBelow(folder, document.origin.file))
    if (inside === undefined) continue
    createReport(
      locate,
      origin,
      problems,
    )(pointer, {
      code: 'SOURCE_HOLDS_DOCUMENT',
      message: `the source holds a document of the fleet: ${inside.origin.file}`,
      hint: 'keep the manifests of a component in a folder of their own',
    })
  }
  return { documents, problems, paths: listPaths(files), locate }
}

/** A path that a document names, relative to the root; undefined where it leaves the root. */
export const resolveFleetPath = (origin: DocumentOrigin, path: string): string | undefined => {
  const resolved = posix.join(posix.dirname(origin.file), path).replace(/(?<=.)\/$/, '')
  return resolved === '..' || resolved.startsWith('../') || posix.isAbsolute(path) ? undefined : resolved
}

type ReadFile =
  | { readonly name: string; readonly problem: Problem }
  | { readonly name: string; readonly text: string; readonly documents: readonly RawDocument[] }

const readFile = async (tree: FileTree, name: string, options: ReadOptions): Promise<ReadFile | undefined> => {
  options.signal?.throwIfAborted()
  try {
    const content = await tree.read(name, options)
    if (content === undefined || (name !== FLEET_FILE && !content.includes('lockstep.dev/'))) return undefined
    const text = content.toString('utf8')
    const documents = parseYaml(text, { file: name }).flatMap((value, index) =>
      isLockstepDocument(value) ? [{ value, origin: { file: name, index } }] : [],
    )
    return { name, text, documents }
  } catch (error) {
    if (!isLockstepError(error)) throw error
    const { code, hint, position } = error
    const message = error.message.replace(`${name}:${position?.line} is `, '')
    const place = { file: name, ...position }
    return { name, problem: { code, severity: 'error', message, ...place, ...(hint === undefined ? {} : { hint }) } }
  }
}

const isLockstepDocument = (value: unknown): value is RawDocument['value'] =>
  isMap(value) && typeof value.apiVersion === 'string' && value.apiVersion.startsWith('lockstep.dev/')

const listClaims = ({ value, origin }: RawDocument) => {
  const components = isMap(value.spec) && Array.isArray(value.spec.components) ? value.spec.components : []
  return components.flatMap((component: unknown, index) => {
    const source = isMap(component) && isMap(component.source) ? component.source : {}
    if (typeof source.path !== 'string' || source.repository !== undefined) return []
    // Of `overlays/${cluster.name}` everything below `overlays` is meant.
    const fixed = source.path.includes('${') ? source.path.replace(/[^/]*\$\{.*$/s, '') : source.path
    const folder = resolveFleetPath(origin, fixed || '.')
    const pointer = toPointer('spec', 'components', index, 'source', 'path')
    return folder === undefined ? [] : [{ folder, origin, pointer }]
  })
}

const isBelow = (folder: string, file: string): boolean =>
  folder === '.' || file === folder || file.startsWith(`${folder}/`)

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const listPaths = (files: readonly string[]): Set<string> => {
  const paths = new Set(['.', ...files])
  for (const file of files) {
    for (let folder = posix.dirname(file); !paths.has(folder); folder = posix.dirname(folder)) paths.add(folder)
  }
  return paths
}
