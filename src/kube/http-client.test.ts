import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import type { KubeClient, Resource } from './client.ts'
import type { ClusterAccess, Credentials } from './cluster-access.ts'
import { createKubeClient, type KubeClientOptions } from './http-client.ts'
import { type CannedAnswer, type CannedServer, type SeenRequest, startCannedServer } from './testing/canned-server.ts'

const started: AsyncDisposable[] = []

afterEach(async () => {
  for (const thing of started.splice(0).reverse()) await thing[Symbol.asyncDispose]()
})

const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
  verbs: [],
}
const SECRETS: Resource = { ...DEPLOYMENTS, group: '', kind: 'Secret', plural: 'secrets' }
const ROLES: Resource = {
  ...DEPLOYMENTS,
  group: 'rbac.authorization.k8s.io',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
}
const WEB = { resource: DEPLOYMENTS, namespace: 'shop', name: 'web' }
const MANIFEST = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } }

type World = { readonly client: KubeClient; readonly server: CannedServer; readonly slept: number[] }

const startWorld = async (
  answer: (request: SeenRequest, index: number) => CannedAnswer,
  access: Partial<ClusterAccess> = {},
  options: KubeClientOptions = {},
): Promise<World> => {
  const server = await startCannedServer(answer)
  const slept: number[] = []
  const clock = { now: () => new Date('2026-01-01T00:00:00Z'), sleep: async (ms: number) => void slept.push(ms) }
  const client = createKubeClient(
    { server: server.url, getCredentials: async () => ({}), ...access },
    { clock, random: () => 0, userAgent: 'lockstep/test' },
    options,
  )
  started.push(server, client)
  return { client, server, slept }
}

const toStatus = (code: number, reason: string, message: string, more: object = {}) => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, ...more },
})

test('gets an object, and undefined where there is none', async () => {
  const { client, server } = await startWorld((_, index) =>
    index === 0 ? { body: MANIFEST } : toStatus(404, 'NotFound', 'deployments.apps "web" not found'),
  )

  expect(await client.get(WEB)).toEqual(MANIFEST)
  expect(await client.get(WEB)).toBeUndefined()
  expect(server.seen[0]).toMatchObject({ method: 'GET', path: '/apis/apps/v1/namespaces/shop/deployments/web' })
  expect(server.seen[0]?.headers['user-agent']).toBe('lockstep/test')
  expect(client.requestCount()).toBe(2)
})

test('escapes names and keeps the path of a server behind a prefix', async () => {
  const world = await startWorld(() => ({ body: MANIFEST }))
  const client = createKubeClient(
    { server: `${world.server.url}/k8s/clusters/c-1/`, getCredentials: async () => ({}) },
    { clock: { now: () => new Date(0), sleep: async () => {} }, random: () => 0 },
  )
  started.push(client)

  await client.get({ resource: ROLES, name: 'system:a/b', subresource: 'status' })

  expect(world.server.seen[0]?.path).toBe(
    '/k8s/clusters/c-1/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Aa%2Fb/status',
  )
})

test('lists all pages and gives built-in items their kind', async () => {
  const { client, server } = await startWorld(({ query }) => ({
    body: {
      metadata: { resourceVersion: '7', ...(query.continue ? {} : { continue: 'next' }) },
      items: [{ metadata: { name: query.continue ? 'b' : 'a' } }],
    },
  }))

  const list = await client.list({ resource: DEPLOYMENTS, labelSelector: 'app in (a, b)' })

  expect(list).toEqual({
    resourceVersion: '7',
    items: [
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } },
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'b' } },
    ],
  })
  expect(server.seen.map(({ query }) => query)).toEqual([
    { labelSelector: 'app in (a, b)', limit: '500' },
    { labelSelector: 'app in (a, b)', limit: '500', continue: 'next' },
  ])
})

