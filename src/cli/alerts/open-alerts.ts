import { parseMatchers } from '../../fleet/alert-matcher.ts'
import type { HubViewOptions } from '../hub/open-hub.ts'
import { openHubStore } from '../hub-data.ts'
import type { World } from '../world.ts'
import { type AlertView, createLocalAlerts } from './alert-view.ts'

/** Opens what the hub that is named knows of alerts, or one on this machine. */
export const openAlerts = async ({ hub, ...options }: HubViewOptions, world: World): Promise<AlertView> => {
  if (hub === undefined) return createLocalAlerts(await openHubStore(options, world), world)
  const [{ openHubClient }, { createRemoteAlerts }] = await Promise.all([
    import('../hub/open-client.ts'),
    import('./remote-alerts.ts'),
  ])
  return createRemoteAlerts(openHubClient({ hub, ...options }, world), world)
}

/** The matchers of silences, read. */
export const readSilences = async (view: AlertView) =>
  (await view.listSilences()).map(({ id, matchers, reason, until }) => ({
    source: `silence ${id}`,
    matchers: matchers.flatMap(parseMatchers),
    reason,
    until,
  }))
