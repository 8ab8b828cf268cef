import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findPort } from '../../../../test/real/ports.ts'
import { createVirtualClock } from '../../../base/virtual-clock.ts'
import { type ApiWorld, openApiWorld } from '../testing/api-world.ts'
import { createBrowser } from '../testing/browser.ts'
import { CLIENT, type IdentityProvider, listen, startIdentityProvider } from '../testing/identity-provider.ts'
import { createLogin } from './login.ts'
import { createOidc, type OidcSettings } from './oidc.ts'

const ACCOUNTS = {
  ann: { email: 'ann@example.com', email_verified: true, groups: ['ops', 'everybody'] },
  bob: { preferred_username: 'bob', groups: 'platform' },
  eve: { email: 'ann@example.com', email_verified: false, preferred_username: 'hub/test', groups: ['ops'] },
  tom: { email: 'tom@example.com', groups: ['strangers'] },
}
const HOUR_MS = 3_600_000

let provider: IdentityProvider
let world: ApiWorld
const clock = createVirtualClock(new Date())
const proof = (text: string): string => createHash('sha256').update(text).digest('base64url')

const toSettings = (issuer: string, publicUrl: string): OidcSettings => ({
  ...{ issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret, groupsClaim: 'groups' },
  scopes: ['openid', 'profile', 'email', 'groups'],
  roles: { operator: ['ops'], admin: ['platform'] },
  redirectUri: `${publicUrl}/auth/callback`,
})

const openWorld = async (issuer: string, port: number): Promise<ApiWorld> => {
  const publicUrl = `http://127.0.0.1:${port}`
  return openApiWorld({
    ...{ port, clock, publicUrl },
    login: ({ store, log }) =>
      createLogin({
        ...{ oidc: createOidc(toSettings(issuer, publicUrl)), store, clock, publicUrl, log },
        sessionLifetimeMs: 12 * HOUR_MS,
        sessionIdleMs: HOUR_MS,
      }),
  })
}

beforeAll(async () => {
  const port = await findPort()
  provider = await startIdentityProvider(ACCOUNTS, `http://127.0.0.1:${port}/auth/callback`)
  world = await openWorld(provider.issuer, port)
})
afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  await provider?.[Symbol.asyncDispose]()
})
beforeEach(() => {
  provider.account = 'ann'
  // What one address may do in a while.
  clock.advance(60_000)
})

const toMe = async () => {
  const browser = createBrowser()
  const { body, status } = await browser.go(`${world.url}/auth/login`)
  return { browser, status, me: JSON.parse(body) as Record<string, unknown> }
}

test('whoever signs in at the provider is who they are there, with the role of their groups', async () => {
  const ann = await toMe()
  provider.account = 'bob'
  const bob = await toMe()
  const [record] = await world.store.listAudit({ type: 'login.succeeded' })

  expect(ann.me).toMatchObject({ name: 'ann@example.com', by: 'session' })
  expect(ann.me.permissions).toContain('sync')
  expect(ann.me.permissions).not.toContain('manage-tokens')
  expect(bob.me).toMatchObject({ name: 'bob', permissions: expect.arrayContaining(['manage-tokens']) })
  expect(record).toMatchObject({ actor: 'ann@example.com', data: { role: 'operator', address: '127.0.0.1' } })
})

test('nobody gets the name of another, of a hub or of a token', async () => {
  provider.account = 'eve'

  expect((await toMe()).me).toMatchObject({ name: 'sub:eve' })
})

test('whoever has no role here does not come in, and it stands in the trail', async () => {
  provider.account = 'tom'
  const { browser, status, me } = await toMe()

  expect([status, me.code]).toEqual([403, 'PERMISSION_DENIED'])
  expect(
    [...browser.cookies.keys()].filter((key) => key.includes('session') && key.includes(new URL(world.url).host)),
  ).toEqual([])
  expect((await world.store.listAudit({ type: 'login.failed' })).at(-1)).toMatchObject({
    actor: 'tom@example.com',
    data: { reason: 'none of the groups has a role', address: '127.0.0.1' },
  })
})

