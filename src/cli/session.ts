import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
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
import { createRenderCache } from '../render/cache.ts'
import type { RenderDeps } from '../render/render-component.ts'
import type { FleetRepository, FleetVersion } from '../source/artifact.ts'
import { openFleetRepository } from '../source/git/fleet-repository.ts'
import type { ClusterOptions, FleetOptions } from './options.ts'
import { toRevision } from './pinned-revision.ts'
import { createLazySources } from './sources.ts'
import type { World } from './world.ts'

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

/** Opens the fleet and refuses it where it has problems (`FLEET_INVALID`). */
export const openFleetSession = async (options: ClusterOptions, world: World): Promise<FleetSession> => {
  const session = await openSession(options, world)
  try {
    assertValidFleet(session.problems)
    if (session.model && session.fleet) return session as FleetSession
    throw createFleetError('FLEET_MISSING', `there is no fleet in ${session.directory}`)
  } catch (error) {
    await session[Symbol.asyncDispose]()
    throw error
  }
}

/** Opens the fleet, its problems included; of the clusters only those that the options name are resolved. */
export const openSession = async (options: ClusterOptions, world: World): Promise<Session> => {
  const { signal, env } = world
  const folder = findFleetFolder(options, world)
  const cacheDir = toCacheDir(options, world)
  const repository = await openFleetRepository(folder, { cacheDir }, { env })
  const reading = options.revision
    ? repository.readRevision(options.revision, { signal })
    : repository.readCurrent({ signal })
  // The working tree is read while git still finds out what it is called.
  const [{ fleet: model, problems }, version] = await Promise.all([
    parseFleet(options.revision ? (await reading).tree : createDiskTree(repository.directory), { signal }),
    reading,
  ])
  const versionAt = createVersionReader(repository, version, world)
  const sources = createLazySources({ ...options, cacheDir }, world)
  const hasErrors = problems.some(({ severity }) => severity === 'error')
  const clusters = model && !(hasErrors && options.cluster) ? selectClusters(model, toSelection(options)) : []
  const resolved =
    model &&
    (await resolveFleet(
      model,
      { templateAt: async (ref) => readTemplateModel(await versionAt(ref), signal) },
      { clusters, signal },
    ))
  const codeowners = await readCodeowners(version, signal)
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
      engines: resolved?.fleet.engines ?? {},
      checkOut: async (ref) => (await versionAt(ref)).checkOut({ signal }),
      sources,
    },
    [Symbol.asyncDispose]: () => sources[Symbol.asyncDispose](),
  }
}

const toSelection = ({ cluster, selector }: ClusterOptions) => ({
  ...(cluster ? { names: cluster } : {}),
  ...(selector ? { selector } : {}),
})

/** The folder that is named, else the nearest one upwards with a `fleet.yaml`. */
export const findFleetFolder = ({ fleet, revision }: FleetOptions, { cwd }: Pick<World, 'cwd'>): string => {
  const start = resolve(cwd, fleet ?? '.')
  if (!existsSync(start)) throw createFleetError('FLEET_MISSING', `there is no folder ${start}`, { subject: start })
  if (fleet !== undefined) return start
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'fleet.yaml'))) return folder
    if (dirname(folder) === folder) break
  }
  // At another revision it may be where it is not now.
  if (revision !== undefined) return start
  throw createFleetError('FLEET_MISSING', `there is no fleet.yaml in ${start} or above it`, {
    subject: start,
    hint: 'name the folder of the fleet with --fleet, or make an example with: lockstep init',
  })
}

const toCacheDir = ({ cacheDir }: FleetOptions, { cwd, env, home }: World): string =>
  cacheDir !== undefined ? resolve(cwd, cacheDir) : join(env.XDG_CACHE_HOME || join(home, '.cache'), 'lockstep')

/** Versions of the fleet repository, each read once. */
const createVersionReader = (
  repository: FleetRepository,
  current: FleetVersion,
  { env, signal }: World,
): ((ref: GitRef | undefined) => Promise<FleetVersion>) => {
  const known = new Map<string, Promise<FleetVersion>>()
  return async (ref) => {
    if (ref === undefined) return current
    const key = JSON.stringify(ref)
    const version =
      known.get(key) ??
      toRevision(ref, repository.directory, { env, signal }).then((revision) =>
        repository.readRevision(revision, { signal }),
      )
    known.set(key, version)
    return version
  }
}

const readTemplateModel = async (version: FleetVersion, signal: AbortSignal): Promise<FleetModel> => {
  const { fleet, problems } = await parseFleet(version.tree, { signal })
  if (fleet) return fleet
  assertValidFleet(problems)
  throw createFleetError('FLEET_MISSING', `there is no fleet at ${version.revision}`)
}

const readCodeowners = async ({ tree }: FleetVersion, signal: AbortSignal): Promise<string | undefined> => {
  const found = await Promise.all(CODEOWNERS_FILES.map((path) => tree.read(path, { signal })))
  return found.find((content) => content !== undefined)?.toString()
}

const mergeProblems = (first: readonly Problem[], more: readonly Problem[]): Problem[] => {
  const toKey = ({ code, file, line, column, path }: Problem): string =>
    JSON.stringify([code, file, line, column, path])
  const told = new Set(first.map(toKey))
  return [...first, ...more.filter((problem) => !told.has(toKey(problem)))]
}
