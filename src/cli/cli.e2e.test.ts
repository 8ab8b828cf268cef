import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runLockstep } from './testing/run-lockstep.ts'

let work: string
let example: string

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'lockstep-cli-'))
  example = join(work, 'example')
  await runLockstep(['init', 'example'], { cwd: work })
})

afterAll(() => rm(work, { recursive: true, force: true }))

const createFleet = async (name: string, files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = join(work, name)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return folder
}

const FLEET = 'apiVersion: lockstep.dev/v1alpha1\nkind: Fleet\nmetadata: {name: acme}\nspec: {}\n'

/** A fleet with one component of plain YAML on clusters whose servers are the given ones. */
const createPlainFleet = async (name: string, servers: Readonly<Record<string, string>>): Promise<string> => {
  const names = Object.keys(servers)
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: names.map((cluster) => ({ name: cluster, cluster: { server: servers[cluster] } })),
    users: [{ name: 'user', user: { token: 'x' } }],
    contexts: names.map((cluster) => ({ name: cluster, context: { cluster, user: 'user' } })),
  }
  return createFleet(name, {
    'fleet.yaml': FLEET,
    kubeconfig: JSON.stringify(kubeconfig),
    'shop/shop.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: shop}\nstringData: {password: canary-4711}\n',
    ...Object.fromEntries(
      names.map((cluster) => [
        `clusters/${cluster}.yaml`,
        `apiVersion: lockstep.dev/v1alpha1
kind: Cluster
metadata: {name: ${cluster}}
spec:
  provider: {existing: {kubeconfig: {path: ../kubeconfig, context: ${cluster}}}}
  components: [{name: shop, source: {path: ../shop}, namespace: shop}]
`,
      ]),
    ),
  })
}

test('init writes a fleet, says what to do next, and never overwrites', async () => {
  const again = await runLockstep(['init', 'example'], { cwd: work })
  await writeFile(join(example, 'CODEOWNERS'), 'mine')
  const forced = await runLockstep(['init', 'example', '--force'], { cwd: work })

  expect(await readFile(join(example, 'fleet.yaml'), 'utf8')).toContain('kind: Fleet')
  expect(again).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('is not empty') })
  expect(forced.exitCode).toBe(0)
  expect(await readFile(join(example, 'CODEOWNERS'), 'utf8')).toBe('mine')
})

test('the example of init is valid, from any folder of it', async () => {
  const { exitCode, stdout } = await runLockstep(['validate'], { cwd: join(example, 'clusters') })

  expect(stdout).toContain('example: 3 clusters, no errors')
  expect(exitCode).toBe(0)
})

test('validate tells all problems at once, with place and hint, and exits with 2', async () => {
  const folder = await createFleet('bad', {
    'fleet.yaml': FLEET,
    'clusters/a.yaml':
      'apiVersion: lockstep.dev/v1alpha1\nkind: Cluster\nmetadata: {name: a}\nspec:\n  template: {name: web}\n  provder: {}\n',
    'clusters/b.yaml':
      'apiVersion: lockstep.dev/v1alpha1\nkind: Cluster\nmetadata: {name: b}\nspec:\n  template: {name: wbe}\n',
    'templates/web.yaml': 'apiVersion: lockstep.dev/v1alpha1\nkind: ClusterTemplate\nmetadata: {name: web}\nspec: {}\n',
    'broken.yaml': 'apiVersion: lockstep.dev/v1alpha1\nkind: [\n',
  })
  const { exitCode, stdout, stderr } = await runLockstep(['validate', '--fleet', folder], { cwd: work })

  expect(stdout).toContain('clusters/a.yaml:6:3: error: unknown field "provder"\n  hint: did you mean `provider`?')
  expect(stdout).toContain('clusters/b.yaml:5:20: error: unknown template "wbe"')
  expect(stdout).toContain('broken.yaml:')
  expect(stdout).toMatch(/3 errors\n$/)
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' })
})

test('a fleet with problems is refused by every command that would use it', async () => {
  const folder = await createFleet('refused', { 'fleet.yaml': FLEET.replace('spec: {}', 'spec: {nonsense: 1}') })
  for (const command of ['drift', 'sync', 'diff', 'render']) {
    const { exitCode, stderr } = await runLockstep([command], { cwd: folder })

    expect(stderr).toContain('hint: lockstep validate lists them all')
    expect(stderr).not.toContain('    at ')
    expect(exitCode).toBe(2)
  }
})

test('outside of any fleet it says how to get one', async () => {
  const { exitCode, stderr } = await runLockstep(['drift'], { cwd: work })

  expect(stderr).toMatch(/^error: there is no fleet.yaml in .*\n {2}hint: .*lockstep init\n {2}code: FLEET_MISSING\n$/)
  expect(exitCode).toBe(2)
})

test('an unknown cluster, command or option is met with a suggestion', async () => {
  const cluster = await runLockstep(['drift', '-c', 'prod-ue'], { cwd: example })
  const command = await runLockstep(['drif'], { cwd: example })
  const option = await runLockstep(['drift', '--hael'], { cwd: example })

  expect(cluster).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('did you mean `prod-eu`?') })
  expect(command).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Did you mean drift?') })
  expect(option).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Did you mean --heal?') })
})