test('a login that the provider refuses is refused here', async () => {
  provider.account = undefined

  expect(await toMe()).toMatchObject({ status: 401, me: { code: 'LOGIN_FAILED' } })
})

test('a session ends when it is ended, not used, or old', async () => {
  const { browser } = await toMe()
  const idle = (await toMe()).browser
  const me = async (of = browser) => (await of.go(`${world.url}/api/v1/me`)).status
  const session = browser.cookies.get(`${new URL(world.url).host} lockstep_session`) as string

  expect(await me()).toBe(200)
  for (let hours = 0; hours < 11; hours++) {
    clock.advance(HOUR_MS - 1_000)
    expect(await me()).toBe(200)
  }
  expect(await me(idle)).toBe(401)
  clock.advance(HOUR_MS - 1_000)
  clock.advance(HOUR_MS)
  expect(await me()).toBe(401)
  const again = (await toMe()).browser
  const out = await again.go(`${world.url}/auth/logout`, {
    init: { method: 'POST', headers: { 'x-lockstep-csrf': '1' } },
  })
  expect(out.status).toBe(204)
  expect(again.cookies.has(`${new URL(world.url).host} lockstep_session`)).toBe(false)
  again.cookies.set(`${new URL(world.url).host} lockstep_session`, session)
  expect(await me(again)).toBe(401)
})

test('a stream of events keeps no session awake', async () => {
  const { browser } = await toMe()
  const key = `${new URL(world.url).host} lockstep_session`
  const stop = new AbortController()
  const response = await fetch(`${world.url}/api/v1/events`, {
    headers: { cookie: `lockstep_session=${browser.cookies.get(key)}` },
    signal: stop.signal,
  })
  const ticking = setInterval(() => clock.advance(20_000), 2)
  const ended = (async () => {
    for await (const _ of response.body as unknown as AsyncIterable<Uint8Array>);
  })()

  await expect(ended).rejects.toThrow()
  clearInterval(ticking)
  expect((await browser.go(`${world.url}/api/v1/me`)).status).toBe(401)
})

test('the cookie of a session is for nobody’s eyes, and what is stored of it opens nothing', async () => {
  const browser = createBrowser()
  const back = await browser.go(`${world.url}/auth/login`, { until: (location) => location.startsWith('/api') })
  const [line] = back.headers.getSetCookie().filter((one) => one.startsWith('lockstep_session'))
  const session = browser.cookies.get(`${new URL(world.url).host} lockstep_session`) as string

  expect(line).toMatch(/^lockstep_session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/)
  expect(await world.store.getSession(session)).toBeUndefined()
  expect(JSON.stringify(await world.store.listAudit({})) + world.log.join()).not.toContain(session)
})

test('a page of another site writes nothing with a session', async () => {
  const { browser } = await toMe()
  const logout = async (headers: Record<string, string>) =>
    (await browser.go(`${world.url}/auth/logout`, { init: { method: 'POST', headers } })).status

  expect(await logout({})).toBe(403)
  expect(await logout({ origin: 'https://evil.example.com' })).toBe(403)
  expect(await logout({ origin: 'https://evil.example.com', 'x-lockstep-csrf': '1' })).toBe(403)
  expect(await logout({ origin: 'null' })).toBe(403)
  expect(await logout({ origin: world.url })).toBe(204)
})

test('nobody is led to another site', async () => {
  for (const path of [
    '//evil.example.com',
    '/\\evil.example.com',
    'https://evil.example.com',
    '/a\r\nset-cookie: x=1',
    '/@evil',
  ])
    expect([
      path,
      (await fetch(`${world.url}/auth/login?return=${encodeURIComponent(path)}`, { redirect: 'manual' })).status,
    ]).toEqual([path, 400])
  const browser = createBrowser()
  const back = await browser.go(`${world.url}/auth/login?return=/api/v1/clusters`, {
    until: (location) => location.startsWith('/api'),
  })

  expect(back.url).toBe('/api/v1/clusters')
})

