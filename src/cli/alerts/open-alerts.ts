import { parseMatchers } from '../../fleet/alert-matcher.ts'
import { type HubDataOptions, openHubStore } from '../hub-data.ts'
import type { World } from '../world.ts'
import { type AlertView, createLocalAlerts } from './alert-view.ts'

/** Opens what a hub on this machine knows of alerts. */
export const openAlerts = async (options: HubDataOptions, world: World): Promise<AlertView> =>
  createLocalAlerts(await openHubStore(options, world), world)

/** The matchers of silences, read. */
export const readSilences = async (view: AlertView) =>
  (await view.listSilences()).map(({ id, matchers, reason, until }) => ({
    source: `silence ${id}`,
    matchers: matchers.flatMap(parseMatchers),
    reason,
    until,
  }))
