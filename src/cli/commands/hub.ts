import { hostname } from 'node:os'
import { EXIT } from '../exit-code.ts'
import { toDataDir } from '../hub-data.ts'
import { findFleetFolder, toCacheDir } from '../session.ts'
import { VERSION } from '../version.ts'
import type { World } from '../world.ts'

/** Options of `lockstep hub`: the settings of a hub, and a file with more of them. */
export type HubCommandOptions = { readonly config?: string; readonly [setting: string]: unknown }

/** `lockstep hub`: keeps every cluster at what Git says, until it is told to end. */
export const runHubCommand = async ({ config, ...flags }: HubCommandOptions, world: World): Promise<number> => {
  const runHub = await world.programs.hub()
  await runHub(
    {
      ...(config === undefined ? {} : { config }),
      flags,
      defaults: {
        fleet: () => findFleetFolder({}, world),
        data: toDataDir({}, world),
        cacheDir: toCacheDir({}, world),
        // Host names may hold what names of hubs must not.
        name: hostname()
          .replace(/[^A-Za-z0-9.-]+/g, '-')
          .slice(0, 63),
      },
      version: VERSION,
    },
    world,
  )
  return EXIT.nothingToReport
}