test('an answer of the provider counts once, in the browser that asked, for a while', async () => {
  const toAnswer = async () => {
    const browser = createBrowser()
    const { url } = await browser.go(`${world.url}/auth/login`, {
      until: (location) => location.includes('/auth/callback?'),
    })
    return { browser, url }
  }
  const stolen = await toAnswer()
  const replayed = await toAnswer()
  const cookies = new Map(replayed.browser.cookies)
  const late = await toAnswer()
  const mixed = await toAnswer()

  expect((await createBrowser().go(stolen.url)).status).toBe(401)
  expect((await stolen.browser.go(stolen.url)).status).toBe(200)
  expect((await replayed.browser.go(replayed.url)).status).toBe(200)
  for (const [key, value] of cookies) replayed.browser.cookies.set(key, value)
  expect((await replayed.browser.go(replayed.url)).status).toBe(401)
  const other = new URL(mixed.url)
  other.searchParams.set('state', proof('another'))
  expect((await mixed.browser.go(other.href)).status).toBe(401)
  clock.advance(600_001)
  expect((await late.browser.go(late.url)).status).toBe(401)
})

test('a command line gets a token of its own that ends, and nobody else gets it', async () => {
  const verifier = proof('verifier')
  const [state, challenge] = [proof('state'), createHash('sha256').update(verifier).digest('base64url')]
  const signIn = async () => {
    const { url } = await createBrowser().go(
      `${world.url}/auth/cli?${new URLSearchParams({ port: '4711', state, challenge })}`,
      {
        until: (location) => location.startsWith('http://127.0.0.1:4711/'),
      },
    )
    return new URL(url)
  }
  const url = await signIn()
  const code = url.searchParams.get('code') as string
  const client = world.client()

  expect([url.pathname, url.searchParams.get('state')]).toEqual(['/', state])
  const { token, ...login } = await client.call('exchangeLogin', { body: { code, verifier } })
  expect(login).toMatchObject({
    name: 'ann@example.com',
    expires: new Date(clock.now().getTime() + 12 * HOUR_MS).toISOString(),
  })
  expect(await world.client(token).call('getMe', {})).toMatchObject({ name: 'ann@example.com', by: 'token' })
  await expect(client.call('exchangeLogin', { body: { code, verifier } })).rejects.toMatchObject({
    code: 'LOGIN_FAILED',
  })
  const second = (await signIn()).searchParams.get('code') as string
  await expect(
    client.call('exchangeLogin', { body: { code: second, verifier: proof('guessed') } }),
  ).rejects.toMatchObject({ code: 'LOGIN_FAILED' })
  await expect(client.call('exchangeLogin', { body: { code: second, verifier } })).rejects.toMatchObject({
    code: 'LOGIN_FAILED',
  })
  const third = (await signIn()).searchParams.get('code') as string
  clock.advance(60_001)
  await expect(client.call('exchangeLogin', { body: { code: third, verifier } })).rejects.toMatchObject({
    code: 'LOGIN_FAILED',
  })
  provider.account = 'tom'
  expect((await signIn()).searchParams.get('error')).toContain('in no group that has a role here')
  await fetch(`${world.url}/auth/logout`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
  await expect(world.client(token).call('getMe', {})).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
})

test('who begins too many logins is held up', async () => {
  const statuses = new Set<number>()
  for (let number = 0; number < 25; number++)
    statuses.add((await fetch(`${world.url}/auth/login`, { redirect: 'manual' })).status)

  expect([...statuses]).toEqual([302, 429])
})

test('without a provider nobody signs in, and with one that is away it is said so', async () => {
  await using none = await openApiWorld()
  const port = await findPort()
  await using away = await openWorld(`http://127.0.0.1:${await findPort()}`, port)

  expect((await fetch(`${none.url}/auth/login`)).status).toBe(404)
  const response = await fetch(`${away.url}/auth/login`)
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
    503,
    'IDENTITY_PROVIDER_UNUSABLE',
  ])
  expect(away.log.at(-1)).toContain('"cause":')
})

