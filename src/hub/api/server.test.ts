import { afterAll, beforeAll, expect, test } from 'vitest'
import { listOperations } from '../../api/operations.ts'
import type { StoredCluster } from '../../store/clusters.ts'
import { type ApiWorld, openApiWorld } from './testing/api-world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await openApiWorld({ webhookSecret: 'a-secret' })
  for (const name of ['c', 'a', 'b']) await world.store.saveCluster(toCluster(name))
})
afterAll(() => world?.[Symbol.asyncDispose]())

const toCluster = (name: string, state: StoredCluster['state'] = 'synced'): StoredCluster => ({
  name,
  state,
  objects: 3,
  seen: '2026-11-27T11:00:00.000Z',
  applied: 'abc',
})

const ask = (path: string, options: RequestInit & { token?: string } = {}) =>
  fetch(`${world.url}${path}`, {
    ...options,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.headers as Record<string, string>),
    },
  })

test('whoever has the token of the data folder is an administrator', async () => {
  expect(await world.client(world.admin).call('getMe', {})).toMatchObject({
    name: 'bootstrap-admin',
    by: 'bootstrap',
    permissions: expect.arrayContaining(['read', 'manage-tokens']),
  })
})

test('clusters are listed by name, a page at a time, and filtered', async () => {
  const client = world.client(world.admin)
  const first = await client.call('listClusters', { query: { limit: 2 } })
  const names: string[] = []
  for await (const { name } of client.iterate('listClusters', { query: { limit: 1 } })) names.push(name)

  expect(first.items).toMatchObject([{ name: 'a', state: 'synced', applied: 'abc', objects: 3 }, { name: 'b' }])
  expect(first.next).toBeDefined()
  expect(names).toEqual(['a', 'b', 'c'])
  expect(await client.call('listClusters', { query: { state: 'failed' } })).toEqual({ items: [] })
  expect(await client.call('getCluster', { params: { name: 'b' } })).toMatchObject({ name: 'b' })
})

test('refusals reach the caller as the error that the hub told', async () => {
  await expect(world.client(world.admin).call('getCluster', { params: { name: 'x' } })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: 'there is no cluster x',
    subject: 'x',
    details: { status: 404 },
  })
  await expect(world.client().call('listClusters', {})).rejects.toMatchObject({ code: 'AUTHENTICATION_REQUIRED' })
  await expect(world.client(`${world.admin}x`).call('listClusters', {})).rejects.toMatchObject({
    code: 'AUTHENTICATION_FAILED',
  })
})

test('a hub that is away is told as such, and so is what is no hub', async () => {
  await using away = await openApiWorld()
  await away.server.close()

  await expect(away.client(away.admin).call('getMe', {})).rejects.toMatchObject({
    code: 'HUB_UNREACHABLE',
    retry: 'transient',
  })
})

test('a wrong request is told where it is wrong', async () => {
  const response = await ask('/api/v1/clusters?limit=0&state=bad&whatever=1', { token: world.admin })

  expect(response.status).toBe(400)
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  expect(await response.json()).toMatchObject({
    type: 'urn:lockstep:error:REQUEST_INVALID',
    title: 'Request invalid',
    status: 400,
    errors: [
      { pointer: '/query', detail: expect.stringContaining('whatever') },
      { pointer: '/query/state' },
      { pointer: '/query/limit', detail: 'must be >= 1' },
    ].map((error) => expect.objectContaining(error)),
  })
})

test('the cursor of another list is refused', async () => {
  const cursor = Buffer.from('["listFindings", "a"]').toString('base64url')

  expect((await ask(`/api/v1/clusters?cursor=${cursor}`, { token: world.admin })).status).toBe(400)
  expect((await ask('/api/v1/clusters?cursor=%00', { token: world.admin })).status).toBe(400)
})