test('starts a list again, in one page, when the server lost its place', async () => {
  const { client, server } = await startWorld(({ query }) => {
    if (query.continue) return toStatus(410, 'Expired', 'The provided continue parameter is too old')
    const page = query.limit ? { continue: 'next' } : {}
    return { body: { metadata: { resourceVersion: '9', ...page }, items: [{ metadata: { name: 'a' } }] } }
  })

  expect((await client.list({ resource: DEPLOYMENTS })).items).toHaveLength(1)
  expect(server.seen.at(-1)?.query).toEqual({})
})

test('reads metadata only, also from a server that answers with everything', async () => {
  const { client, server } = await startWorld(() => ({
    body: { metadata: { resourceVersion: '7' }, items: [{ metadata: { name: 'a' }, spec: { replicas: 1 } }] },
  }))

  expect((await client.listMetadata({ resource: DEPLOYMENTS, namespace: 'shop' })).items).toEqual([
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } },
  ])
  expect(server.seen[0]?.headers.accept).toMatch(/^application\/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,/)
})

test('unpacks answers that the server packed', async () => {
  const { client, server } = await startWorld(() => ({
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync(JSON.stringify(MANIFEST)),
  }))

  expect(await client.get(WEB)).toEqual(MANIFEST)
  expect(server.seen[0]?.headers['accept-encoding']).toBe('gzip')
})

test('applies, telling what was created and what the server warned about', async () => {
  const { client, server } = await startWorld(() => ({
    status: 201,
    headers: { warning: ['299 - "unknown field \\"spec.x\\"", 299 - "old"', '299 - "third"'] },
    body: MANIFEST,
  }))

  const result = await client.apply(WEB, MANIFEST, { fieldManager: 'lockstep', force: true, dryRun: true })

  expect(result).toEqual({ object: MANIFEST, created: true, warnings: ['unknown field "spec.x"', 'old', 'third'] })
  expect(server.seen[0]).toMatchObject({
    method: 'PATCH',
    query: { fieldManager: 'lockstep', force: 'true', dryRun: 'All', fieldValidation: 'Warn' },
    body: JSON.stringify(MANIFEST),
  })
  expect(server.seen[0]?.headers['content-type']).toBe('application/apply-patch+yaml')
})

test('creates into the collection, updates and patches by name', async () => {
  const { client, server } = await startWorld(() => ({ body: MANIFEST }))

  await client.create({ resource: DEPLOYMENTS, namespace: 'shop' }, MANIFEST, { fieldManager: 'lockstep' })
  await client.update(WEB, MANIFEST)
  await client.patchJson(WEB, [{ op: 'remove', path: '/spec/x' }])
  await client.patchMerge(WEB, { spec: { x: null } })

  const collection = '/apis/apps/v1/namespaces/shop/deployments'
  expect(server.seen.map(({ method, path, headers }) => [method, path, headers['content-type']])).toEqual([
    ['POST', collection, 'application/json'],
    ['PUT', `${collection}/web`, 'application/json'],
    ['PATCH', `${collection}/web`, 'application/json-patch+json'],
    ['PATCH', `${collection}/web`, 'application/merge-patch+json'],
  ])
})

test('deletes with preconditions, and is content when it was gone', async () => {
  const { client, server } = await startWorld((_, index) =>
    index === 0 ? { body: MANIFEST } : toStatus(404, 'NotFound', 'gone'),
  )

  expect(
    await client.delete(WEB, { uid: 'u-1', resourceVersion: '5', propagation: 'Foreground', dryRun: true }),
  ).toEqual(MANIFEST)
  expect(await client.delete(WEB)).toBeUndefined()
  expect(server.seen[0]?.query).toEqual({ dryRun: 'All' })
  expect(JSON.parse(server.seen[0]?.body ?? '')).toMatchObject({
    propagationPolicy: 'Foreground',
    preconditions: { uid: 'u-1', resourceVersion: '5' },
  })
  expect(JSON.parse(server.seen[1]?.body ?? '')).not.toHaveProperty('preconditions')
})