/** A provider that says whatever it is told to. */
const startForger = async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const strangers = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const say: { forge: (claims: Record<string, unknown>) => string } = { forge: () => '' }
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const toToken = (header: object, claims: object, key = privateKey): string => {
    const signed = `${encode(header)}.${encode(claims)}`
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
  }
  let nonce = ''
  const { server, url } = await listen((request, response) => {
    const { pathname, searchParams } = new URL(request.url as string, 'http://x')
    const answers: Record<string, () => object> = {
      '/.well-known/openid-configuration': () => ({
        ...{
          issuer: url,
          authorization_endpoint: `${url}/auth`,
          token_endpoint: `${url}/token`,
          jwks_uri: `${url}/jwks`,
        },
        ...{ response_types_supported: ['code'], subject_types_supported: ['public'] },
        id_token_signing_alg_values_supported: ['RS256', 'none', 'HS256'],
      }),
      '/jwks': () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: '1', alg: 'RS256', use: 'sig' }] }),
      '/token': () => {
        const now = Math.floor(Date.now() / 1_000)
        const claims = { iss: url, aud: CLIENT.id, sub: 'ann', iat: now, exp: now + 60, nonce, groups: ['platform'] }
        return { access_token: 'x', token_type: 'bearer', id_token: say.forge(claims) }
      },
    }
    if (pathname === '/auth') {
      nonce = searchParams.get('nonce') as string
      const back = new URL(searchParams.get('redirect_uri') as string)
      back.search = new URLSearchParams({ code: 'x', state: searchParams.get('state') as string }).toString()
      response.writeHead(302, { location: back.href }).end()
    } else
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify((answers[pathname] as () => object)()))
  })
  return {
    ...{ url, say, encode, toToken, strangers, server },
    [Symbol.dispose]: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

test('forged answers of a provider let nobody in', async () => {
  using forger = await startForger()
  const { toToken, encode } = forger
  const header = { alg: 'RS256', kid: '1' }
  await using own = await openWorld(forger.url, await findPort())
  const attempt = async (forge: (claims: Record<string, unknown>) => string): Promise<number> => {
    forger.say.forge = forge
    clock.advance(60_000)
    return (await createBrowser().go(`${own.url}/auth/login`)).status
  }

  expect(await attempt((claims) => toToken(header, claims))).toBe(200)
  const forgeries: Record<string, (claims: Record<string, unknown>) => string> = {
    'of another issuer': (claims) => toToken(header, { ...claims, iss: 'https://evil.example.com' }),
    'for another client': (claims) => toToken(header, { ...claims, aud: 'another' }),
    'for several clients, not for us to use': (claims) =>
      toToken(header, { ...claims, aud: ['a', CLIENT.id], azp: 'a' }),
    'of another login': (claims) => toToken(header, { ...claims, nonce: 'another' }),
    'of no login': ({ nonce: _, ...claims }) => toToken(header, claims),
    'that expired': (claims) => toToken(header, { ...claims, exp: 1 }),
    'without a signature': (claims) => `${encode({ alg: 'none' })}.${encode(claims)}.`,
    'signed by a stranger': (claims) => toToken(header, claims, forger.strangers),
    'changed after it was signed': (claims) => {
      const [head, , signature] = toToken(header, claims).split('.')
      return `${head}.${encode({ ...claims, sub: 'root' })}.${signature}`
    },
    'signed with the secret of the client': (claims) => {
      const signed = `${encode({ alg: 'HS256' })}.${encode(claims)}`
      return `${signed}.${createHmac('sha256', CLIENT.secret).update(signed).digest('base64url')}`
    },
    'that is none': () => 'x',
  }
  for (const [what, forge] of Object.entries(forgeries)) expect([what, await attempt(forge)]).toEqual([what, 401])
  expect((await own.store.listAudit({ type: 'login.failed' })).length).toBe(Object.keys(forgeries).length)
})
