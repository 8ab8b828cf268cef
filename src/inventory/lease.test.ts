import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { untilAborted } from '../base/until-aborted.ts'
import { createVirtualClock } from '../base/virtual-clock.ts'
import type { KubeClient } from '../kube/client.ts'
import { createKubeClient } from '../kube/http-client.ts'
import { createSimCluster } from '../simcluster/create-sim-cluster.ts'
import { createSimAccess, createSimTransport } from '../simcluster/transport.ts'
import { SYSTEM_NAMESPACE } from './apply-set.ts'
import { createKeptLease } from './kept-lease.ts'
import { acquireLease, readBypass } from './lease.ts'

const NAMESPACES = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false, verbs: [] }

const openCluster = async () => {
  const clock = createVirtualClock(new Date('2026-01-01T00:00:00Z'))
  const cluster = createSimCluster({ name: 'one', clock })
  const client = createKubeClient(
    createSimAccess(cluster),
    { clock, random: () => 0 },
    { transport: createSimTransport(cluster) },
  )
  await client.create(
    { resource: NAMESPACES },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM_NAMESPACE } },
  )
  return {
    clock,
    client,
    /** Lets time pass until it is done; gives how much. */
    measure: async (done: Promise<unknown>): Promise<number> => {
      const start = clock.now().getTime()
      let isDone = false
      void done.finally(() => {
        isDone = true
      })
      while (!isDone) {
        for (let round = 0; round < 20; round++) await turn()
        if (!isDone) clock.advance(50)
      }
      return clock.now().getTime() - start
    },
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]()
      await cluster[Symbol.asyncDispose]()
    },
  }
}

test('a renewal that is on its way when the lease is given back does not keep it', async () => {
  await using world = await openCluster()
  const { clock, client } = world
  const [written, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let updates = 0
  const slow: KubeClient = {
    ...client,
    update: async (address, object, options) => {
      const stored = await client.update(address, object, { ...options, signal: new AbortController().signal })
      if (updates++ > 0) return stored
      written.resolve()
      // The server has it; who gives up now does not know of it.
      await untilAborted(answered.promise, options?.signal)
      return stored
    },
  }
  const lease = await acquireLease({ client: slow, clock, holder: 'first' }, { waitMs: 0 })
  clock.advance(5_000)
  await written.promise
  const given = lease[Symbol.asyncDispose]()
  answered.resolve()
  await given

  await using next = await acquireLease({ client, clock, holder: 'second' }, { waitMs: 0 })
  expect(next.lost.aborted).toBe(false)
})

test('a hub that only keeps the lease gives it back to whoever goes past it', async () => {
  await using world = await openCluster()
  const { clock, client } = world
  await using hub = createKeptLease({ client, clock, holder: 'hub/a' }, { waitMs: 30_000, enforcer: 'a' })
  await (await hub.take())[Symbol.asyncDispose]()

  const asking = acquireLease({ client, clock, holder: 'me: it burns' }, { waitMs: 30_000, bypassHub: true })
  const waited = await world.measure(asking)
  const back = hub.take()
  await turn()
  await (await asking)[Symbol.asyncDispose]()
  const untilBack = await world.measure(back)

  expect(waited).toBeLessThan(1_000)
  expect(untilBack).toBeLessThan(1_000)
  expect(await readBypass(client)).toMatchObject({ by: 'me', reason: 'it burns' })
  expect((await back).isNew).toBe(true)
})

test('a hub that writes again and again lets whoever goes past it in between', async () => {
  await using world = await openCluster()
  const { clock, client } = world
  await using hub = createKeptLease({ client, clock, holder: 'hub/a' }, { waitMs: 30_000, enforcer: 'a' })
  const first = await hub.take()
  const asking = acquireLease({ client, clock, holder: 'me: now' }, { waitMs: 30_000, bypassHub: true })
  await world.measure(clock.sleep(300))
  const order: string[] = []
  const second = hub.take().then((taken) => {
    order.push('hub')
    return taken
  })
  const past = asking.then((taken) => {
    order.push('past')
    return taken
  })
  await first[Symbol.asyncDispose]()
  await world.measure(past)
  await (await past)[Symbol.asyncDispose]()
  await world.measure(second)

  expect(order).toEqual(['past', 'hub'])
})

test('a request for the lease does not take it from a hub that renews it', async () => {
  await using world = await openCluster()
  const { clock, client } = world
  await using hub = createKeptLease({ client, clock, holder: 'hub/a' }, { waitMs: 30_000, enforcer: 'a' })
  await using held = await hub.take()
  const asking = acquireLease({ client, clock, holder: 'me: now' }, { waitMs: 20_000, bypassHub: true })
  asking.catch(() => undefined)
  await world.measure(clock.sleep(30_000))

  await expect(asking).rejects.toMatchObject({ code: 'CLUSTER_LOCKED' })
  expect(held.lost.aborted).toBe(false)
})
