import { createNotFound } from '../../api/errors.ts'
import { DEFAULT_PAGE } from '../../api/operation.ts'
import type { RBAC_OPERATIONS } from '../../api/rbac.ts'
import { readStatedAccess } from '../../enforce/git-access.ts'
import type { ResolvedCluster } from '../../fleet/resolved.ts'
import { describeGrant } from '../../rbac/describe-grant.ts'
import type { Hub } from '../hub.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { Handlers } from './handler.ts'
import { assertReady, selectKnown } from './select-known.ts'

export const RBAC_HANDLERS: Handlers<typeof RBAC_OPERATIONS> = {
  listAccess: async ({ query: { cursor, limit = DEFAULT_PAGE, ...selection }, signal }, { hub, clock }) => {
    const after = decodeCursor<string>('listAccess', cursor, '')
    const session = getSession(hub)
    const resolved = new Map(session.fleet.clusters.map((cluster) => [cluster.name, cluster]))
    const names = selectKnown(hub, selection)
      .map(({ name }) => name)
      .filter((name) => name > after && resolved.has(name))
    const shown = names.slice(0, limit)
    const items = await Promise.all(
      shown.map(async (name) => {
        const cluster = resolved.get(name) as ResolvedCluster
        const { objects, ...stated } = await readStatedAccess(cluster, session, { now: clock.now(), signal })
        return {
          ...stated,
          roles: objects.roles.map((role) => ({ ...role })),
          bindings: objects.bindings.map((binding) => ({ ...binding })),
        }
      }),
    )
    const last = shown.at(-1)
    return names.length > shown.length && last !== undefined
      ? { items, next: encodeCursor('listAccess', last) }
      : { items }
  },
  getGrant: async ({ params: { name } }, { hub }) => {
    const found = await describeGrant(getSession(hub).model, name, hub.findLastChange)
    if (!found) throw createNotFound('grant', name)
    return found
  },
}

const getSession = (hub: Hub) => {
  assertReady(hub)
  return hub.session() as NonNullable<ReturnType<Hub['session']>>
}
