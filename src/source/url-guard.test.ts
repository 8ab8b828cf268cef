import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createUrlGuard } from './url-guard.ts'

const PRIVATE = ['127.0.0.1', '10.1.2.3', '172.20.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0']
PRIVATE.push(
  '::1',
  '[::1]',
  '::',
  'fe80::1',
  'fd00::1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::a00:1',
  '2002:a00:1::',
)

test.for(PRIVATE)('refuses the private address %s', async (host) => {
  const guard = createUrlGuard()

  await expect(guard.resolve(host)).rejects.toMatchObject({ code: 'SOURCE_ADDRESS_REFUSED' })
  expect(() => guard.assertLiteral(host)).toThrow(expect.objectContaining({ code: 'SOURCE_ADDRESS_REFUSED' }))
})

test.for(['93.184.216.34', '2606:4700::1111', '172.32.0.1'])('lets the public address %s pass', async (host) => {
  expect(await createUrlGuard().resolve(host)).toHaveLength(1)
})

test('refuses a name when one of its addresses is private', async () => {
  const addresses = [
    { address: '93.184.216.34', family: 4 },
    { address: '10.0.0.1', family: 4 },
  ]
  const guard = createUrlGuard([], async () => addresses)

  await expect(guard.resolve('rebind.example.com')).rejects.toMatchObject({ code: 'SOURCE_ADDRESS_REFUSED' })
  await expect(promisify(guard.lookup)('rebind.example.com', {})).rejects.toMatchObject({
    code: 'SOURCE_ADDRESS_REFUSED',
  })
})

test('lets pass what the operator named: a host, an address, a range, everything', async () => {
  const resolve = async () => [{ address: '10.0.0.1', family: 4 }]

  for (const entry of ['Git.internal', '10.0.0.1', '10.0.0.0/8', '*']) {
    expect(await createUrlGuard([entry], resolve).resolve('git.internal.')).toHaveLength(1)
  }
  for (const entry of ['internal', '10.0.0.2', '192.168.0.0/16']) {
    await expect(createUrlGuard([entry], resolve).resolve('git.internal')).rejects.toThrow()
  }
})

test('allows plain HTTP to this machine and to named hosts alone', () => {
  const guard = createUrlGuard(['charts.internal'])

  for (const url of ['http://127.0.0.1:1/', 'http://localhost/', 'http://charts.internal/', 'https://example.com/']) {
    expect(() => guard.assertScheme(new URL(url))).not.toThrow()
  }
  expect(() => guard.assertScheme(new URL('http://example.com/'))).toThrow(
    expect.objectContaining({ code: 'SOURCE_URL_REFUSED' }),
  )
})
