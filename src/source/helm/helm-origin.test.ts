import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SourceOptions } from '../source-deps.ts'
import { createSourceResolver } from '../source-resolver.ts'
import { computeSha256, packChart } from '../testing/chart.ts'
import { startTestServer, type TestServer } from '../testing/http-server.ts'
import { startRegistryServer } from '../testing/registry-server.ts'
import { createTestDeps, createTestFolder } from '../testing/world.ts'

const ETAG = '"one"'

let folder: Awaited<ReturnType<typeof createTestFolder>>
let server: TestServer
/** What the server has, by path below /charts/. */
let files: Map<string, string | Buffer>
let redirectTo: string | undefined
let login: string | undefined
const resolvers: AsyncDisposable[] = []

beforeEach(async () => {
  folder = await createTestFolder()
  files = new Map()
  redirectTo = undefined
  login = undefined
  server = await startTestServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/charts\//, '')
    const content = files.get(path)
    if (login && request.headers.authorization !== `Basic ${btoa(login)}`) response.writeHead(401).end()
    else if (redirectTo && path.endsWith('.tgz')) response.writeHead(302, { location: redirectTo }).end()
    else if (path === 'index.yaml' && request.headers['if-none-match'] === ETAG) response.writeHead(304).end()
    else if (content === undefined) response.writeHead(404).end()
    else if (path === 'index.yaml' && request.headers['accept-encoding'] === 'gzip') {
      response.writeHead(200, { etag: ETAG, 'content-encoding': 'gzip' }).end(gzipSync(content))
    } else response.writeHead(200).end(content)
  })
})

