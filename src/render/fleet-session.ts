import { createDiskTree } from '../base/disk-tree.ts'
import { CODEOWNERS_FILES } from '../fleet/codeowners.ts'
import { createFleetError } from '../fleet/errors.ts'
import { assertValidFleet } from '../fleet/load.ts'
import type { FleetModel } from '../fleet/model.ts'
import { parseFleet } from '../fleet/parse.ts'
import type { Problem } from '../fleet/problem.ts'
import { resolveFleet } from '../fleet/resolve.ts'
import type { GitRef, ResolvedFleet } from '../fleet/resolved.ts'
import { selectClusters } from '../fleet/selector.ts'
import type { FleetRepository, FleetVersion } from '../source/artifact.ts'
import { openFleetRepository } from '../source/git/fleet-repository.ts'
import { toRevision } from '../source/git/pinned-revision.ts'
import { createLazySources } from '../source/lazy-sources.ts'
import type { SourceDeps } from '../source/source-deps.ts'
import { createRenderCache } from './cache.ts'
import type { RenderDeps } from './render-component.ts'

/** A fleet repository at one version, opened for a command. */
export type Session = AsyncDisposable & {
  /** The folder with `fleet.yaml`. */
  readonly directory: string
  readonly revision: string
  readonly cacheDir: string
  readonly model: FleetModel | undefined
  readonly fleet: ResolvedFleet | undefined
  readonly problems: readonly Problem[]
  readonly codeowners?: string
  readonly renderDeps: RenderDeps
}

/** A session of a fleet without problems: of the clusters that a command means. */
export type FleetSession = Session & { readonly model: FleetModel; readonly fleet: ResolvedFleet }

/** Which fleet, at which version, and what of it. */
export type SessionOptions = {
  /** The folder with `fleet.yaml`. */
  readonly folder: string
  /** A branch, tag or commit instead of the working tree. */
  readonly revision?: string
  readonly cacheDir: string
  readonly offline?: boolean
  readonly allowPrivate?: readonly string[]
  /** Only these clusters are resolved; all by default. */
  readonly selection?: { readonly names?: readonly string[]; readonly selector?: string }
  readonly signal?: AbortSignal
}

/** Refuses a fleet that has problems (`FLEET_INVALID`), and closes it. */
export const assertValidSession = async (session: Session): Promise<FleetSession> => {
  try {
    assertValidFleet(session.problems)
    if (session.model && session.fleet) return session as FleetSession
    throw createFleetError('FLEET_MISSING', `there is no fleet in ${session.directory}`)
  } catch (error) {
    await session[Symbol.asyncDispose]()
    throw error
  }
}

/** Opens a fleet, its problems included. */
export const openSessionAt = async (options: SessionOptions, deps: SourceDeps): Promise<Session> => {
  const { folder, cacheDir, selection = {} } = options
  const { env } = deps
  const call = options.signal ? { signal: options.signal } : {}
  const repository = await openFleetRepository(folder, { cacheDir }, { env })
  const reading = options.revision ? repository.readRevision(options.revision, call) : repository.readCurrent(call)
  // The working tree is read while git still finds out what it is called.
  const [{ fleet: model, problems }, version] = await Promise.all([
    parseFleet(options.revision ? (await reading).tree : createDiskTree(repository.directory), call),
    reading,
  ])
  const versionAt = createVersionReader(repository, version, env, call)
  const sources = createLazySources(
    {
      cacheDir,
      ...(options.offline ? { offline: true } : {}),
      ...(options.allowPrivate ? { allowPrivate: options.allowPrivate } : {}),
    },
    deps,
  )
  const hasErrors = problems.some(({ severity }) => severity === 'error')
  const clusters = model && !(hasErrors && selection.names) ? selectClusters(model, selection) : []
  const resolved =
    model &&
    (await resolveFleet(
      model,
      { templateAt: async (ref) => readTemplateModel(await versionAt(ref), call) },
      { clusters, ...call },
    ))
  const codeowners = await readCodeowners(version, call)
  return {
    directory: repository.directory,
    revision: version.revision,
    cacheDir,
    model,
    fleet: resolved?.fleet,
    problems: mergeProblems(problems, resolved?.problems ?? []),
    ...(codeowners === undefined ? {} : { codeowners }),
    renderDeps: {
      cacheDir,
      renders: createRenderCache(cacheDir),
      // A commit stays what it is.
      ...(options.revision ? { digests: new Map() } : {}),
      engines: resolved?.fleet.engines ?? {},
      checkOut: async (ref) => (await versionAt(ref)).checkOut(call),
      sources,
    },
    [Symbol.asyncDispose]: () => sources[Symbol.asyncDispose](),
  }
}

type Call = { readonly signal?: AbortSignal }

/** Versions of the fleet repository, each read once. */
const createVersionReader = (
  repository: FleetRepository,
  current: FleetVersion,
  env: SourceDeps['env'],
  call: Call,
): ((ref: GitRef | undefined) => Promise<FleetVersion>) => {
  const known = new Map<string, Promise<FleetVersion>>()
  return async (ref) => {
    if (ref === undefined) return current
    const key = JSON.stringify(ref)
    const version =
      known.get(key) ??
      toRevision(ref, repository.directory, { env, ...call }).then((revision) =>
        repository.readRevision(revision, call),
      )
    known.set(key, version)
    return version
  }
}

const readTemplateModel = async (version: FleetVersion, call: Call): Promise<FleetModel> => {
  const { fleet, problems } = await parseFleet(version.tree, call)
  if (fleet) return fleet
  assertValidFleet(problems)
  throw createFleetError('FLEET_MISSING', `there is no fleet at ${version.revision}`)
}

const readCodeowners = async ({ tree }: FleetVersion, call: Call): Promise<string | undefined> => {
  const found = await Promise.all(CODEOWNERS_FILES.map((path) => tree.read(path, call)))
  return found.find((content) => content !== undefined)?.toString()
}

const mergeProblems = (first: readonly Problem[], more: readonly Problem[]): Problem[] => {
  const toKey = ({ code, file, line, column, path }: Problem): string =>
    JSON.stringify([code, file, line, column, path])
  const told = new Set(first.map(toKey))
  return [...first, ...more.filter((problem) => !told.has(toKey(problem)))]
}