test('waits as long as the server asks, then tries again', async () => {
  const { client, slept } = await startWorld((_, index) =>
    index < 2
      ? { ...toStatus([429, 503][index] as number, 'TooManyRequests', 'slow down'), headers: { 'retry-after': '2' } }
      : { body: MANIFEST },
  )

  await client.update(WEB, MANIFEST)

  expect(slept).toEqual([2_000, 2_000])
})

test('gives up on a server that stays busy', async () => {
  const { client, server } = await startWorld(() => ({
    ...toStatus(429, 'TooManyRequests', 'slow down'),
    headers: { 'retry-after': '1' },
  }))

  await expect(client.get(WEB)).rejects.toMatchObject({ code: 'KUBE_THROTTLED', retry: 'transient' })
  expect(server.seen).toHaveLength(6)
})

test('does not repeat what the server did not ask to repeat', async () => {
  const { client, server } = await startWorld(() => toStatus(503, 'ServiceUnavailable', 'no endpoints'))

  await expect(client.get(WEB)).rejects.toMatchObject({ code: 'KUBE_SERVER_ERROR', retry: 'transient' })
  expect(server.seen).toHaveLength(1)
})

const breakFirst = (_: SeenRequest, index: number): CannedAnswer =>
  index === 0 ? (response) => response.destroy() : { body: MANIFEST }

const REPEATED: Readonly<Record<string, (client: KubeClient) => Promise<unknown>>> = {
  get: (client) => client.get(WEB),
  apply: (client) => client.apply(WEB, MANIFEST, { fieldManager: 'lockstep' }),
  'delete by uid': (client) => client.delete(WEB, { uid: 'u-1' }),
  'update as a dry run': (client) => client.update(WEB, MANIFEST, { dryRun: true }),
}
for (const [verb, send] of Object.entries(REPEATED)) {
  test(`repeats after a lost connection: ${verb}`, async () => {
    const { client, server } = await startWorld(breakFirst)

    await send(client)

    expect(server.seen).toHaveLength(2)
  })
}

const NOT_REPEATED: Readonly<Record<string, (client: KubeClient) => Promise<unknown>>> = {
  create: (client) => client.create({ resource: DEPLOYMENTS, namespace: 'shop' }, MANIFEST),
  'JSON patch': (client) => client.patchJson(WEB, []),
  'delete by name': (client) => client.delete(WEB),
  'conditional apply': (client) =>
    client.apply(
      WEB,
      { ...MANIFEST, metadata: { ...MANIFEST.metadata, resourceVersion: '1' } },
      { fieldManager: 'lockstep' },
    ),
}
for (const [verb, send] of Object.entries(NOT_REPEATED)) {
  test(`does not repeat after a lost connection: ${verb}`, async () => {
    const { client, server } = await startWorld(breakFirst)

    await expect(send(client)).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE', retry: 'transient' })
    expect(server.seen).toHaveLength(1)
  })
}

test('names a server that is not there', async () => {
  const { client, server } = await startWorld(() => ({}))
  await server[Symbol.asyncDispose]()

  await expect(client.get(WEB)).rejects.toMatchObject({
    code: 'KUBE_UNREACHABLE',
    message: expect.stringContaining(`Deployment/shop/web get failed: ${server.url} cannot be reached`),
  })
})

test('does not wait for a server for ever', async () => {
  const { client } = await startWorld(() => () => {}, {}, { requestTimeoutMs: 50 })

  await expect(client.get(WEB)).rejects.toMatchObject({ code: 'KUBE_TIMEOUT' })
})

test('stops at the signal, with its reason', async () => {
  const controller = new AbortController()
  const { client } = await startWorld(() => () => controller.abort(new Error('enough')))

  await expect(client.get(WEB, { signal: controller.signal })).rejects.toThrow('enough')
})

