import { expect, test } from 'vitest'
import { untilAborted } from '../base/until-aborted.ts'
import { createVirtualClock } from '../base/virtual-clock.ts'
import type { KubeClient } from '../kube/client.ts'
import { createKubeClient } from '../kube/http-client.ts'
import { createSimCluster } from '../simcluster/create-sim-cluster.ts'
import { createSimAccess, createSimTransport } from '../simcluster/transport.ts'
import { SYSTEM_NAMESPACE } from './apply-set.ts'
import { acquireLease } from './lease.ts'

const NAMESPACES = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false, verbs: [] }

test('a renewal that is on its way when the lease is given back does not keep it', async () => {
  const clock = createVirtualClock(new Date('2026-01-01T00:00:00Z'))
  await using cluster = createSimCluster({ name: 'one', clock })
  await using client = createKubeClient(
    createSimAccess(cluster),
    { clock, random: () => 0 },
    { transport: createSimTransport(cluster) },
  )
  await client.create(
    { resource: NAMESPACES },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM_NAMESPACE } },
  )
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
