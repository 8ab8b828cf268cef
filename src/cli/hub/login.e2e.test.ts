import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startHubProcess } from '../../../test/hub-process.ts'
import { findPort } from '../../../test/real/ports.ts'
import { createBrowser } from '../../hub/api/testing/browser.ts'
import { CLIENT, startIdentityProvider } from '../../hub/api/testing/identity-provider.ts'
import { initRepository } from '../testing/git-repository.ts'
import { runLockstep } from '../testing/run-lockstep.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-login-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const FLEET = 'apiVersion: lockstep.dev/v1alpha1\nkind: Fleet\nmetadata: {name: acme}\nspec: {}\n'

test('an operator signs in with the browser, acts under their own name, and signs out', async () => {
  const [fleet, secrets, data] = ['fleet', 'secrets', 'data'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const path of [fleet, secrets]) mkdirSync(path)
  writeFileSync(join(fleet, 'fleet.yaml'), FLEET)
  writeFileSync(join(secrets, 'oidc-client'), `${CLIENT.secret}\n`)
  await initRepository(fleet)
  const publicUrl = `http://127.0.0.1:${await findPort()}`
  const accounts = { ann: { email: 'ann@example.com', groups: ['platform'] } }
  await using provider = await startIdentityProvider(accounts, `${publicUrl}/auth/callback`)
  const config = join(folder, 'hub.yaml')
  writeFileSync(
    config,
    `publicUrl: ${publicUrl}
secretsDir: ${secrets}
auth:
  metrics: token
  oidc:
    issuer: ${provider.issuer}
    clientId: ${CLIENT.id}
    clientSecret: {secret: oidc-client}
    scopes: [openid, email, groups]
    roles: {operator: [platform]}
`,
  )
  const listen = publicUrl.replace('http://', '')
  await using hub = await startHubProcess(['--config', config, '--listen', listen, '--fleet', fleet, '--data', data])
  const run = (...args: string[]) => runLockstep([...args, '--hub', publicUrl], { cwd: folder })

  const browser = createBrowser()
  let page = ''
  const login = await runLockstep(['login', '--hub', publicUrl, '--no-browser'], {
    cwd: folder,
    onStderr: (text) => {
      const [address] = /http:\S+\/auth\/cli\S+/.exec(text) ?? []
      if (address === undefined || page !== '') return
      page = address
      void browser.go(address)
    },
  })
  const credentials = join(folder, '.config', 'lockstep', 'credentials.json')
  const token = Object.values(JSON.parse(readFileSync(credentials, 'utf8')))[0] as string
  const mode = statSync(credentials).mode & 0o777
  const suspend = await run('suspend', '--all', '--for', '1h', '--reason', 'a test')
  const denied = await fetch(`${publicUrl}/api/v1/tokens`, { headers: { authorization: `Bearer ${token}` } })
  const listed = await run('audit', 'list', '-o', 'json')
  const logout = await run('logout')
  const gone = await fetch(`${publicUrl}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })

  expect(login).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('as ann@example.com, until ') })
  expect(mode).toBe(0o600)
  expect(suspend).toMatchObject({ exitCode: 0 })
  expect(denied.status).toBe(403)
  const trail = (JSON.parse(listed.stdout) as { type: string; actor: string }[]).map(
    ({ type, actor }) => `${type} ${actor}`,
  )
  expect(trail).toEqual(
    expect.arrayContaining([
      'login.succeeded ann@example.com',
      'token.created ann@example.com',
      'suspended ann@example.com',
    ]),
  )
  expect(logout).toMatchObject({ exitCode: 0, stdout: `Logged out of ${publicUrl}.\n` })
  expect(gone.status).toBe(401)
  expect((await fetch(`${publicUrl}/metrics`)).status).toBe(401)
  const said = JSON.stringify(hub.lines) + login.stderr + login.stdout + listed.stdout
  for (const secret of [token.slice(-43), CLIENT.secret]) expect(said).not.toContain(secret)
  expect(statSync(join(data, 'admin-token')).mode & 0o777).toBe(0o600)
  expect(JSON.stringify(hub.lines)).not.toContain(readFileSync(join(data, 'admin-token'), 'utf8').trim().slice(-43))
})

test('what happens is heard as it happens, from the data of a hub and over its API', async () => {
  const [fleet, data] = [join(folder, 'fleet'), join(folder, 'data')]
  mkdirSync(fleet)
  writeFileSync(join(fleet, 'fleet.yaml'), FLEET)
  await initRepository(fleet)
  await using hub = await startHubProcess(['--fleet', fleet, '--data', data])
  const bin = join(import.meta.dirname, '..', '..', '..', 'bin', 'lockstep.mjs')
  const follow = (...args: string[]) => {
    const child = spawn(process.execPath, [bin, 'audit', 'follow', '--after', '0', ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    const heard = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (text.includes('suspended')) resolve()
      })
    })
    const ended = new Promise<number | null>((resolve) => {
      child.on('close', resolve)
    })
    return { heard, ended, stop: () => child.kill('SIGINT'), text: () => text }
  }

  const local = follow('--data', data)
  const remote = follow(
    '--hub',
    hub.url(),
    '--token-file',
    join(data, 'admin-token'),
    '--type',
    'suspended',
    '-o',
    'jsonl',
  )
  await runLockstep(['suspend', '--all', '--for', '1h', '--reason', 'a test', '--data', data], { cwd: folder })
  await Promise.all([local.heard, remote.heard])
  local.stop()
  remote.stop()

  expect(await Promise.all([local.ended, remote.ended])).toEqual([0, 0])
  expect(local.text()).toMatch(/^1 \S+Z audit.key by hub\//)
  expect(local.text()).toMatch(/suspended by \S+: fleet\n$/)
  expect(JSON.parse(remote.text())).toMatchObject({ type: 'suspended', subject: 'fleet' })
})

test('a token that is made on the machine of the hub is one of its API, until it is revoked', async () => {
  const [fleet, data] = [join(folder, 'fleet'), join(folder, 'data')]
  mkdirSync(fleet)
  writeFileSync(join(fleet, 'fleet.yaml'), FLEET)
  await initRepository(fleet)
  await using hub = await startHubProcess(['--fleet', fleet, '--data', data])
  const run = (...args: string[]) => runLockstep([...args, '--data', data], { cwd: folder })
  const me = async (token: string) => {
    const response = await fetch(`${hub.url()}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })
    return { status: response.status, ...((await response.json()) as object) }
  }

  const { stdout, stderr } = await run('token', 'create', 'ci', '--permission', 'read', '--expires-in', '1h')
  const known = await me(stdout.trim())
  const [listed] = JSON.parse((await run('token', 'list', '-o', 'json')).stdout) as { id: string }[]
  const revoked = await run('token', 'revoke', listed?.id as string)

  expect(stderr).toContain('may read until')
  expect(known).toMatchObject({ status: 200, name: 'token/ci', permissions: ['read'] })
  expect(listed).toMatchObject({ name: 'ci', lastUsed: expect.any(String) })
  expect(revoked.stdout).toBe(`Revoked the token ${listed?.id} (ci).\n`)
  expect(await me(stdout.trim())).toMatchObject({ status: 401 })
  expect((await run('token', 'create', 'x', '--role', 'king')).exitCode).toBe(2)
  const remote = (...args: string[]) =>
    runLockstep([...args, '--hub', hub.url(), '--token-file', join(data, 'admin-token')], { cwd: folder })
  const made = await remote('token', 'create', 'far', '--role', 'viewer', '--expires-in', '36h')
  const [far] = JSON.parse((await remote('token', 'list', '-o', 'json')).stdout) as { id: string; createdBy: string }[]
  expect(await me(made.stdout.trim())).toMatchObject({ status: 200, name: 'token/far' })
  expect(far).toMatchObject({ createdBy: 'bootstrap-admin', permissions: ['read'] })
  expect((await remote('token', 'revoke', 'nobody')).exitCode).toBe(2)
  expect((await remote('token', 'revoke', far?.id as string)).exitCode).toBe(0)
  expect(await me(made.stdout.trim())).toMatchObject({ status: 401 })
  expect((await run('token', 'create', 'x', '--expires-in', '400d')).exitCode).toBe(2)
})
