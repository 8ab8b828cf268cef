import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { createHubClient } from '../../api/client.ts'
import { createVirtualClock } from '../../base/virtual-clock.ts'
import { createCertificate } from '../../simcluster/certificate.ts'
import { reloadTls } from './reload-tls.ts'
import { openApiWorld } from './testing/api-world.ts'

const toTls = () => {
  const { certificate: cert, key } = createCertificate(new Date())
  return { cert, key }
}

const handshake = (url: string, options: object = {}): Promise<DetailedPeerCertificate> =>
  new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { host: '127.0.0.1', port: Number(new URL(url).port), rejectUnauthorized: false, ...options },
      () => {
        resolve(socket.getPeerCertificate(true))
        socket.destroy()
      },
    )
    socket.on('error', reject)
  })

test('over HTTPS browsers are told to stay there, and old versions of TLS are refused', async () => {
  const tls = toTls()
  await using world = await openApiWorld({ tls })
  await using client = createHubClient({ url: world.url, token: world.admin, userAgent: 'test', ca: tls.cert })
  const response = await world.server.inject('/healthz')

  expect(await client.call('getMe', {})).toMatchObject({ by: 'bootstrap' })
  expect(response.headers['strict-transport-security']).toBe('max-age=31536000')
  await expect(
    handshake(world.url, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
  ).rejects.toThrow(/protocol version|alert/)
  await using stranger = createHubClient({ url: world.url, userAgent: 'test' })
  await expect(stranger.call('getMe', {})).rejects.toMatchObject({ code: 'HUB_TLS' })
})

test('a renewed certificate is taken, and half of one is not', async () => {
  const [first, second] = [toTls(), toTls()]
  await using world = await openApiWorld({ tls: first })
  const clock = createVirtualClock(new Date())
  const stop = new AbortController()
  const logged: string[] = []
  let found = first
  let looks = 0
  const looked = async (count: number): Promise<void> => {
    while (looks < count) {
      clock.advance(10_000)
      await new Promise(setImmediate)
    }
  }
  const reloading = reloadTls(world.server.server as never, first, {
    read: () => {
      looks++
      return found
    },
    ...{ clock, signal: stop.signal, log: (_, message) => logged.push(message) },
  })

  const before = await handshake(world.url)
  found = { cert: second.cert, key: first.key }
  await looked(2)
  const between = await handshake(world.url)
  found = second
  await looked(4)
  const after = await handshake(world.url)
  stop.abort()
  await reloading

  expect(between.fingerprint256).toBe(before.fingerprint256)
  expect(after.fingerprint256).not.toBe(before.fingerprint256)
  expect([...new Set(logged)]).toEqual(['the new certificate cannot be used', 'took the new certificate'])
})