test('renews credentials that the server refuses, once', async () => {
  const renewals: boolean[] = []
  const getCredentials = async ({ renew = false } = {}): Promise<Credentials> => {
    renewals.push(renew)
    return { authorization: renew ? 'Bearer new' : 'Bearer old' }
  }
  const { client, server } = await startWorld(
    ({ headers }, index) =>
      headers.authorization === 'Bearer new' && index < 3
        ? index === 1
          ? { ...toStatus(429, 'TooManyRequests', 'slow down'), headers: { 'retry-after': '1' } }
          : { body: MANIFEST }
        : toStatus(401, 'Unauthorized', 'Unauthorized'),
    { getCredentials },
  )

  expect(await client.get(WEB)).toEqual(MANIFEST)
  expect(renewals).toEqual([false, true])
  await expect(client.get(WEB)).rejects.toMatchObject({ code: 'KUBE_UNAUTHORIZED' })
  expect(server.seen).toHaveLength(5)
})

test('does not try refused credentials again when there are no others', async () => {
  const credentials = { authorization: 'Bearer old' }
  const { client, server } = await startWorld(() => toStatus(401, 'Unauthorized', 'Unauthorized'), {
    getCredentials: async () => credentials,
  })

  await expect(client.get(WEB)).rejects.toMatchObject({ code: 'KUBE_UNAUTHORIZED', retry: 'terminal' })
  expect(server.seen).toHaveLength(1)
})

test('tells that a token expired, and when', async () => {
  const payload = Buffer.from(JSON.stringify({ exp: Date.parse('2025-12-31T23:00:00Z') / 1_000 })).toString('base64url')
  const { client } = await startWorld(() => toStatus(401, 'Unauthorized', 'Unauthorized'), {
    getCredentials: async () => ({ authorization: `Bearer e30.${payload}.c2ln` }),
  })

  await expect(client.get(WEB)).rejects.toMatchObject({
    code: 'KUBE_CREDENTIAL_EXPIRED',
    message: 'Deployment/shop/web get failed: the token expired 1h ago, at 2025-12-31T23:00:00.000Z',
  })
})

test('impersonates, with the same connections, discovery and count', async () => {
  const { client, server } = await startWorld(() => ({ body: MANIFEST }), { impersonate: { user: 'base' } })

  await client.get(WEB)
  await client.impersonate({ user: 'jane', groups: ['dev', 'ops'], uid: '7' }).get(WEB)

  expect(server.seen[0]?.headers['impersonate-user']).toBe('base')
  expect(server.seen[1]?.headers).toMatchObject({ 'impersonate-user': 'jane', 'impersonate-uid': '7' })
  const lines = server.seen[1]?.rawHeaders ?? []
  expect(lines.filter((_, index) => lines[index - 1]?.toLowerCase() === 'impersonate-group')).toEqual(['dev', 'ops'])
  expect(client.requestCount()).toBe(2)
})

test('says nothing of what the server says of a Secret', async () => {
  const { client } = await startWorld(() =>
    toStatus(422, 'Invalid', 'Secret "s" is invalid: data[a]: Invalid value: "cGFzc3dvcmQ="', {
      details: {
        causes: [{ reason: 'FieldValueInvalid', field: 'data[a]', message: 'Invalid value: "cGFzc3dvcmQ="' }],
      },
    }),
  )
  const address = { resource: SECRETS, namespace: 'shop', name: 's' }

  const error = await client.apply(address, MANIFEST, { fieldManager: 'lockstep' }).catch((thrown: unknown) => thrown)

  expect(error).toMatchObject({
    code: 'KUBE_INVALID',
    message: expect.stringContaining('Secret/shop/s apply failed: Invalid: data[a] (FieldValueInvalid)'),
  })
  const { message, details, hint } = error as { message: string; details: object; hint?: string }
  expect(JSON.stringify([message, details, hint])).not.toContain('cGFzc3dvcmQ=')
})
