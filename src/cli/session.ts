import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createFleetError } from '../fleet/errors.ts'
import { assertValidSession, type FleetSession, openSessionAt, type Session } from '../render/fleet-session.ts'
import type { ClusterOptions, FleetOptions } from './options.ts'
import type { World } from './world.ts'

/** Opens the fleet and refuses it where it has problems (`FLEET_INVALID`). */
export const openFleetSession = async (options: ClusterOptions, world: World): Promise<FleetSession> =>
  assertValidSession(await openSession(options, world))

/** Opens the fleet, its problems included; of the clusters only those that the options name are resolved. */
export const openSession = (options: ClusterOptions, world: World): Promise<Session> => {
  const { revision, offline, allowPrivate, cluster, selector } = options
  return openSessionAt(
    {
      folder: findFleetFolder(options, world),
      ...(revision ? { revision } : {}),
      cacheDir: toCacheDir(options, world),
      ...(offline ? { offline } : {}),
      ...(allowPrivate ? { allowPrivate } : {}),
      selection: { ...(cluster ? { names: cluster } : {}), ...(selector ? { selector } : {}) },
      signal: world.signal,
    },
    world,
  )
}

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

/** Where what is fetched and rendered is kept. */
export const toCacheDir = ({ cacheDir }: FleetOptions, { cwd, env, home }: World): string =>
  cacheDir !== undefined ? resolve(cwd, cacheDir) : join(env.XDG_CACHE_HOME || join(home, '.cache'), 'lockstep')
