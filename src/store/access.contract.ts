import { expect, test } from 'vitest'
import type { StoredToken } from './access.ts'
import type { Store } from './store.ts'

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString()

const toToken = (id: string, rest: Partial<StoredToken> = {}): StoredToken => ({
  id,
  name: 'ci',
  actor: 'token/ci',
  hash: 'secret-hash',
  permissions: ['read', 'sync'],
  createdBy: 'ann',
  created: at(1),
  expires: at(100),
  ...rest,
})

/** Tokens and sessions, in every store. `open` gives an empty one. */
export const describeAccessStore = (open: () => Promise<Store>): void => {
  test('a token is found, listed while it can be used, and revoked once', async () => {
    await using store = await open()
    await store.createToken(toToken('a'), { address: '10.0.0.1' })
    await store.createToken(toToken('b', { expires: at(50) }), {})
    await store.noteTokenUse('a', at(3))
    const listed = await store.listTokens({ usableAt: at(50) })
    const revoked = await store.revokeToken('a', { actor: 'bob', time: at(60) })
    const again = await store.revokeToken('a', { actor: 'eve', time: at(61) })

    expect(listed).toEqual([{ ...toToken('a'), lastUsed: at(3) }])
    expect(revoked).toEqual({ ...toToken('a'), lastUsed: at(3), revoked: at(60), revokedBy: 'bob' })
    expect(again).toEqual(revoked)
    expect(await store.getToken('a')).toEqual(revoked)
    expect(await store.getToken('c')).toBeUndefined()
    expect(await store.revokeToken('c', { actor: 'bob', time: at(60) })).toBeUndefined()
    expect((await store.listTokens({ after: 'a', limit: 5 })).map(({ id }) => id)).toEqual(['b'])
  })

  test('who made and revoked a token stands in the trail, and nothing of its secret', async () => {
    await using store = await open()
    await store.createToken(toToken('a'), { address: '10.0.0.1' })
    await store.revokeToken('a', { actor: 'bob', time: at(60) })
    const records = await store.listAudit({})

    expect(records).toMatchObject([
      {
        type: 'token.created',
        actor: 'ann',
        subject: 'a',
        data: { name: 'ci', permissions: ['read', 'sync'], expires: at(100), address: '10.0.0.1' },
      },
      { type: 'token.revoked', actor: 'bob', subject: 'a' },
    ])
    expect(JSON.stringify(records)).not.toContain('secret-hash')
  })

  test('a session lives until it is ended, expires or is not used', async () => {
    await using store = await open()
    const session = (hash: string, lastUsed: number, expires: number) =>
      ({ hash, actor: 'ann', role: 'viewer', created: at(0), lastUsed: at(lastUsed), expires: at(expires) }) as const
    for (const one of [session('expired', 5, 10), session('idle', 1, 100), session('used', 1, 100)])
      await store.createSession(one, { address: '::1' })
    await store.noteSessionUse('used', at(9))
    await store.forgetSessions({ expiredAt: at(10), unusedSince: at(5) })

    expect(await store.getSession('expired')).toBeUndefined()
    expect(await store.getSession('idle')).toBeUndefined()
    expect(await store.getSession('used')).toEqual(session('used', 9, 100))
    await store.endSession('used', { actor: 'ann', time: at(11) })
    expect(await store.getSession('used')).toBeUndefined()
    expect((await store.listAudit({})).map(({ type, actor }) => `${type} ${actor}`)).toEqual([
      'login.succeeded ann',
      'login.succeeded ann',
      'login.succeeded ann',
      'logout ann',
    ])
  })
}
