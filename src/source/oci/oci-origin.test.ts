import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSourceResolver } from '../source-resolver.ts'
import { computeSha256, packChart } from '../testing/chart.ts'
import { startTestServer } from '../testing/http-server.ts'
import { type RegistryOptions, startRegistryServer } from '../testing/registry-server.ts'
import { createTestDeps, createTestFolder } from '../testing/world.ts'
import { parseOciUrl } from './oci-url.ts'

let folder: Awaited<ReturnType<typeof createTestFolder>>
let charts: RegistryOptions['charts']
const resolvers: AsyncDisposable[] = []

beforeEach(async () => {
  folder = await createTestFolder()
  const versions = ['1.0.0', '1.2.0', '1.10.0', '2.0.0-rc.1']
  const tags = await Promise.all(
    versions.map(async (version) => [version, { content: await packChart('web', version) }] as const),
  )
  const image = { content: Buffer.from('x'), configType: 'application/vnd.oci.image.config.v1+json' }
  const built = { content: await packChart('web', '3.0.0+build.7') }
  charts = {
    'team/web': { ...Object.fromEntries(tags), latest: tags[0]![1], '3.0.0_build.7': built },
    'team/image': { '1.0.0': image },
  }
})

afterEach(async () => {
  for (const resolver of resolvers.splice(0)) await resolver[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const createResolver = (env: Record<string, string> = {}) => {
  const options = { cacheDir: join(folder.path, 'cache'), allowPrivate: ['127.0.0.1'] }
  const resolver = createSourceResolver(options, createTestDeps(folder.path, env))
  resolvers.push(resolver)
  return resolver
}

const reference = (port: number, version: string, fields: { chart?: string; env?: string } = {}) => ({
  type: 'chart' as const,
  chart: fields.chart ?? 'web',
  version,
  repository: {
    type: 'helm' as const,
    name: 'registry',
    url: `oci://127.0.0.1:${port}/team`,
    ...(fields.env ? { credentials: { env: fields.env } } : {}),
  },
})

test('fetches a version, and needs no network for it again', async () => {
  const registry = await startRegistryServer({ charts })
  const content = charts['team/web']!['1.2.0']!.content

  const artifact = await createResolver().fetch(reference(registry.port, '1.2.0'))
  await registry[Symbol.asyncDispose]()

  expect(artifact).toMatchObject({ type: 'chart', revision: '1.2.0', digest: `sha256:${computeSha256(content)}` })
  expect(await readFile(artifact.file)).toEqual(content)
  expect(await createResolver().fetch(reference(registry.port, '1.2.0'))).toEqual(artifact)
})

test('takes the highest version in a range over all pages of tags', async () => {
  await using registry = await startRegistryServer({ charts, tagsPerPage: 2 })
  const resolver = createResolver()
  const resolve = async (version: string) => (await resolver.fetch(reference(registry.port, version))).revision

  expect(await resolve('^1')).toBe('1.10.0')
  expect(await resolve('>=3')).toBe('3.0.0+build.7')
  expect(await resolve('3.0.0+build.7')).toBe('3.0.0+build.7')
})

test('answers the registry’s challenge with a token that the credentials buy', async () => {
  await using registry = await startRegistryServer({ charts, credentials: 'ada:secret' })

  const artifact = await createResolver({ LOGIN: 'ada:secret' }).fetch(reference(registry.port, '^1', { env: 'LOGIN' }))

  expect(artifact.revision).toBe('1.10.0')
  const basic = registry.seen.filter(({ authorization }) => authorization?.startsWith('Basic'))
  expect(basic.map(({ path }) => path)).toEqual(['/token?service=test&scope=repository%3Ateam%2Fweb%3Apull'])
  for (const env of [{ LOGIN: 'ada:wrong' }, {}]) {
    const denied = createResolver(env).fetch(reference(registry.port, '9.9.9', 'LOGIN' in env ? { env: 'LOGIN' } : {}))
    await expect(denied).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
  }
})

test('sends its token to no storage service that the registry redirects to', async () => {
  const content = charts['team/web']!['1.0.0']!.content
  await using storage = await startTestServer((_, response) => response.writeHead(200).end(content))
  await using registry = await startRegistryServer({ charts, credentials: 'ada:secret', storage: storage.url })

  await createResolver({ LOGIN: 'ada:secret' }).fetch(reference(registry.port, '1.0.0', { env: 'LOGIN' }))

  expect(storage.seen.map(({ authorization }) => authorization)).toEqual([undefined])
})

test('refuses content that is not what its digest says', async () => {
  await using storage = await startTestServer((_, response) => response.writeHead(200).end('something else'))

  for (const options of [{ storage: storage.url }, { damaged: true }]) {
    await using registry = await startRegistryServer({ charts, ...options })
    await expect(createResolver().fetch(reference(registry.port, '1.0.0'))).rejects.toMatchObject({
      code: 'SOURCE_DIGEST_MISMATCH',
      message: expect.stringContaining('gave content that is not sha256:'),
    })
  }
})

test('says what is not there, and what is not a chart', async () => {
  await using registry = await startRegistryServer({ charts })
  const resolver = createResolver()

  await expect(resolver.fetch(reference(registry.port, '1.2.9'))).rejects.toMatchObject({
    code: 'SOURCE_VERSION_NOT_FOUND',
    hint: 'did you mean `1.2.0`?',
  })
  await expect(resolver.fetch(reference(registry.port, '^1', { chart: 'none' }))).rejects.toMatchObject({
    code: 'SOURCE_CHART_NOT_FOUND',
  })
  await expect(resolver.fetch(reference(registry.port, '1.0.0', { chart: 'image' }))).rejects.toMatchObject({
    code: 'SOURCE_INVALID',
  })
})

test('takes registry URLs apart, and speaks plainly to this machine alone', () => {
  expect(parseOciUrl('oci://ghcr.io/org/charts/web')).toEqual({
    registry: new URL('https://ghcr.io'),
    name: 'org/charts/web',
  })
  expect(parseOciUrl('oci://docker.io/org/web').registry.host).toBe('registry-1.docker.io')
  expect(parseOciUrl('oci://localhost:5000/web').registry.protocol).toBe('http:')
  expect(parseOciUrl('oci://127.0.0.1.example.com/web').registry.protocol).toBe('https:')
  for (const url of [
    'oci://ghcr.io',
    'oci://ghcr.io/Org',
    'oci://a@b/c',
    'oci://ghcr.io/a/../b',
    'oci://h/a?b',
    'oci://h/a:1',
  ]) {
    expect(() => parseOciUrl(url)).toThrow(expect.objectContaining({ code: 'SOURCE_URL_REFUSED' }))
  }
})
