import { expect, test } from 'vitest'
import { loadInClusterAccess } from './in-cluster.ts'
import { createTokenFile } from './token-file.ts'

const createWorld = () => {
  const world = { ms: 0, token: 'a\n', clock: { now: () => new Date(world.ms), sleep: async () => {} } }
  return world
}

test('reads the token again after a minute, or when it is refused', async () => {
  const world = createWorld()
  const getCredentials = createTokenFile('t', {}, { clock: world.clock, read: async () => Buffer.from(world.token) })

  expect(await getCredentials()).toEqual({ authorization: 'Bearer a' })
  world.token = 'b'
  expect(await getCredentials()).toEqual({ authorization: 'Bearer a' })
  expect(await getCredentials({ renew: true })).toEqual({ authorization: 'Bearer b' })
  world.token = 'c'
  world.ms = 60_000
  expect(await getCredentials()).toEqual({ authorization: 'Bearer c' })
})

test('names a token file that cannot be read', async () => {
  const read = async (): Promise<Buffer> => Promise.reject(Object.assign(new Error('gone'), { code: 'ENOENT' }))

  await expect(createTokenFile('/t', {}, { clock: createWorld().clock, read })()).rejects.toMatchObject({
    code: 'KUBECONFIG_INVALID',
    message: 'token file /t cannot be read: gone',
  })
})

test('finds the cluster that a pod runs in', async () => {
  const files: Record<string, string> = { 'ca.crt': 'CA', namespace: 'lockstep\n', token: 'secret' }
  const access = await loadInClusterAccess({
    clock: createWorld().clock,
    env: { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' },
    readFile: async (path) => Buffer.from(files[path.split('/').at(-1) ?? ''] ?? ''),
  })

  expect(access).toMatchObject({ server: 'https://[fd00::1]:443', certificateAuthority: 'CA', namespace: 'lockstep' })
  expect(await access.getCredentials()).toEqual({ authorization: 'Bearer secret' })
})

test('says so outside of a cluster', async () => {
  await expect(loadInClusterAccess({ clock: createWorld().clock, env: {} })).rejects.toMatchObject({
    code: 'KUBECONFIG_INVALID',
  })
})
