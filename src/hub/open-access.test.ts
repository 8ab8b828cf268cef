import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../base/system-clock.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite.ts'
import type { Store } from '../store/store.ts'
import type { HubConfig } from './config.ts'
import { openAccess } from './open-access.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hub-access-'))
  store = await openSqliteStore(join(folder, 'hub.db'), { clock: systemClock })
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const open = (config: HubConfig) => {
  const log: string[] = []
  const access = openAccess(config, {
    ...{ dataDir: folder, store, clock: systemClock },
    log: (level, message, fields) => log.push(JSON.stringify({ level, message, ...fields })),
  })
  return { ...access, log }
}
const file = (): string => join(folder, 'admin-token')
const authenticate = ({ authenticate }: ReturnType<typeof open>, token: string) =>
  authenticate({ authorization: `Bearer ${token}` })
const oidc = { issuer: 'https://login.example.com', clientId: 'lockstep', roles: {} }

test('the first start makes a token for an administrator, and tells where it is but not what', async () => {
  const first = open({})
  const token = readFileSync(file(), 'utf8').trim()
  const again = open({})

  expect(statSync(file()).mode & 0o777).toBe(0o600)
  expect(first.log).toEqual([expect.stringContaining(file())])
  expect(first.log.join()).not.toContain(token.slice(-43))
  expect(again.log).toEqual([])
  expect(await authenticate(again, token)).toMatchObject({ type: 'known', principal: { by: 'bootstrap' } })
})

test('another token is made where the file is gone, and the old one opens nothing', async () => {
  open({})
  const old = readFileSync(file(), 'utf8').trim()
  rmSync(file())
  const access = open({})

  expect(await authenticate(access, old)).toMatchObject({ type: 'refused' })
  expect(await authenticate(access, readFileSync(file(), 'utf8').trim())).toMatchObject({ type: 'known' })
})

test('a file that is no token lets nobody in, and neither does one that is switched off', async () => {
  writeFileSync(file(), 'password\n', { mode: 0o644 })
  const broken = open({})
  rmSync(file())
  open({})
  const token = readFileSync(file(), 'utf8').trim()

  expect(await authenticate(broken, 'password')).toMatchObject({ type: 'refused' })
  expect(await authenticate(open({ auth: { adminToken: false } }), token)).toMatchObject({ type: 'refused' })
  rmSync(file())
  open({ auth: { adminToken: false } })
  expect(existsSync(file())).toBe(false)
})

test('an identity provider needs an address to send browsers back to, and its secret', () => {
  const publicUrl = 'https://hub.example.com'
  const clientSecret = { secret: 'oidc' }

  expect(() => open({ auth: { oidc } })).toThrow(expect.objectContaining({ code: 'HUB_CONFIG_INVALID' }))
  expect(() => open({ publicUrl, auth: { oidc: { ...oidc, clientSecret } } })).toThrow('there is no secretsDir')
  expect(() => open({ publicUrl, secretsDir: folder, auth: { oidc: { ...oidc, clientSecret } } })).toThrow(
    expect.objectContaining({ code: 'HUB_SETTING_UNREADABLE' }),
  )
  writeFileSync(join(folder, 'oidc'), 'x')
  expect(open({ publicUrl, secretsDir: folder, auth: { oidc: { ...oidc, clientSecret } } }).login).toBeDefined()
  expect(open({ publicUrl: 'http://hub.example.com', auth: { oidc } }).log.join()).toContain('plain text')
})
