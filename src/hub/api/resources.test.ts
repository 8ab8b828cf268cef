import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signCheckpoint } from '../../audit/checkpoint.ts'
import type { AuditRecord } from '../../audit/record.ts'
import type { Finding } from '../../drift/report.ts'
import { type ApiWorld, openApiWorld } from './testing/api-world.ts'

let world: ApiWorld
const at = (second: number): string => new Date(Date.UTC(2026, 10, 1) + second * 1_000).toISOString()
const toFinding = (name: string, rest: Partial<Finding> = {}): Finding => ({
  cluster: 'eu',
  component: 'shop',
  object: { group: '', kind: 'ConfigMap', namespace: 'shop', name },
  drift: 'modified',
  field: '/data/a',
  git: 'right',
  live: { any: ['thing', null] },
  severity: 'medium',
  manager: 'mallory',
  ...rest,
})
const client = () => world.client(world.admin)
const ask = (path: string) => fetch(`${world.url}${path}`, { headers: { authorization: `Bearer ${world.admin}` } })

beforeAll(async () => {
  world = await openApiWorld({
    testAlerts: async (_, { signal }) => {
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
      return [{ target: 'default/team/webhook/0', arrived: !signal?.aborted, answer: '200' }]
    },
  })
  await waitForFleet()
  const { store } = world
  const findings = [toFinding('a', { severity: 'low' }), toFinding('b', { severity: 'critical' }), toFinding('c')]
  await store.saveFound({ cluster: 'eu', findings, time: at(1), revision: 'abc' })
  await store.saveFound({ cluster: 'eu', findings: findings.slice(1), time: at(2), revision: 'abc' })
})
afterAll(() => world?.[Symbol.asyncDispose]())

const waitForFleet = async (): Promise<void> => {
  while (!(await client().call('getFleet', {})).revision) await new Promise((resolve) => setImmediate(resolve))
}

const listNames = async (query: object): Promise<string[]> => {
  const names: string[] = []
  for await (const { object } of client().iterate('listFindings', { query })) names.push(object.name)
  return names
}

test('findings are filtered, and go over pages', async () => {
  expect(await listNames({ limit: 1 })).toEqual(['c', 'b', 'a'])
  expect(await listNames({ state: 'open' })).toEqual(['c', 'b'])
  expect(await listNames({ state: 'closed' })).toEqual(['a'])
  expect(await listNames({ severity: 'high' })).toEqual(['b'])
  expect(await listNames({ since: '2026-11-01T01:00:02+01:00' })).toEqual(['a'])
  expect(await listNames({ until: '2026-11-01' })).toEqual([])
  expect(await listNames({ text: 'MALLORY', cluster: 'us' })).toEqual([])
})

test('a page neither loses nor repeats rows while rows are added', async () => {
  const names: string[] = []
  let number = 0
  for await (const { object } of client().iterate('listFindings', { query: { limit: 1, cluster: 'eu' } })) {
    names.push(object.name)
    const finding = toFinding(`added-${number++}`, { cluster: 'eu' })
    const only = new Set([`/ConfigMap/shop/${finding.object.name}`])
    await world.store.saveFound({ cluster: 'eu', findings: [finding], only, time: at(3), revision: 'abc' })
  }

  expect(names).toEqual(['c', 'b', 'a'])
})

test('the trail is read from its end while it grows, each record once', async () => {
  const seqs: number[] = []
  const head = (await world.store.readHead())?.seq as number
  for await (const { seq } of client().iterate('listAudit', { query: { limit: 1, order: 'newest' } })) {
    seqs.push(seq)
    await world.store.appendAudit([{ time: at(4), type: 'test', actor: 'ann', subject: 'x', data: {} }])
  }

  expect(seqs).toEqual(Array.from({ length: head }, (_, index) => head - index))
})

