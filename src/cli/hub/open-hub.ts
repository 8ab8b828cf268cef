import { type HubDataOptions, openHubStore } from '../hub-data.ts'
import type { World } from '../world.ts'
import type { RemoteOptions } from './hub-options.ts'
import type { HubView } from './hub-view.ts'
import { createLocalHub } from './local-hub.ts'

/** Which hub: by its API, else by its data folder. */
export type HubViewOptions = HubDataOptions & RemoteOptions

/** Opens the hub that is named, or what a hub on this machine recorded. */
export const openHub = async ({ hub, ...options }: HubViewOptions, world: World): Promise<HubView> => {
  if (hub === undefined) return createLocalHub(await openHubStore(options, world), world)
  const [{ openHubClient }, { createRemoteHub }] = await Promise.all([
    import('./open-client.ts'),
    import('./remote-hub.ts'),
  ])
  return createRemoteHub(openHubClient({ hub, ...options }, world), world)
}
