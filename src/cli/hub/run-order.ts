import type { HubClient } from '../../api/client.ts'
import { fromErrorData } from '../../base/errors.ts'
import { createCliError } from '../errors.ts'
import type { World } from '../world.ts'

type Order = Awaited<ReturnType<typeof getOrder>>
type OrderId = 'sync' | 'heal' | 'look' | 'diff' | 'confirmDeletions'
/** What an order is given with. */
type InputOf<Id extends OrderId> = Omit<Parameters<HubClient['call']>[1], 'query'> &
  (Id extends 'confirmDeletions' ? { readonly params: { readonly digest: string } } : { readonly body: object })

/** So long a request may take: proxies on the way have limits of their own. */
const QUERY = { wait: '20s' }

/** Lets a hub do something, waits until it is done, and gives its report. */
export const runOrder = async <Id extends OrderId>(
  client: HubClient,
  id: Id,
  input: InputOf<Id>,
  { signal }: Pick<World, 'signal'>,
): Promise<unknown> => {
  try {
    let order = (await client.call(id, { ...input, query: QUERY } as never, { signal })) as Order
    while (order.state === 'running') order = await getOrder(client, order.id, signal)
    if (order.error) throw fromErrorData(order.error)
    return order.report
  } catch (error) {
    if (!signal.aborted) throw error
    throw createCliError('COMMAND_INTERRUPTED', 'interrupted: the hub goes on with what it was asked', { cause: error })
  }
}

const getOrder = (client: HubClient, id: string, signal: AbortSignal) =>
  client.call('getOrder', { params: { id }, query: QUERY }, { signal })
