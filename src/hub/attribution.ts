import type { Clock } from '../base/clock.ts'
import { toError } from '../base/errors.ts'
import type { Discovery } from '../kube/client.ts'
import { toRefKey } from '../kube/object.ts'
import type { FindingStore, StoredFinding } from '../store/findings.ts'
import { createActors } from './actors.ts'
import type { HubDeps } from './hub.ts'

/** Audit events come in batches, up to half a minute late. */
const RECENT_MS = 60_000

/** Joins what API servers tell of who wrote with what was found. */
export type Attribution = {
  /** Says of findings who made them, where an API server told. */
  readonly attribute: (findings: readonly StoredFinding[]) => Promise<void>
  /** Takes a batch of audit events of a cluster. */
  readonly noteAuditEvents: (cluster: string, batch: unknown) => Promise<void>
}

/** Attributes findings, whichever came first: the finding, or word of who made it. */
export const createAttribution = ({
  store,
  clock,
  by,
  log,
  findDiscovery,
}: {
  readonly store: Pick<FindingStore, 'attribute' | 'listFindings'>
  readonly clock: Clock
  readonly by: () => { readonly actor: string; readonly time: string }
  readonly log: HubDeps['log']
  /** What a cluster serves, while it is connected. */
  readonly findDiscovery: (cluster: string) => Promise<Discovery | undefined>
}): Attribution => {
  const actors = createActors({ clock })

  const attribute: Attribution['attribute'] = async (findings) => {
    for (const finding of findings) {
      const found = finding.actor === undefined ? actors.find(finding) : undefined
      if (!found) continue
      const { user, ...details } = found
      try {
        await store.attribute(finding.id, { user, details }, by())
      } catch (error) {
        log('error', 'could not record who made a change', { error: toError(error).message })
      }
    }
  }

  return {
    attribute,
    noteAuditEvents: async (cluster, batch) => {
      const discovery = await findDiscovery(cluster)
      if (!discovery) return
      const keys = actors.note(cluster, batch, discovery)
      if (keys.size === 0) return
      const since = new Date(clock.now().getTime() - RECENT_MS).toISOString()
      const recent = await store.listFindings({ cluster, since })
      await attribute(recent.filter(({ object }) => keys.has(toRefKey(object))))
    },
  }
}