test('one finding is found by its number', async () => {
  const [closed] = (await client().call('listFindings', { query: { state: 'closed' } })).items

  expect(await client().call('getFinding', { params: { id: closed?.id as number } })).toEqual({
    ...toFinding('a', { severity: 'low' }),
    id: closed?.id,
    firstSeen: at(1),
    lastSeen: at(1),
    closed: at(2),
    closedBy: 'others',
  })
  await expect(client().call('getFinding', { params: { id: 4711 } })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('drift is that of the clusters of the fleet, and names of others are refused', async () => {
  const report = await client().call('getDrift', {})

  // The fleet of this hub has no cluster: what is stored of others is history.
  expect(report).toMatchObject({ fleet: 'acme', clusters: [], findings: [], pending: [] })
  await expect(client().call('getDrift', { query: { cluster: ['eu'] } })).rejects.toMatchObject({
    code: 'CLUSTER_UNKNOWN',
  })
  await expect(client().call('getDrift', { query: { selector: '=' } })).rejects.toMatchObject({
    code: 'SELECTOR_INVALID',
  })
  expect(
    await client().call('getDriftHistory', { query: { since: at(0), until: at(60), cluster: ['eu'] } }),
  ).toMatchObject({
    since: at(0),
    total: { findings: expect.any(Number), healed: 0 },
  })
})

test('objects of a cluster are listed with their fingerprints, a page at a time', async () => {
  const { store } = world
  const toObject = (name: string, component = 'shop') => ({
    ...{ cluster: 'eu', component, object: { group: '', kind: 'ConfigMap', namespace: 'shop', name } },
    ...{ uid: name, resourceVersion: '7', digest: 'd', revision: 'abc', time: at(1) },
  })
  const objects = [toObject('a'), toObject('b'), toObject('a', 'net')]
  await store.saveCluster({ name: 'eu', state: 'synced', objects: 3, seen: at(1) })
  await store.saveInventory({ cluster: 'eu', set: objects })
  const names: string[] = []
  const params = { name: 'eu' }
  for await (const { component, object } of client().iterate('listObjects', { params, query: { limit: 1 } }))
    names.push(`${component}/${object.name}`)
  const { cluster: _, ...told } = toObject('a', 'net')

  expect(names).toEqual(['net/a', 'shop/a', 'shop/b'])
  expect(await client().call('listObjects', { params, query: { component: 'net' } })).toEqual({ items: [told] })
  await expect(client().call('listObjects', { params: { name: 'nowhere' } })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('the fleet and its rollout are told', async () => {
  const fleet = await client().call('getFleet', {})

  expect(fleet).toMatchObject({ hub: { name: 'test', version: '0' }, fleet: 'acme', clusters: {} })
  expect(await client().call('getRollout', {})).toMatchObject({ revision: fleet.revision, failed: [], waiting: [] })
})

test('changes and commits are listed and found', async () => {
  const { store } = world
  const { revision = '' } = await client().call('getFleet', {})
  const by = { actor: 'hub/test', time: at(5) }
  const id = await store.startChange({ cluster: 'eu', revision, owned: 0, components: [] }, by)

  expect((await client().call('listChanges', { query: { revision } })).items).toMatchObject([
    { id, objects: 0, failed: 0 },
  ])
  expect(await client().call('getChange', { params: { id } })).toMatchObject({ id, planned: [] })
  expect((await client().call('listRevisions', { query: {} })).items).toMatchObject([{ commit: revision }])
  expect(await client().call('getRevision', { params: { commit: revision } })).toMatchObject({ commit: revision })
  expect(await client().call('getTimeline', { params: { of: revision.slice(0, 8) } })).toMatchObject({
    commit: { commit: revision },
    changes: [{ id }],
  })
  await expect(client().call('getTimeline', { params: { of: '4711' } })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('what is suspended has a name or is everything', async () => {
  const suspend = (body: object) => client().call('suspend', { body: { for: '1h', reason: 'INC-1', ...body } })

  await expect(suspend({})).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  await expect(suspend({ all: true, cluster: 'eu' })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  await expect(suspend({ cluster: 'eu', for: 'long' })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  await expect(client().call('resume', {})).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  expect(await suspend({ all: true })).toMatchObject({ actor: 'bootstrap-admin', reason: 'INC-1' })
  expect((await client().call('resume', { query: { all: true } })).items).toHaveLength(1)
  expect(await client().call('listSuspensions', {})).toEqual({ items: [] })
})

test('the trail is exported in one stream, as it is', async () => {
  const lines = (await (await ask('/api/v1/audit/export')).text()).trim().split('\n')
  const csv = await (await ask('/api/v1/audit/export?format=csv&type=finding.opened')).text()

  expect(lines.map((line) => JSON.parse(line) as AuditRecord)).toEqual(await world.store.listAudit({}))
  expect(csv.split('\r\n')[0]).toMatch(/^seq,time,type/)
  expect(csv).not.toContain('hub.started')
  expect((await ask('/api/v1/audit/export?format=xml')).status).toBe(400)
})

test('the hub says whether its trail is intact, and reports on a period', async () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const query = { since: at(0), until: '2027-01-01' }

  expect(await client().call('verifyAudit', {})).toMatchObject({ type: 'intact' })
  expect(await client().call('reportAudit', { query })).toMatchObject({
    since: at(0),
    directChanges: expect.arrayContaining([expect.objectContaining({ end: 'gone' })]),
    verified: { type: 'intact' },
  })

  const head = await world.store.readHead()
  const forged = signCheckpoint({ seq: head?.seq as number, hash: 'f'.repeat(64) }, at(9), privateKey)
  await world.store.saveCheckpoint(forged)
  expect((await client().call('listCheckpoints', { query: {} })).items.at(-1)).toEqual(forged)
  expect(await client().call('verifyAudit', {})).toMatchObject({ type: 'broken', seq: head?.seq })
})

test('what takes a while goes on for whoever waits, though his request was read long ago', async () => {
  expect(await client().call('testAlerts', { body: {} })).toMatchObject({ items: [{ arrived: true }] })
})
