import { execFile } from 'node:child_process'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { runTestGit, startGitServer } from '../../../test/git-server.ts'
import { useGitWorld } from '../testing/git-world.ts'
import { startTestServer } from '../testing/http-server.ts'
import { commitFiles, writeFiles } from '../testing/world.ts'
import type { GitReference } from './git-source.ts'

const world = useGitWorld()

test('fetches shallowly, and contents once', async () => {
  await commitFiles(world().repo, { 'deploy/web.yaml': 'kind: Changed' })
  await world().createSource()(world().reference())
  const [bare = ''] = (await readdir(join(world().cacheDir, 'git'))).filter((name) => !name.includes('.'))
  const gitDir = join(world().cacheDir, 'git', bare)

  expect(await runTestGit(gitDir, 'rev-list', '--all', '--count')).toBe('1')
  await commitFiles(world().repo, { 'deploy/web.yaml': 'kind: Again' })
  await world().createSource()(world().reference())
  const stored = await runTestGit(gitDir, 'cat-file', '--batch-all-objects', '--batch-check')
  expect(stored.split('\n').filter((line) => line.includes(' blob '))).toHaveLength(4)
})

test('names what is near a version, a folder or a repository that is not there', async () => {
  await runTestGit(world().repo, 'tag', 'v1.0.0')
  const source = world().createSource()

  await expect(source(world().reference({ ref: { branch: 'mian' } }))).rejects.toMatchObject({
    code: 'SOURCE_VERSION_NOT_FOUND',
    hint: 'did you mean `main`?',
  })
  await expect(source(world().reference({ ref: { tag: 'v9' } }))).rejects.toMatchObject({ hint: 'known: v1.0.0' })
  await expect(source(world().reference({ ref: { semver: '>=9' } }))).rejects.toMatchObject({
    code: 'SOURCE_VERSION_NOT_FOUND',
  })
  await expect(source(world().reference({ ref: { commit: '1'.repeat(40) } }))).rejects.toMatchObject({
    code: 'SOURCE_VERSION_NOT_FOUND',
  })
  await expect(source(world().reference({ path: 'deplyo' }))).rejects.toMatchObject({
    code: 'SOURCE_PATH_NOT_FOUND',
    hint: 'did you mean `deploy`?',
  })
  await expect(source(world().reference({ url: `${world().server.url}/none` }))).rejects.toMatchObject({
    code: 'SOURCE_REPOSITORY_NOT_FOUND',
  })
  const [bare = ''] = await readdir(join(world().cacheDir, 'git'))
  expect(await runTestGit(join(world().cacheDir, 'git', bare), 'config', 'remote.origin.promisor')).toBe('true')
})

test('asks for all there is where a commit cannot be asked for by its id', async () => {
  const first = await runTestGit(world().repo, 'rev-parse', 'HEAD')
  await commitFiles(world().repo, { 'deploy/web.yaml': 'kind: Second' })
  await writeFiles(world().folder, { '.gitconfig': '[protocol]\n\tversion = 0\n' })

  expect((await world().createSource()(world().reference({ ref: { commit: first } }))).revision).toBe(first)
})

test('goes on with the branch and version as last seen when the server is away', async () => {
  await runTestGit(world().repo, 'tag', 'v1.0.0')
  for (const ref of [{ branch: 'main' }, { semver: '1.x' }]) await world().createSource()(world().reference({ ref }))
  await world().createSource()(world().reference())
  const commit = await runTestGit(world().repo, 'rev-parse', 'HEAD')
  const url = `${world().server.url}/app`
  await world().server[Symbol.asyncDispose]()

  for (const fields of [{ ref: { branch: 'main' } }, { ref: { semver: '1.x' } }, {}]) {
    const artifact = await world().createSource()(world().reference({ ...fields, url }))
    expect(artifact.revision).toBe(commit)
    expect(artifact.warnings).toEqual([expect.stringContaining(`as last seen, ${commit.slice(0, 12)}`)])
  }
  await expect(world().createSource()(world().reference({ ref: { branch: 'other' }, url }))).rejects.toMatchObject({
    code: 'SOURCE_UNREACHABLE',
    retry: 'transient',
  })
  await expect(
    world().createSource({ offline: true })(world().reference({ ref: { branch: 'other' }, url })),
  ).rejects.toMatchObject({
    code: 'SOURCE_NOT_CACHED',
  })
})

