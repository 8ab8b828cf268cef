import { expect, test } from 'vitest'
import { systemClock } from '../base/system-clock.ts'
import type { AuditEvent } from './audit.ts'
import { startAuditWebhook } from './audit-webhook.ts'
import { createSimCluster, type SimCluster } from './create-sim-cluster.ts'

const open = () => createSimCluster({ name: 'shop', clock: systemClock, users: { alice: ['team-a'] } })

const send = (cluster: SimCluster, method: 'GET' | 'POST', url: string, headers = {}, body = '') => {
  const [path = '', query = ''] = url.split('?')
  return cluster.requestAs(`Bearer ${cluster.tokenOf('admin')}`, {
    method,
    path,
    query: new URLSearchParams(query),
    headers: { 'user-agent': 'test/1.0', ...headers },
    body,
  })
}

test('a read is told with who, what and how it ended', async () => {
  await using cluster = open()
  const events: AuditEvent[] = []
  cluster.audit.subscribe((event) => events.push(event))

  const { headers } = await send(cluster, 'GET', '/api/v1/namespaces/default/configmaps?limit=5')

  expect(events).toEqual([
    {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: headers['audit-id'],
      stage: 'ResponseComplete',
      requestURI: '/api/v1/namespaces/default/configmaps?limit=5',
      verb: 'list',
      user: { username: 'admin', uid: 'admin', groups: ['system:masters', 'system:authenticated'] },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'test/1.0',
      objectRef: { resource: 'configmaps', namespace: 'default', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 200 },
      requestReceivedTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      stageTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    },
  ])
})

test('a failed write is told with the whole status, the object by its body, and who it was done as', async () => {
  await using cluster = open()
  const events: AuditEvent[] = []
  cluster.audit.subscribe((event) => events.push(event))
  cluster.deny(({ user }) => user.username === 'alice')

  const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } })
  await send(cluster, 'POST', '/api/v1/namespaces/default/configmaps', { 'impersonate-user': 'alice' }, body)

  expect(events).toMatchObject([
    {
      verb: 'create',
      user: { username: 'admin' },
      impersonatedUser: { username: 'alice', groups: ['system:authenticated'] },
      objectRef: { resource: 'configmaps', namespace: 'default', name: 'a' },
      responseStatus: { status: 'Failure', reason: 'Forbidden', code: 403 },
      annotations: { 'authorization.k8s.io/decision': 'forbid' },
    },
  ])
})

test('the webhook gets events in batches', async () => {
  await using cluster = open()
  const bodies: { readonly kind: string; readonly items: readonly AuditEvent[] }[] = []
  const webhook = startAuditWebhook(cluster.audit, {
    clock: systemClock,
    maxBatchSize: 2,
    send: async (body) => {
      bodies.push(JSON.parse(body))
    },
  })

  for (let count = 0; count < 3; count++) await send(cluster, 'GET', '/version')
  await webhook[Symbol.asyncDispose]()

  expect(bodies.map(({ kind, items }) => [kind, items.length])).toEqual([
    ['EventList', 2],
    ['EventList', 1],
  ])
})