test('clusters out of reach are reported together, quickly, and win over everything with 3', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as { port: number }
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const refused = (closed.address() as { port: number }).port
  closed.close()
  const folder = await createPlainFleet('far', {
    silent: `http://127.0.0.1:${port}`,
    refused: `http://127.0.0.1:${refused}`,
  })
  try {
    const { exitCode, stdout } = await runLockstep(['drift', '-o', 'json', '--connect-timeout', '500ms'], {
      cwd: folder,
    })
    const report = JSON.parse(stdout)

    expect(report).toMatchObject({
      fleet: 'acme',
      revision: 'unversioned',
      findings: [],
      clusters: [
        { name: 'refused', reachable: false, error: expect.stringContaining('ECONNREFUSED') },
        { name: 'silent', reachable: false, error: expect.stringContaining('did not answer within 500ms') },
      ],
    })
    expect(exitCode).toBe(3)
  } finally {
    silent.close()
  }
})

test('render masks Secrets unless asked, and works without any cluster', async () => {
  const folder = await createPlainFleet('secrets', { far: 'http://127.0.0.1:1' })
  const masked = await runLockstep(['render', '--offline'], { cwd: folder })
  const shown = await runLockstep(['render', '--offline', '--show-secrets'], { cwd: folder })
  const unknown = await runLockstep(['render', '--offline', '--component', 'nope'], { cwd: folder })

  expect(masked).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('password: (masked)') })
  expect(shown.stdout).toContain(Buffer.from('canary-4711').toString('base64'))
  expect(unknown).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('the components are shop') })
})

test('a reader that stops reading ends it quietly', async () => {
  const folder = await createPlainFleet('pipe', { far: 'http://127.0.0.1:1' })
  const line = '  key: value-that-fills-the-pipe\n'
  const content = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata:\n${Array.from({ length: 20_000 }, (_, index) => line.replace('key', `key${index}`)).join('')}`
  await writeFile(join(folder, 'shop', 'big.yaml'), content)
  const bin = join(import.meta.dirname, '..', '..', 'bin', 'lockstep.mjs')
  const child = spawn(process.execPath, [bin, 'render', '--offline'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  child.stdout.once('data', () => child.stdout.destroy())
  const [exitCode] = await once(child, 'close')

  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
})

test('every command has help with examples', async () => {
  const listCommands = (help: string): string[] =>
    [...(help.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z-]+) /gm)]
      .map(([, name]) => name as string)
      .filter((name) => name !== 'help')
  const checkHelp = async (words: readonly string[]): Promise<void> => {
    const help = await runLockstep([...words, '--help'], { cwd: work })
    const below = listCommands(help.stdout)
    if (below.length === 0)
      expect(help).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/Examples:\n {2}\$? ?.*lockstep/) })
    for (const name of below) await checkHelp([...words, name])
  }
  const { stdout } = await runLockstep(['--help'], { cwd: work })

  expect(listCommands(stdout)).toEqual(
    expect.arrayContaining(['init', 'validate', 'render', 'diff', 'sync', 'drift', 'cluster']),
  )
  await checkHelp([])
})

test('completion prints a script for each shell and suggests commands, options and clusters', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    expect(await runLockstep(['completion', shell], { cwd: work })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('lockstep'),
    })
  }
  const suggest = async (...words: string[]): Promise<string[]> =>
    (await runLockstep(['complete', '--', ...words], { cwd: example })).stdout
      .split('\n')
      .map((line) => line.split('\t')[0] as string)

  expect(await suggest('dr')).toContain('drift')
  expect(await suggest('cluster', '')).toEqual(expect.arrayContaining(['list', 'show']))
  expect(await suggest('drift', '--he')).toContain('--heal')
  expect(await suggest('drift', '--cluster', '')).toEqual(expect.arrayContaining(['prod-eu', 'prod-us', 'staging']))
  expect(await suggest('cluster', 'show', 'prod')).toEqual(expect.arrayContaining(['prod-eu', 'prod-us']))
  expect(await suggest('drift', '--output', '')).toContain('markdown')
  expect(await runLockstep(['completion', 'tcsh'], { cwd: work })).toMatchObject({ exitCode: 2 })
})

test('it reads the fleet at a revision instead of the working tree', async () => {
  const folder = await createPlainFleet('versions', { far: 'http://127.0.0.1:1' })
  const git = async (...args: string[]): Promise<void> => {
    const child = spawn('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder })
    await once(child, 'close')
  }
  await git('init', '-q', '-b', 'main')
  await git('add', '.')
  await git('commit', '-q', '-m', 'first')
  await writeFile(join(folder, 'fleet.yaml'), 'nonsense: [')

  expect(await runLockstep(['validate'], { cwd: folder })).toMatchObject({ exitCode: 2 })
  expect(await runLockstep(['validate', '--revision', 'main'], { cwd: folder })).toMatchObject({
    exitCode: 0,
    stdout: 'acme: 1 cluster, no errors\n',
  })
})
