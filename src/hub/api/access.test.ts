import { afterAll, beforeAll, expect, test } from 'vitest'
import { PERMISSIONS, ROLE_PERMISSIONS, ROLES } from '../../api/access.ts'
import { listOperations } from '../../api/operations.ts'
import { formatToken } from '../../api/token.ts'
import { verifyTrail } from '../../audit/verify.ts'
import { iterateAudit } from '../../store/audit-trail.ts'
import { authorize } from './authorize.ts'
import { type ApiWorld, openApiWorld } from './testing/api-world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await openApiWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

const admin = () => world.client(world.admin)
const ask = (path: string, token: string, method = 'GET') =>
  fetch(`${world.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } })
const create = (permissions: (typeof PERMISSIONS)[number][], rest: { expiresIn?: string } = {}) =>
  admin().call('createToken', { body: { name: 'ci', permissions, ...rest } })

test('each role may call what docs/api/routes.md says, and nothing else', async () => {
  for (const role of ROLES) {
    const { token } = await create([...ROLE_PERMISSIONS[role]])
    for (const { id, method, path, access } of listOperations()) {
      if (access === 'public' || access === 'verified' || path === '/api/v1/events') continue
      const { status } = await ask(path.replace(/\{\w+\}/g, 'x'), token, method)
      const isAllowed = access === 'signed-in' || ROLE_PERMISSIONS[role].includes(access)

      expect([role, id, status === 403]).toEqual([role, id, !isAllowed])
      expect([role, id, status]).not.toEqual([role, id, 401])
    }
  }
})

test('what does not say who may is nobody’s', () => {
  const principal = { name: 'ann', by: 'token', key: 'a', permissions: new Set(PERMISSIONS) } as const

  expect(authorize(undefined, principal)).toBe('denied')
  expect(authorize(undefined, undefined)).toBe('unknown')
  expect(authorize('sync', { ...principal, permissions: new Set(['read']) })).toBe('denied')
  expect(authorize('signed-in', undefined)).toBe('unknown')
})

test('a token does what its scopes say, under its name, until it is revoked', async () => {
  const { token, id, ...made } = await create(['read'], { expiresIn: '1h' })
  const client = world.client(token)

  expect(made).toMatchObject({ name: 'ci', permissions: ['read'], createdBy: 'bootstrap-admin' })
  expect(await client.call('getMe', {})).toMatchObject({ name: 'token/ci', by: 'token', permissions: ['read'] })
  await expect(client.call('createToken', { body: { name: 'more' } })).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
  })
  expect((await admin().call('listTokens', {})).items.find((one) => one.id === id)).toMatchObject({
    lastUsed: world.clock.now().toISOString(),
  })
  await admin().call('revokeToken', { params: { id } })
  await expect(client.call('getMe', {})).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
  expect((await world.store.listAudit({ type: 'token.created' })).at(-1)).toMatchObject({
    actor: 'bootstrap-admin',
    subject: id,
    data: { name: 'ci', permissions: ['read'], address: '127.0.0.1' },
  })
})

test('a token ends by itself, and lives no longer than a year', async () => {
  const { token } = await create(['read'], { expiresIn: '1h' })
  const client = world.client(token)
  await client.call('getMe', {})
  world.clock.advance(3_600_001)

  await expect(client.call('getMe', {})).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
  for (const expiresIn of ['367d', '0s', '0'])
    await expect(create(['read'], { expiresIn })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
})

test('nobody gives away what they have not', async () => {
  const { token } = await create(['read', 'manage-tokens'])
  const client = world.client(token)

  await expect(client.call('createToken', { body: { name: 'x', permissions: ['sync'] } })).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    message: 'token/ci cannot give away what it has not: sync',
  })
})

test('wrong credentials are refused without a word why, and stand in the trail without what they were', async () => {
  await using own = await openApiWorld()
  const { token, id } = await own.client(own.admin).call('createToken', { body: { name: 'ci' } })
  const secret = token.slice(-43)
  const wrong = {
    'another secret': formatToken({ id, secret: `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}` }),
    'another id': formatToken({ id: 'nobody', secret }),
    'the id of the admin': formatToken({ id: 'bootstrap', secret }),
    'no token at all': 'eyJhbGciOiJub25lIn0.e30.',
    'a token and more': `${token}x`,
  }
  for (const [what, value] of Object.entries(wrong)) {
    const response = await fetch(`${own.url}/api/v1/me`, { headers: { authorization: `Bearer ${value}` } })
    const body = await response.text()

    expect([what, response.status, response.headers.get('www-authenticate')]).toEqual([
      what,
      401,
      'Bearer realm="lockstep"',
    ])
    expect(body).not.toContain(secret.slice(0, 20))
  }
  const records = await own.store.listAudit({ type: 'login.failed' })

  expect(records.map(({ subject, data }) => [subject, data.reason])).toEqual([
    [id, 'there is no such token'],
    ['nobody', 'there is no such token'],
    ['bootstrap', 'it is not the token of the data folder'],
    ['api', 'it is no token'],
    ['api', 'it is no token'],
  ])
  expect(JSON.stringify(await own.store.listAudit({})) + own.log.join()).not.toContain(secret.slice(0, 20))
  expect(
    await verifyTrail({ records: iterateAudit(own.store), checkpoints: await own.store.listCheckpoints() }),
  ).toMatchObject({ type: 'intact' })
})

test('whoever tries many tokens is held up, and fills no trail; who has a right one is not held up by them', async () => {
  await using own = await openApiWorld()
  const statuses: number[] = []
  for (let number = 0; number < 15; number++)
    statuses.push(
      (await fetch(`${own.url}/api/v1/me`, { headers: { authorization: `Bearer wrong-${number}` } })).status,
    )
  const held = await fetch(`${own.url}/api/v1/me`, { headers: { authorization: 'Bearer wrong' } })

  expect(statuses).toEqual([...new Array(10).fill(401), ...new Array(5).fill(429)])
  expect(Number(held.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await own.store.listAudit({ type: 'login.failed' })).toHaveLength(10)
  expect(await own.client(own.admin).call('getMe', {})).toMatchObject({ by: 'bootstrap' })
})

test('one who asks too much is told when to come again', async () => {
  await using own = await openApiWorld({
    limits: {
      ...{ principal: { burst: 2, perSecond: 1 }, address: { burst: 100, perSecond: 1 } },
      ...{ refused: { burst: 1, perSecond: 1 }, refusedInAll: { burst: 1, perSecond: 1 } },
      login: { burst: 1, perSecond: 1 },
    },
  })
  const client = own.client(own.admin)
  await client.call('getMe', {})
  await client.call('getMe', {})

  await expect(client.call('getMe', {})).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    retry: 'transient',
    hint: 'try again in 1 s',
  })
  own.clock.advance(1_000)
  expect(await client.call('getMe', {})).toMatchObject({ by: 'bootstrap' })
})

test('where somebody is, a proxy says that is trusted, and nobody else', async () => {
  const addressOf = async (own: ApiWorld): Promise<unknown> => {
    await fetch(`${own.url}/api/v1/me`, { headers: { authorization: 'Bearer x', 'x-forwarded-for': '203.0.113.7' } })
    return (await own.store.listAudit({ type: 'login.failed' })).at(-1)?.data.address
  }
  await using direct = await openApiWorld()
  await using behind = await openApiWorld({ trustedProxies: ['127.0.0.1'] })
  await using elsewhere = await openApiWorld({ trustedProxies: ['10.0.0.0/8'] })

  expect([await addressOf(direct), await addressOf(behind), await addressOf(elsewhere)]).toEqual([
    '127.0.0.1',
    '203.0.113.7',
    '127.0.0.1',
  ])
})

test('what is done with a token stands in the trail under its name, and too many from one address wait', async () => {
  const rate = { burst: 3, perSecond: 1 }
  const wide = { burst: 100, perSecond: 1 }
  await using own = await openApiWorld({
    limits: { principal: wide, address: rate, refused: wide, refusedInAll: wide, login: wide },
  })
  const { token } = await own
    .client(own.admin)
    .call('createToken', { body: { name: 'on-call', permissions: ['read', 'suspend'] } })
  await own.client(token).call('suspend', { body: { cluster: 'eu', for: '1h', reason: 'INC-1' } })
  const statuses: number[] = []
  for (const path of ['/api/v1/openapi.json', '/metrics', '/healthz'])
    statuses.push((await fetch(`${own.url}${path}`)).status)

  expect((await own.store.listAudit({ type: 'suspended' })).at(-1)).toMatchObject({
    actor: 'token/on-call',
    subject: 'eu',
    data: { reason: 'INC-1' },
  })
  expect(statuses).toEqual([200, 429, 200])
})

test('headers of answers hold nothing of a request', async () => {
  const response = await ask(`/api/v1/clusters/${encodeURIComponent('a\r\nset-cookie: x=1')}`, world.admin)

  expect(response.status).toBe(400)
  expect(response.headers.get('set-cookie')).toBeNull()
})