afterEach(async () => {
  for (const resolver of resolvers.splice(0)) await resolver[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const publish = async (
  versions: readonly string[],
  entry: (version: string) => string = (v) => `urls: [web-${v}.tgz]`,
) => {
  const entries: string[] = []
  for (const version of versions) {
    const content = await packChart('web', version)
    files.set(`web-${version}.tgz`, content)
    entries.push(`    - {name: web, version: "${version}", digest: ${computeSha256(content)}, ${entry(version)}}`)
  }
  files.set('index.yaml', `apiVersion: v1\nentries:\n  web:\n${entries.join('\n')}\n`)
}

const createResolver = (options: Partial<SourceOptions> = {}, env: Record<string, string> = {}) => {
  const cacheDir = join(folder.path, 'cache')
  const resolver = createSourceResolver(
    { cacheDir, allowPrivate: ['127.0.0.0/8'], ...options },
    createTestDeps(folder.path, env),
  )
  resolvers.push(resolver)
  return resolver
}

const reference = (version: string, fields: { chart?: string; url?: string; env?: string } = {}) => ({
  type: 'chart' as const,
  chart: fields.chart ?? 'web',
  version,
  repository: {
    type: 'helm' as const,
    name: 'charts',
    url: fields.url ?? `${server.url}/charts`,
    ...(fields.env ? { credentials: { env: fields.env } } : {}),
  },
})

test('fetches a version, checked against the index’s digest', async () => {
  await publish(['1.2.3', '1.10.0'])

  const artifact = await createResolver().fetch(reference('1.2.3'))

  const content = files.get('web-1.2.3.tgz') as Buffer
  expect(artifact).toMatchObject({ type: 'chart', revision: '1.2.3', description: 'chart web 1.2.3', warnings: [] })
  expect(artifact.digest).toBe(`sha256:${computeSha256(content)}`)
  expect(await readFile(artifact.file)).toEqual(content)
})

test('takes the highest version in a range, and prereleases only by name', async () => {
  await publish(['1.2.3', '1.10.0', '2.0.0-rc.1', 'v0.9.0'])
  const resolver = createResolver()
  const resolve = async (version: string) => (await resolver.fetch(reference(version))).revision

  expect(await resolve('^1.2')).toBe('1.10.0')
  expect(await resolve('>=1.0, <1.5')).toBe('1.2.3')
  expect(await resolve('2.0.0-rc.1')).toBe('2.0.0-rc.1')
  expect(await resolve('0.9.0')).toBe('v0.9.0')
})

test('asks for the index once in a run, and transfers it again only when it changed', async () => {
  await publish(['1.0.0', '1.1.0'])
  const first = createResolver()
  await Promise.all([first.fetch(reference('^1')), first.fetch(reference('1.0.0'))])
  await createResolver().fetch(reference('^1'))

  expect(server.seen.filter(({ path }) => path.endsWith('index.yaml'))).toHaveLength(2)
  expect(server.seen.filter(({ path }) => path.endsWith('web-1.1.0.tgz'))).toHaveLength(1)
})

test('needs no network for an exact version that it has, and goes on with a range as last seen', async () => {
  await publish(['1.0.0'])
  await createResolver().fetch(reference('^1'))
  const url = `${server.url}/charts`
  await server[Symbol.asyncDispose]()

  expect((await createResolver().fetch(reference('1.0.0', { url }))).warnings).toEqual([])
  for (const offline of [true, false]) {
    const artifact = await createResolver({ offline }).fetch(reference('^1', { url }))
    expect(artifact.warnings).toEqual([expect.stringContaining('using ^1 as last seen, 1.0.0')])
  }
  await expect(createResolver().fetch(reference('2.0.0', { url }))).rejects.toMatchObject({
    code: 'SOURCE_UNREACHABLE',
    retry: 'transient',
  })
  await expect(createResolver({ offline: true }).fetch(reference('2.0.0', { url }))).rejects.toMatchObject({
    code: 'SOURCE_NOT_CACHED',
  })
})

test('fetches a chart again whose file in the cache was changed', async () => {
  await publish(['1.0.0'])
  const { file } = await createResolver().fetch(reference('1.0.0'))
  await chmod(file, 0o644)
  await writeFile(file, 'tampered')

  const again = await createResolver().fetch(reference('1.0.0'))

  expect(await readFile(again.file)).toEqual(files.get('web-1.0.0.tgz'))
})

test('names what is near a chart or version that is not there', async () => {
  await publish(['1.0.0', '1.1.0'])
  const resolver = createResolver()

  await expect(resolver.fetch(reference('1.0.0', { chart: 'wbe' }))).rejects.toMatchObject({
    code: 'SOURCE_CHART_NOT_FOUND',
    hint: 'did you mean `web`?',
  })
  await expect(resolver.fetch(reference('>=7'))).rejects.toMatchObject({
    code: 'SOURCE_VERSION_NOT_FOUND',
    hint: 'the latest are 1.1.0, 1.0.0',
  })
  await expect(resolver.fetch(reference('1.0.0', { url: `${server.url}/none` }))).rejects.toMatchObject({
    code: 'SOURCE_REPOSITORY_NOT_FOUND',
  })
})

test('refuses a chart that is not what the index says, and keeps nothing of it', async () => {
  await publish(['1.0.0'])
  files.set('web-1.0.0.tgz', await packChart('web', '6.6.6'))

  await expect(createResolver().fetch(reference('1.0.0'))).rejects.toMatchObject({ code: 'SOURCE_DIGEST_MISMATCH' })
  await expect(readdir(join(folder.path, 'cache/charts'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('sends credentials to the repository and to no other host, whether named in the index or by a redirect', async () => {
  login = 'ada:secret'
  const chart = await packChart('web', '1.0.0')
  await using other = await startTestServer((_, response) => response.writeHead(200).end(chart))
  const env = { LOGIN: 'ada:secret' }
  const fetchChart = (version: string) => createResolver({}, env).fetch(reference(version, { env: 'LOGIN' }))

  await publish(['1.0.0'], () => `urls: ["${other.url}/web.tgz"]`)
  await fetchChart('1.0.0')
  await publish(['1.0.0', '1.0.1'])
  files.set('index.yaml', String(files.get('index.yaml')).replaceAll(/digest: \w+, /g, ''))
  redirectTo = `${other.url}/web.tgz`
  await fetchChart('>=1.0.0')

  expect(server.seen.every(({ authorization }) => authorization === `Basic ${btoa('ada:secret')}`)).toBe(true)
  expect(other.seen.length).toBeGreaterThan(0)
  expect(other.seen.every(({ authorization }) => authorization === undefined)).toBe(true)
  await expect(createResolver().fetch(reference('2.0.0'))).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
})

test('refuses a URL with a password in it, without repeating it', async () => {
  const fetching = createResolver().fetch(reference('1.0.0', { url: 'https://ada:secret@charts.example.com' }))

  await expect(fetching).rejects.toMatchObject({
    code: 'SOURCE_URL_REFUSED',
    message: expect.not.stringContaining('secret'),
  })
})

test('follows an index into a registry', async () => {
  const content = await packChart('web', '1.0.0')
  await using registry = await startRegistryServer({ charts: { 'team/web': { '1.0.0': { content } } } })
  await publish(['1.0.0'], () => `urls: ["oci://127.0.0.1:${registry.port}/team/web:1.0.0"]`)

  const artifact = await createResolver().fetch(reference('1.0.0'))

  expect(artifact.digest).toBe(`sha256:${computeSha256(content)}`)
})

test('refuses private addresses behind names and redirects, and files behind URLs', async () => {
  await publish(['1.0.0'])
  const url = `http://localhost:${server.port}/charts`
  await expect(createResolver({ allowPrivate: [] }).fetch(reference('1.0.0', { url }))).rejects.toMatchObject({
    code: 'SOURCE_ADDRESS_REFUSED',
  })
  expect(server.seen).toEqual([])

  redirectTo = 'https://169.254.169.254/latest/meta-data'
  await expect(createResolver().fetch(reference('1.0.0'))).rejects.toMatchObject({ code: 'SOURCE_ADDRESS_REFUSED' })
  redirectTo = `${server.url}/charts/loop.tgz`
  await expect(createResolver().fetch(reference('1.0.0'))).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  redirectTo = 'http://example.com/web.tgz'
  await expect(createResolver().fetch(reference('1.0.0'))).rejects.toMatchObject({ code: 'SOURCE_URL_REFUSED' })

  redirectTo = undefined
  await publish(['1.0.0'], () => 'urls: ["file:///etc/passwd"]')
  await expect(createResolver({ cacheDir: join(folder.path, 'new') }).fetch(reference('1.0.0'))).rejects.toMatchObject({
    code: 'SOURCE_URL_REFUSED',
  })
})

const BROKEN_INDEXES = {
  'that is a web page': ['<html>', 'SOURCE_INVALID'],
  'that is not YAML': ['a: [', 'YAML_INVALID'],
  'that is too large once unpacked': ['#'.repeat(33 * 1024 * 1024), 'SOURCE_TOO_LARGE'],
} as const

test.for(Object.entries(BROKEN_INDEXES))('refuses an index %s', async ([, [text, code]]) => {
  files.set('index.yaml', text)

  await expect(createResolver().fetch(reference('1.0.0'))).rejects.toMatchObject({ code })
})

test('reads an index with entries that are not as they should be', async () => {
  await publish(['1.0.0'])
  files.set(
    'index.yaml',
    `${files.get('index.yaml')}    - {version: 1.5}\n    - 7\n    - {version: "9.0.0"}\n  bad: 1\n`,
  )

  expect((await createResolver().fetch(reference('>=1'))).revision).toBe('1.0.0')
})
