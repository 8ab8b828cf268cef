import type { Clock } from '../base/clock.ts'
import type { FreezeWindow, ResolvedCluster } from '../fleet/resolved.ts'
import { findFreeze, isHeld } from '../rollout/freeze.ts'
import type { Suspension, SuspensionStore } from '../store/suspensions.ts'
import type { Hold } from './hold-back.ts'

/** What is held back now, by suspensions and freezes. */
export type Holds = {
  /** What holds a component of a cluster back; a suspension counts more than a freeze. */
  readonly find: (cluster: ResolvedCluster, component: string) => Hold | undefined
  /** Looks what other programs suspended and resumed, and what began or ended by itself; tells whether anything did. */
  readonly refresh: (freeze: readonly FreezeWindow[]) => Promise<boolean>
  readonly suspensions: () => readonly Suspension[]
}

/** Knows what is held back, as of the last time it looked. */
export const createHolds = ({
  store,
  clock,
}: {
  readonly store: Pick<SuspensionStore, 'listSuspensions'>
  readonly clock: Clock
}): Holds => {
  let suspensions: readonly Suspension[] = []
  /** The windows that hold now, whichever clusters they name. */
  let frozen: readonly FreezeWindow[] = []
  let before = ''

  return {
    find: (cluster, component) => {
      const suspended = suspensions.find(
        (one) =>
          (one.cluster === undefined || one.cluster === cluster.name) &&
          (one.component === undefined || one.component === component),
      )
      if (suspended) {
        const { actor, until, reason } = suspended
        return { apply: true, heal: true, reason: `suspended by ${actor} until ${until}: ${reason}` }
      }
      const window = findFreeze(frozen, cluster)
      return window && { apply: true, heal: false, reason: `frozen: ${window.reason}` }
    },
    refresh: async (freeze) => {
      const now = clock.now()
      suspensions = await store.listSuspensions(now.toISOString())
      frozen = freeze.filter((window) => isHeld(window, now))
      const seen = JSON.stringify([suspensions.map(({ id }) => id), frozen])
      const isChanged = seen !== before
      before = seen
      return isChanged
    },
    suspensions: () => suspensions,
  }
}