test('five processes that fetch at once get one content', async () => {
  const program = `
    import { createGitSource } from ${JSON.stringify(join(import.meta.dirname, 'git-source.ts'))}
    import { createTestDeps } from ${JSON.stringify(join(import.meta.dirname, '../testing/world.ts'))}
    const [cacheDir, url] = process.argv.slice(1)
    const fetchSource = createGitSource({ cacheDir }, createTestDeps(cacheDir))
    const { digest, tree } = await fetchSource({ type: 'git', repository: { type: 'git', name: 'app', url }, path: 'deploy' })
    console.log(digest, (await tree.list()).join(','))`
  const args = ['--input-type=module', '--eval', program, world().cacheDir, `${world().server.url}/app`]
  const runs = Array.from({ length: 5 }, () => promisify(execFile)(process.execPath, args))

  const results = (await Promise.all(runs)).map(({ stdout }) => stdout)

  expect(new Set(results).size).toBe(1)
  expect(results[0]).toMatch(/^git:[0-9a-f]{40} base\/x.yaml,deploy\/web.yaml,run.sh/)
  expect((await readdir(join(world().cacheDir, 'trees'))).length).toBe(1)
  expect((await readdir(join(world().cacheDir, 'git'))).length).toBe(1)
}, 30_000)

test('keeps what it wrote read-only and as it is in Git', async () => {
  await commitFiles(world().repo, {
    '.gitattributes': '*.txt text eol=crlf export-ignore\n',
    'deploy/a.txt': 'one\ntwo\n',
  })

  const { tree } = await world().createSource()(world().reference())

  expect(await readFile(join(tree.directory, 'deploy/a.txt'), 'utf8')).toBe('one\ntwo\n')
  expect(((await stat(join(tree.directory, 'deploy/a.txt'))).mode & 0o777).toString(8)).toBe('444')
})

test('says what it leaves out: submodules and LFS contents', async () => {
  await commitFiles(join(world().folder, 'lib'), { 'lib.yaml': 'x: 1' })
  await commitFiles(world().repo, {
    'deploy/big.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n',
  })
  await runTestGit(world().repo, 'submodule', 'add', '--quiet', join(world().folder, 'lib'), 'deploy/lib')
  await runTestGit(world().repo, 'commit', '--quiet', '--message=submodule')

  const { warnings } = await world().createSource()(world().reference())

  expect(warnings).toEqual([
    expect.stringContaining('the submodule deploy/lib is left out'),
    expect.stringContaining('deploy/big.bin is in Git LFS'),
  ])
})

test('fetches only the folder of a huge repository, and refuses one that is too large', async () => {
  const partial = await world().createSource({ wholeTreeFiles: 2 })(world().reference())
  expect(await partial.tree.list()).toEqual(['web.yaml'])
  expect(partial).toMatchObject({ path: '.', warnings: [expect.stringContaining('only deploy was fetched')] })

  const asked = await world().createSource({ wholeTreeFiles: 2 })(world().reference({ path: './' }))
  expect(await asked.tree.list()).toHaveLength(3)

  const strict = world().createSource({
    cacheDir: join(world().folder, 'other'),
    limits: { maxFiles: 10, maxBytes: 5 },
  })
  await expect(strict(world().reference())).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' })
})

