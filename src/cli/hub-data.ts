import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openSqliteStore } from '../store/sqlite/open-sqlite.ts'
import type { Store } from '../store/store.ts'
import { createCliError } from './errors.ts'
import type { World } from './world.ts'

/** Where a hub on this machine keeps what it knows. */
export type HubDataOptions = { readonly data?: string }

/** The data folder of the hub: named, or where it is by default. */
export const toDataDir = ({ data }: HubDataOptions, { cwd, env, home }: Pick<World, 'cwd' | 'env' | 'home'>): string =>
  data === undefined ? join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'lockstep', 'hub') : resolve(cwd, data)

/** Opens what a hub on this machine recorded, whether it runs or not (`HUB_DATA_MISSING`). */
export const openHubStore = async (options: HubDataOptions, world: World): Promise<Store> => {
  const folder = toDataDir(options, world)
  const file = join(folder, 'hub.db')
  if (!existsSync(file))
    throw createCliError('HUB_DATA_MISSING', `there is no data of a hub in ${folder}`, {
      subject: folder,
      hint: 'name the folder that the hub was started with: --data DIR',
    })
  return openSqliteStore(file, world)
}