test('what did not change is not sent again', async () => {
  const first = await ask('/api/v1/clusters', { token: world.admin })
  const tag = first.headers.get('etag') as string
  const again = await ask('/api/v1/clusters', { token: world.admin, headers: { 'if-none-match': `"x", W/${tag}` } })
  await world.store.saveCluster(toCluster('d'))
  const changed = await ask('/api/v1/clusters', { token: world.admin, headers: { 'if-none-match': tag } })

  expect(tag).toMatch(/^"[\w-]{43}"$/)
  expect(first.headers.get('cache-control')).toBe('private, no-cache')
  expect([again.status, await again.text()]).toEqual([304, ''])
  expect(changed.status).toBe(200)
})

test('every route is closed to strangers unless it says that it is open, and open routes know no tokens', async () => {
  const answers: Record<string, number> = {}
  for (const { id, method, path } of listOperations())
    answers[id] = (await ask(path.replace(/\{\w+\}/g, 'x'), { method })).status
  const open = listOperations().filter(({ access }) => access === 'public' || access === 'verified')

  for (const { id, access } of listOperations())
    if (access !== 'public' && access !== 'verified') expect([id, answers[id]]).toEqual([id, 401])
  expect(open.map(({ id, access }) => `${id}: ${access}`)).toEqual([
    'getHealth: public',
    'getReadiness: public',
    'getMetrics: public',
    'notePush: verified',
    'noteAuditEvents: verified',
    'getOpenApi: public',
    'getLogin: public',
    'beginLogin: public',
    'beginCliLogin: public',
    'finishLogin: verified',
    'exchangeLogin: verified',
  ])
})

test('there is no route outside of the table', () => {
  const routes = [...world.server.printRoutes({ commonPrefix: false }).matchAll(/\((.+?)\)/g)]
    .flatMap(([, methods]) => (methods as string).split(', '))
    .filter((method) => method !== 'HEAD')

  expect(routes.length).toBe(listOperations().length)
})

test('what is not there is said not to be, and what is not done here as well', async () => {
  expect((await ask('/api/v1/nothing')).status).toBe(404)
  expect((await ask('/api/v1/clusters/a', { method: 'DELETE' })).status).toBe(405)
  expect((await ask('/%ff')).status).toBe(400)
})

test('every answer carries what browsers have to know', async () => {
  for (const path of ['/healthz', '/api/v1/clusters', '/nothing']) {
    const { headers } = await ask(path, { headers: { origin: 'https://evil.example.com' } })

    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('strict-transport-security')).toBeNull()
  }
})

test('a webhook is verified before anything else, and not taken for one of ours', async () => {
  const push = { method: 'POST', body: '{}', headers: { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': 'a-secret' } }

  expect((await ask('/webhooks/git', push)).status).toBe(202)
  expect((await ask('/webhooks/git', { ...push, headers: { 'x-gitlab-event': 'Push Hook' } })).status).toBe(401)
  expect((await ask('/webhooks/git', { ...push, body: 'x'.repeat(2 ** 20 + 1) })).status).toBe(413)
  expect(
    (
      await ask('/webhooks/kubernetes-audit/eu', {
        method: 'POST',
        body: '{}',
        headers: { authorization: 'Bearer a-secret' },
      })
    ).status,
  ).toBe(404)
})

test('a stranger sends no audit events, however large: they are refused before the body is read', async () => {
  const body = 'x'.repeat(17 * 2 ** 20)
  const headers = { authorization: 'Bearer wrong' }
  const path = '/webhooks/kubernetes-audit/eu'

  const refused = await world.server.inject({ method: 'POST', url: path, payload: body, headers })
  const known = await world.server.inject({
    ...{ method: 'POST', url: path, payload: body },
    headers: { authorization: 'Bearer a-secret' },
  })

  expect([refused.statusCode, known.statusCode]).toEqual([401, 413])
})

test('health is told to load balancers and to people', async () => {
  expect(await (await ask('/healthz')).json()).toEqual({ status: 'ok' })
  expect((await ask('/healthz', { method: 'HEAD' })).status).toBe(200)
  await ask('/api/v1/me')
  const metrics = await (await ask('/metrics')).text()
  expect(metrics).toContain('lockstep_clusters')
  expect(metrics).toContain('lockstep_api_request_seconds_count{operation="getMe",status="401"}')
})
