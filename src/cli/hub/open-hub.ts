import { type HubDataOptions, openHubStore } from '../hub-data.ts'
import type { World } from '../world.ts'
import type { HubView } from './hub-view.ts'
import { createLocalHub } from './local-hub.ts'

/** Which hub. */
export type HubViewOptions = HubDataOptions

/** Opens what a hub on this machine recorded. */
export const openHub = async (options: HubViewOptions, world: World): Promise<HubView> =>
  createLocalHub(await openHubStore(options, world), world)
