import type { FLEET_OPERATIONS } from '../../api/fleet.ts'
import type { Handlers } from './handler.ts'

export const FLEET_HANDLERS: Handlers<typeof FLEET_OPERATIONS> = {
  getFleet: async (_, { hub }) => {
    const { revision, gitError, clusters } = hub.status()
    const session = hub.session()
    const byState = Map.groupBy(clusters, ({ state }) => state)
    return {
      hub: { name: hub.name, version: hub.version },
      ...(session ? { fleet: session.fleet.name } : {}),
      ...(revision === undefined ? {} : { revision }),
      ...(gitError === undefined ? {} : { gitError }),
      clusters: Object.fromEntries([...byState].map(([state, some]) => [state, some.length])),
    }
  },
  getRollout: async (_, { hub }) => {
    const { revision, rollout } = hub.status()
    return {
      ...(revision === undefined ? {} : { revision }),
      phase: rollout?.phase ?? 'none',
      failed: rollout?.failed ?? [],
      waiting: rollout?.waiting ?? [],
    }
  },
}
