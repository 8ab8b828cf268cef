import { createApiError } from '../../api/errors.ts'
import type { ORDER_OPERATIONS } from '../../api/orders.ts'
import type { ReportOf } from '../../api/report-data.ts'
import type { Clock } from '../../base/clock.ts'
import { parseDuration } from '../../base/duration.ts'
import type { Hub } from '../hub.ts'
import type { Handlers } from './handler.ts'
import { createOrderBook, type Order, type OrderBook } from './order-book.ts'
import { confirmAll, diffAll, healAll, lookAll, syncAll } from './order-reports.ts'
import { assertReady, selectKnown } from './select-known.ts'

const MAX_WAIT_MS = 60_000
/** Longer than a hub waits for a server that does not answer. */
const DIFF_MS = 600_000

type Asked = {
  readonly hub: Hub
  readonly clock: Clock
  readonly query: { readonly wait?: string }
  readonly by: { readonly actor: string }
  readonly signal: AbortSignal
}

/** What a hub is asked to do on clusters. */
export const createOrderHandlers = (): Handlers<typeof ORDER_OPERATIONS> => {
  let opened: OrderBook | undefined
  const open = (clock: Clock): OrderBook => {
    opened ??= createOrderBook(clock)
    return opened
  }
  const start = <Kind extends keyof ReportOf>(
    kind: Kind,
    clusters: readonly string[],
    { clock, query, by: { actor }, signal }: Asked,
    work: () => Promise<ReportOf[Kind]>,
  ): Promise<Order> => {
    const book = open(clock)
    const id = book.start(kind, { clusters, actor }, work)
    return book.get(id, { waitMs: parseWait(query.wait), signal })
  }

  return {
    sync: ({ body: { dryRun = false, ...selection }, ...call }, deps) => {
      const names = select(deps.hub, selection)
      const { actor } = call.by
      return start('sync', names, { ...call, ...deps }, () =>
        syncAll(deps.hub, assertReady(deps.hub), names, { actor, dryRun }),
      )
    },
    syncCluster: ({ params: { name }, body: { dryRun = false }, ...call }, deps) => {
      const names = select(deps.hub, { cluster: [name] })
      const { actor } = call.by
      return start('sync', names, { ...call, ...deps }, () =>
        syncAll(deps.hub, assertReady(deps.hub), names, { actor, dryRun }),
      )
    },
    heal: ({ body, ...call }, deps) => {
      const names = select(deps.hub, body)
      return start('heal', names, { ...call, ...deps }, () => healAll(deps.hub, assertReady(deps.hub), names, call.by))
    },
    healCluster: ({ params: { name }, ...call }, deps) => {
      const names = select(deps.hub, { cluster: [name] })
      return start('heal', names, { ...call, ...deps }, () => healAll(deps.hub, assertReady(deps.hub), names, call.by))
    },
    look: ({ body: { deep = false, ...selection }, ...call }, deps) => {
      const names = select(deps.hub, selection)
      return start('look', names, { ...call, ...deps }, () => lookAll(deps.hub, assertReady(deps.hub), names, { deep }))
    },
    diff: ({ body, ...call }, deps) => {
      const names = select(deps.hub, body)
      const signal = AbortSignal.timeout(DIFF_MS)
      return start('diff', names, { ...call, ...deps }, () =>
        diffAll(deps.hub, assertReady(deps.hub), names, { signal }),
      )
    },
    getOrder: ({ params: { id }, query: { wait }, signal }, { clock }) =>
      open(clock).get(id, { waitMs: parseWait(wait), signal }),
    listDeletions: async (_, { hub }) => ({ items: hub.operations.listDeletions() }),
    confirmDeletions: ({ params: { digest }, ...call }, deps) => {
      const { hub } = deps
      const clusters = hub.operations.listDeletions().map(({ cluster }) => cluster)
      return start('confirmDeletions', clusters, { ...call, ...deps }, () =>
        confirmAll(hub, assertReady(hub), digest, call.by),
      )
    },
  }
}

const select = (hub: Hub, selection: Parameters<typeof selectKnown>[1]): string[] => {
  assertReady(hub)
  return selectKnown(hub, selection).map(({ name }) => name)
}

const parseWait = (wait: string | undefined): number => {
  const waitMs = wait === undefined ? 0 : parseDuration(wait)
  if (waitMs <= MAX_WAIT_MS) return waitMs
  throw createApiError('REQUEST_INVALID', 'wait is at most 60s', { hint: 'ask for the order again until it is done' })
}
