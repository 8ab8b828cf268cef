import { execFile } from 'node:child_process'
import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type GitServer, runTestGit, startGitServer } from '../../../test/git-server.ts'
import type { GitRef } from '../../fleet/resolved.ts'
import { startTestServer } from '../testing/http-server.ts'
import { commitFiles, createTestDeps, createTestFolder, link, writeFiles } from '../testing/world.ts'
import { createGitSource, type GitReference } from './git-source.ts'

let folder: Awaited<ReturnType<typeof createTestFolder>>
let server: GitServer

let template: Awaited<ReturnType<typeof createTestFolder>>

beforeAll(async () => {
  template = await createTestFolder()
  await commitFiles(template.path, {
    'deploy/web.yaml': 'kind: Web',
    'base/x.yaml': 'kind: Base',
    'run.sh': '#!/bin/sh',
  })
})

afterAll(() => template[Symbol.asyncDispose]())

beforeEach(async () => {
  folder = await createTestFolder()
  await cp(template.path, join(folder.path, 'app'), { recursive: true })
  server = await startGitServer({ root: folder.path })
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const repo = (): string => join(folder.path, 'app')
const cacheDir = (): string => join(folder.path, 'cache')

const reference = (fields: { ref?: GitRef; path?: string; url?: string } = {}): GitReference => ({
  type: 'git',
  repository: { type: 'git', name: 'app', url: fields.url ?? `${server.url}/app` },
  path: fields.path ?? 'deploy',
  ...(fields.ref ? { ref: fields.ref } : {}),
})

const createSource = (options: Partial<Parameters<typeof createGitSource>[0]> = {}, env: Record<string, string> = {}) =>
  createGitSource({ cacheDir: cacheDir(), ...options }, createTestDeps(folder.path, env))

test('fetches a folder of the default branch with the files beside it', async () => {
  const commit = await runTestGit(repo(), 'rev-parse', 'HEAD')

  const artifact = await createSource()(reference())

  expect(artifact).toMatchObject({ type: 'folder', revision: commit, path: 'deploy', warnings: [] })
  expect(artifact.digest).toBe(`git:${await runTestGit(repo(), 'rev-parse', 'HEAD^{tree}')}`)
  expect(artifact.description).toBe(`${server.url}/app@${commit.slice(0, 12)} deploy`)
  expect(await artifact.tree.list()).toEqual(['base/x.yaml', 'deploy/web.yaml', 'run.sh'])
  expect(await readFile(join(artifact.tree.directory, 'deploy/web.yaml'), 'utf8')).toBe('kind: Web')
})

test('fetches shallowly, and contents once', async () => {
  await commitFiles(repo(), { 'deploy/web.yaml': 'kind: Changed' })
  await createSource()(reference())
  const [bare = ''] = (await readdir(join(cacheDir(), 'git'))).filter((name) => !name.includes('.'))
  const gitDir = join(cacheDir(), 'git', bare)

  expect(await runTestGit(gitDir, 'rev-list', '--all', '--count')).toBe('1')
  await commitFiles(repo(), { 'deploy/web.yaml': 'kind: Again' })
  await createSource()(reference())
  const stored = await runTestGit(gitDir, 'cat-file', '--batch-all-objects', '--batch-check')
  expect(stored.split('\n').filter((line) => line.includes(' blob '))).toHaveLength(4)
})

test('finds branches, tags, annotated tags, commits and the highest version in a range', async () => {
  const first = await runTestGit(repo(), 'rev-parse', 'HEAD')
  await runTestGit(repo(), 'tag', 'v1.0.0')
  await runTestGit(repo(), 'branch', 'release/1')
  const second = await commitFiles(repo(), { 'deploy/web.yaml': 'kind: Second' })
  await runTestGit(repo(), 'tag', '--annotate', '--message=x', 'v1.10.0')
  const third = await commitFiles(repo(), { 'deploy/web.yaml': 'kind: Third' })
  await runTestGit(repo(), 'tag', 'v2.0.0')
  await runTestGit(repo(), 'tag', 'v2.1.0-rc.1')
  const source = createSource()
  const resolve = async (ref: GitRef) => (await source(reference({ ref }))).revision

  expect(await resolve({ branch: 'main' })).toBe(third)
  expect(await resolve({ branch: 'release/1' })).toBe(first)
  expect(await resolve({ tag: 'v1.10.0' })).toBe(second)
  expect(await resolve({ commit: first })).toBe(first)
  expect(await resolve({ semver: '^1.0' })).toBe(second)
  expect(await resolve({ semver: '>=1' })).toBe(third)
})

test('names what is near a version, a folder or a repository that is not there', async () => {
  await runTestGit(repo(), 'tag', 'v1.0.0')
  const source = createSource()

  await expect(source(reference({ ref: { branch: 'mian' } }))).rejects.toMatchObject({
    code: 'SOURCE_VERSION_NOT_FOUND',
    hint: 'did you mean `main`?',
  })
  await expect(source(reference({ ref: { tag: 'v9' } }))).rejects.toMatchObject({ hint: 'known: v1.0.0' })
  await expect(source(reference({ ref: { semver: '>=9' } }))).rejects.toMatchObject({
    code: 'SOURCE_VERSION_NOT_FOUND',
  })
  await expect(source(reference({ ref: { commit: '1'.repeat(40) } }))).rejects.toMatchObject({
    code: 'SOURCE_VERSION_NOT_FOUND',
  })
  await expect(source(reference({ path: 'deplyo' }))).rejects.toMatchObject({
    code: 'SOURCE_PATH_NOT_FOUND',
    hint: 'did you mean `deploy`?',
  })
  await expect(source(reference({ url: `${server.url}/none` }))).rejects.toMatchObject({
    code: 'SOURCE_REPOSITORY_NOT_FOUND',
  })
  const [bare = ''] = await readdir(join(cacheDir(), 'git'))
  expect(await runTestGit(join(cacheDir(), 'git', bare), 'config', 'remote.origin.promisor')).toBe('true')
})

test('asks for all there is where a commit cannot be asked for by its id', async () => {
  const first = await runTestGit(repo(), 'rev-parse', 'HEAD')
  await commitFiles(repo(), { 'deploy/web.yaml': 'kind: Second' })
  await writeFiles(folder.path, { '.gitconfig': '[protocol]\n\tversion = 0\n' })

  expect((await createSource()(reference({ ref: { commit: first } }))).revision).toBe(first)
})

test('needs no network for a commit or tag that it has', async () => {
  const commit = await runTestGit(repo(), 'rev-parse', 'HEAD')
  await runTestGit(repo(), 'tag', 'v1.0.0')
  await createSource()(reference({ ref: { tag: 'v1.0.0' } }))
  const before = server.requests.length

  await createSource()(reference({ ref: { tag: 'v1.0.0' } }))
  await createSource({ offline: true })(reference({ ref: { commit } }))

  expect(server.requests.length).toBe(before)
})

test('goes on with the branch and version as last seen when the server is away', async () => {
  await runTestGit(repo(), 'tag', 'v1.0.0')
  for (const ref of [{ branch: 'main' }, { semver: '1.x' }]) await createSource()(reference({ ref }))
  await createSource()(reference())
  const commit = await runTestGit(repo(), 'rev-parse', 'HEAD')
  const url = `${server.url}/app`
  await server[Symbol.asyncDispose]()

  for (const fields of [{ ref: { branch: 'main' } }, { ref: { semver: '1.x' } }, {}]) {
    const artifact = await createSource()(reference({ ...fields, url }))
    expect(artifact.revision).toBe(commit)
    expect(artifact.warnings).toEqual([expect.stringContaining(`as last seen, ${commit.slice(0, 12)}`)])
  }
  await expect(createSource()(reference({ ref: { branch: 'other' }, url }))).rejects.toMatchObject({
    code: 'SOURCE_UNREACHABLE',
    retry: 'transient',
  })
  await expect(createSource({ offline: true })(reference({ ref: { branch: 'other' }, url }))).rejects.toMatchObject({
    code: 'SOURCE_NOT_CACHED',
  })
})

test('gives one run one commit, and asks again after a while', async () => {
  const source = createSource()
  const first = await source(reference())
  await commitFiles(repo(), { 'deploy/web.yaml': 'kind: Moved' })

  expect((await source(reference({ path: 'base' }))).revision).toBe(first.revision)
  expect((await createSource({ refreshMs: 0 })(reference())).revision).not.toBe(first.revision)
})

test('five processes that fetch at once get one content', async () => {
  const program = `
    import { createGitSource } from ${JSON.stringify(join(import.meta.dirname, 'git-source.ts'))}
    import { createTestDeps } from ${JSON.stringify(join(import.meta.dirname, '../testing/world.ts'))}
    const [cacheDir, url] = process.argv.slice(1)
    const fetchSource = createGitSource({ cacheDir }, createTestDeps(cacheDir))
    const { digest, tree } = await fetchSource({ type: 'git', repository: { type: 'git', name: 'app', url }, path: 'deploy' })
    console.log(digest, (await tree.list()).join(','))`
  const args = ['--input-type=module', '--eval', program, cacheDir(), `${server.url}/app`]
  const runs = Array.from({ length: 5 }, () => promisify(execFile)(process.execPath, args))

  const results = (await Promise.all(runs)).map(({ stdout }) => stdout)

  expect(new Set(results).size).toBe(1)
  expect(results[0]).toMatch(/^git:[0-9a-f]{40} base\/x.yaml,deploy\/web.yaml,run.sh/)
  expect((await readdir(join(cacheDir(), 'trees'))).length).toBe(1)
  expect((await readdir(join(cacheDir(), 'git'))).length).toBe(1)
}, 30_000)

test('keeps what it wrote read-only and as it is in Git', async () => {
  await commitFiles(repo(), { '.gitattributes': '*.txt text eol=crlf export-ignore\n', 'deploy/a.txt': 'one\ntwo\n' })

  const { tree } = await createSource()(reference())

  expect(await readFile(join(tree.directory, 'deploy/a.txt'), 'utf8')).toBe('one\ntwo\n')
  expect(((await stat(join(tree.directory, 'deploy/a.txt'))).mode & 0o777).toString(8)).toBe('444')
})

test('refuses links that lead out of the repository, directly or through others', async () => {
  await commitFiles(repo(), { 'deploy/up': link('../../..'), 'other/fine': link('../base/x.yaml') })
  await commitFiles(repo(), { 'a/b/c/root': link('../../..'), 'sneaky/way': link('../a/b/c/root/../../etc') })
  const source = createSource()

  for (const path of ['deploy', 'sneaky', '.']) {
    await expect(source(reference({ path }))).rejects.toMatchObject({ code: 'SOURCE_CONTENT_REFUSED' })
  }
  const { tree } = await source(reference({ path: 'other' }))
  expect(await readFile(join(tree.directory, 'other/fine'), 'utf8')).toBe('kind: Base')
  expect(await readdir(join(tree.directory, 'sneaky'))).toEqual([])
})

test('refuses paths that no git would write', async () => {
  const blob = await runTestGit(repo(), 'rev-parse', 'HEAD:base/x.yaml')
  const entry = Buffer.concat([Buffer.from('100644 ..\0'), Buffer.from(blob, 'hex')])
  await writeFile(join(folder.path, 'evil'), entry)
  const tree = await runTestGit(repo(), 'hash-object', '-t', 'tree', '-w', '--literally', join(folder.path, 'evil'))
  const commit = await runTestGit(repo(), 'commit-tree', '-m', 'evil', tree)
  await runTestGit(repo(), 'branch', 'evil', commit)

  await expect(createSource()(reference({ ref: { branch: 'evil' }, path: '.' }))).rejects.toMatchObject({
    code: 'SOURCE_CONTENT_REFUSED',
  })
})

test('says what it leaves out: submodules and LFS contents', async () => {
  await commitFiles(join(folder.path, 'lib'), { 'lib.yaml': 'x: 1' })
  await commitFiles(repo(), { 'deploy/big.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n' })
  await runTestGit(repo(), 'submodule', 'add', '--quiet', join(folder.path, 'lib'), 'deploy/lib')
  await runTestGit(repo(), 'commit', '--quiet', '--message=submodule')

  const { warnings } = await createSource()(reference())

  expect(warnings).toEqual([
    expect.stringContaining('the submodule deploy/lib is left out'),
    expect.stringContaining('deploy/big.bin is in Git LFS'),
  ])
})

test('fetches only the folder of a huge repository, and refuses one that is too large', async () => {
  const partial = await createSource({ wholeTreeFiles: 2 })(reference())
  expect(await partial.tree.list()).toEqual(['web.yaml'])
  expect(partial).toMatchObject({ path: '.', warnings: [expect.stringContaining('only deploy was fetched')] })

  const asked = await createSource({ wholeTreeFiles: 2 })(reference({ path: './' }))
  expect(await asked.tree.list()).toHaveLength(3)

  const strict = createSource({ cacheDir: join(folder.path, 'other'), limits: { maxFiles: 10, maxBytes: 5 } })
  await expect(strict(reference())).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' })
})

test('sends the credentials that are referred to, and says when they are missing or wrong', async () => {
  await using guarded = await startGitServer({ root: folder.path, credentials: 'ada:secret' })
  const withCredentials = (): GitReference => ({
    ...reference(),
    repository: { type: 'git', name: 'app', url: `${guarded.url}/app`, credentials: { env: 'GIT_LOGIN' } },
  })

  await expect(createSource()(withCredentials())).rejects.toMatchObject({ code: 'SOURCE_CREDENTIALS_MISSING' })
  const wrong = createSource({}, { GIT_LOGIN: 'ada:wrong' })(withCredentials())
  await expect(wrong).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
  await expect(wrong).rejects.not.toThrow(/wrong/)
  expect((await createSource({}, { GIT_LOGIN: 'ada:secret' })(withCredentials())).path).toBe('deploy')
})

test('asks git’s own credential helpers', async () => {
  await using guarded = await startGitServer({ root: folder.path, credentials: 'ada:secret' })
  await writeFiles(folder.path, {
    '.gitconfig': '[credential]\n\thelper = "!f() { echo username=ada; echo password=secret; }; f"\n',
  })

  expect((await createSource()(reference({ url: `${guarded.url}/app` }))).path).toBe('deploy')
})

test('reads a repository of this machine unless that is forbidden', async () => {
  const url = `file://${repo()}`

  expect((await createSource()(reference({ url }))).path).toBe('deploy')
  const forbidden = createSource({ allowFile: false, cacheDir: join(folder.path, 'other') })
  await expect(forbidden(reference({ url }))).rejects.toMatchObject({ code: 'SOURCE_URL_REFUSED' })
})

test('fetches from a server that knows neither depth nor filter', async () => {
  await using dumb = await startGitServer({ root: folder.path, dumb: true })

  for (const content of ['kind: Web', 'kind: Next']) {
    await commitFiles(repo(), { 'deploy/web.yaml': content, 'deploy/next': content })
    await runTestGit(repo(), 'update-server-info')
    const { tree } = await createSource()(reference({ url: `${dumb.url}/app/.git` }))
    expect(String(await tree.read('deploy/web.yaml'))).toBe(content)
  }
})

test('speaks ssh through the program that the user names, the command behind the host', async () => {
  const log = join(folder.path, 'ssh.log')
  const ssh = join(folder.path, 'fake-ssh')
  await writeFile(ssh, `#!/bin/sh\nprintf '%s\\n' "$@" >> ${log}\nfor last; do :; done\nexec sh -c "$last"\n`, {
    mode: 0o755,
  })
  const env = { GIT_SSH: ssh, GIT_SSH_VARIANT: 'ssh' }

  const artifact = await createSource({}, env)(reference({ url: `git@git.invalid:${repo()}` }))

  expect(await artifact.tree.list()).toHaveLength(3)
  const argv = (await readFile(log, 'utf8')).split('\n')
  expect(argv).toContain('git@git.invalid')
  expect(argv).toContain(`git-upload-pack '${repo()}'`)
})

test('stops at once when aborted, and lets go of the cache', async () => {
  const stop = new AbortController()
  await using silent = await startTestServer((request) => {
    if (request.url?.includes('info/refs')) stop.abort(new Error('stopped'))
  })

  const fetching = createSource()(reference({ url: `${silent.url}/app` }), { signal: stop.signal })

  await expect(fetching).rejects.toThrow('stopped')
  expect((await readdir(join(cacheDir(), 'git'))).filter((name) => name.endsWith('.lock'))).toEqual([])
})

test('follows a repository that has moved, and leaves the credentials behind', async () => {
  await using other = await startGitServer({ root: folder.path })
  server.redirectTo = other.url
  const login = { GIT_LOGIN: 'ada:secret' }
  const { repository, ...rest } = reference()

  const artifact = await createSource(
    {},
    login,
  )({ ...rest, repository: { ...repository, credentials: { env: 'GIT_LOGIN' } } })

  expect(await artifact.tree.list()).toHaveLength(3)
  expect(server.authorizations).toContain(`Basic ${btoa('ada:secret')}`)
  expect(other.authorizations.filter((value) => value !== undefined)).toEqual([])
})

test('contacts no private address that is not allowed, and follows no redirect there', async () => {
  const deps = createTestDeps(folder.path, {}, [])
  const source = createGitSource({ cacheDir: cacheDir() }, deps)

  await expect(source(reference())).rejects.toMatchObject({ code: 'SOURCE_ADDRESS_REFUSED' })
  expect(server.requests).toEqual([])

  server.redirectTo = 'https://169.254.169.254'
  await expect(createSource()(reference())).rejects.toMatchObject({ code: 'SOURCE_ADDRESS_REFUSED' })
})