test('sends the credentials that are referred to, and says when they are missing or wrong', async () => {
  await using guarded = await startGitServer({ root: world().folder, credentials: 'ada:secret' })
  const withCredentials = (): GitReference => ({
    ...world().reference(),
    repository: { type: 'git', name: 'app', url: `${guarded.url}/app`, credentials: { env: 'GIT_LOGIN' } },
  })

  await expect(world().createSource()(withCredentials())).rejects.toMatchObject({ code: 'SOURCE_CREDENTIALS_MISSING' })
  const wrong = world().createSource({}, { GIT_LOGIN: 'ada:wrong' })(withCredentials())
  await expect(wrong).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
  await expect(wrong).rejects.not.toThrow(/wrong/)
  expect((await world().createSource({}, { GIT_LOGIN: 'ada:secret' })(withCredentials())).path).toBe('deploy')
})

test('asks git’s own credential helpers', async () => {
  await using guarded = await startGitServer({ root: world().folder, credentials: 'ada:secret' })
  await writeFiles(world().folder, {
    '.gitconfig': '[credential]\n\thelper = "!f() { echo username=ada; echo password=secret; }; f"\n',
  })

  expect((await world().createSource()(world().reference({ url: `${guarded.url}/app` }))).path).toBe('deploy')
})

test('reads a repository of this machine unless that is forbidden', async () => {
  const url = `file://${world().repo}`

  expect((await world().createSource()(world().reference({ url }))).path).toBe('deploy')
  const forbidden = world().createSource({ allowFile: false, cacheDir: join(world().folder, 'other') })
  await expect(forbidden(world().reference({ url }))).rejects.toMatchObject({ code: 'SOURCE_URL_REFUSED' })
})

test('fetches from a server that knows neither depth nor filter', async () => {
  await using dumb = await startGitServer({ root: world().folder, dumb: true })

  for (const content of ['kind: Web', 'kind: Next']) {
    await commitFiles(world().repo, { 'deploy/web.yaml': content, 'deploy/next': content })
    await runTestGit(world().repo, 'update-server-info')
    const { tree } = await world().createSource()(world().reference({ url: `${dumb.url}/app/.git` }))
    expect(String(await tree.read('deploy/web.yaml'))).toBe(content)
  }
})

test('speaks ssh through the program that the user names, the command behind the host', async () => {
  const log = join(world().folder, 'ssh.log')
  const ssh = join(world().folder, 'fake-ssh')
  await writeFile(ssh, `#!/bin/sh\nprintf '%s\\n' "$@" >> ${log}\nfor last; do :; done\nexec sh -c "$last"\n`, {
    mode: 0o755,
  })
  const env = { GIT_SSH: ssh, GIT_SSH_VARIANT: 'ssh' }

  const artifact = await world().createSource({}, env)(world().reference({ url: `git@git.invalid:${world().repo}` }))

  expect(await artifact.tree.list()).toHaveLength(3)
  const argv = (await readFile(log, 'utf8')).split('\n')
  expect(argv).toContain('git@git.invalid')
  expect(argv).toContain(`git-upload-pack '${world().repo}'`)
})

test('stops at once when aborted, and lets go of the cache', async () => {
  const stop = new AbortController()
  await using silent = await startTestServer((request) => {
    if (request.url?.includes('info/refs')) stop.abort(new Error('stopped'))
  })

  const fetching = world().createSource()(world().reference({ url: `${silent.url}/app` }), { signal: stop.signal })

  await expect(fetching).rejects.toThrow('stopped')
  expect((await readdir(join(world().cacheDir, 'git'))).filter((name) => name.endsWith('.lock'))).toEqual([])
})

test('follows a repository that has moved, and leaves the credentials behind', async () => {
  await using other = await startGitServer({ root: world().folder })
  world().server.redirectTo = other.url
  const login = { GIT_LOGIN: 'ada:secret' }
  const { repository, ...rest } = world().reference()

  const artifact = await world().createSource(
    {},
    login,
  )({ ...rest, repository: { ...repository, credentials: { env: 'GIT_LOGIN' } } })

  expect(await artifact.tree.list()).toHaveLength(3)
  expect(world().server.authorizations).toContain(`Basic ${btoa('ada:secret')}`)
  expect(other.authorizations.filter((value) => value !== undefined)).toEqual([])
})
