import { expect, test } from 'vitest'
import { type KubeconfigOptions, listContexts, loadKubeconfig } from './kubeconfig.ts'
import { formatYaml } from './yaml.ts'

const CLOCK = { now: () => new Date('2026-01-01T00:00:00Z'), sleep: async () => {} }

const createConfig = (user: object = {}, cluster: object = {}, context: object = {}): string =>
  formatYaml({
    'current-context': 'main',
    contexts: [{ name: 'main', context: { cluster: 'c', user: 'u', ...context } }],
    clusters: [{ name: 'c', cluster: { server: 'https://example.com:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  })

const load = (files: Readonly<Record<string, string>>, options: Partial<KubeconfigOptions> = {}) =>
  loadKubeconfig(
    { paths: ['/home/me/.kube/config'], allowExec: [], ...options },
    {
      clock: CLOCK,
      env: {},
      readFile: async (path) => {
        const text = files[path]
        if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })
        return Buffer.from(text)
      },
    },
  )

const loadOne = (text: string, more: Readonly<Record<string, string>> = {}) =>
  load({ '/home/me/.kube/config': text, ...more })

test('goes through the proxy of the environment, but for what runs on this machine', async () => {
  const load = async (server: string): Promise<string | undefined> => {
    const paths = ['/home/me/.kube/config']
    const deps = {
      clock: CLOCK,
      env: { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'inside.example.com' },
      readFile: async () => Buffer.from(createConfig({ token: 't' }, { server })),
    }
    return (await loadKubeconfig({ paths, allowExec: [] }, deps)).proxyUrl
  }

  expect(await load('https://outside.example.com')).toBe('http://proxy:3128')
  expect(await load('https://eu.inside.example.com')).toBeUndefined()
  expect(await load('https://127.0.0.1:6443')).toBeUndefined()
})

const encode = (text: string): string => Buffer.from(text).toString('base64')

test('reads a context with inline data', async () => {
  const { getCredentials, ...access } = await loadOne(
    createConfig(
      { token: 't', 'client-certificate-data': encode('CERT'), 'client-key-data': encode('KEY') },
      { 'certificate-authority-data': encode('CA'), 'tls-server-name': 'api', 'proxy-url': 'http://proxy:3128' },
      { namespace: 'shop' },
    ),
  )

  expect(access).toEqual({
    server: 'https://example.com:6443',
    certificateAuthority: 'CA',
    tlsServerName: 'api',
    proxyUrl: 'http://proxy:3128',
    namespace: 'shop',
  })
  expect(await getCredentials()).toEqual({ authorization: 'Bearer t', clientCertificate: 'CERT', clientKey: 'KEY' })
  expect(await getCredentials()).toBe(await getCredentials())
})

test('reads files relative to the kubeconfig', async () => {
  const access = await loadOne(
    createConfig(
      { 'client-certificate': 'pki/me.crt', 'client-key': '/pki/me.key' },
      { 'certificate-authority': '../ca.crt' },
    ),
    { '/home/me/.kube/pki/me.crt': 'CERT', '/pki/me.key': 'KEY', '/home/me/ca.crt': 'CA' },
  )

  expect(access.certificateAuthority).toBe('CA')
  expect(await access.getCredentials()).toEqual({ clientCertificate: 'CERT', clientKey: 'KEY' })
})

test('merges files: the first to name something wins, missing files are skipped', async () => {
  const first = formatYaml({ 'current-context': '', users: [{ name: 'u', user: { token: 'first' } }] })
  const files = { '/a/one': first, '/b/two': createConfig({ token: 'second' }) }

  const access = await load(files, { paths: ['/a/one', '/none', '/b/two'] })

  expect(access.server).toBe('https://example.com:6443')
  expect(await access.getCredentials()).toEqual({ authorization: 'Bearer first' })
})

test('reads impersonation, and refuses groups without a user', async () => {
  const access = await loadOne(createConfig({ as: 'jane', 'as-groups': ['dev'], 'as-uid': '7' }))

  expect(access.impersonate).toEqual({ user: 'jane', groups: ['dev'], uid: '7' })
  await expect(loadOne(createConfig({ 'as-groups': ['dev'] }))).rejects.toMatchObject({ code: 'KUBECONFIG_INVALID' })
})

test('prefers a token file to a token', async () => {
  const access = await loadOne(createConfig({ token: 'old', tokenFile: 'token' }), { '/home/me/.kube/token': 'new\n' })

  expect(await access.getCredentials()).toEqual({ authorization: 'Bearer new' })
})

test('suggests the context that was meant', async () => {
  const loading = load({ '/home/me/.kube/config': createConfig() }, { context: 'mian' })

  await expect(loading).rejects.toMatchObject({ code: 'KUBECONFIG_CONTEXT_NOT_FOUND', hint: 'did you mean "main"?' })
})

const INVALID: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  'a user that is not there': [createConfig({}, {}, { user: 'x' }), /the user "x", which is not there/],
  'a cluster that is not there': [createConfig({}, {}, { cluster: 'x' }), /the cluster "x"/],
  'no server': [createConfig({}, { server: '' }), /no valid server/],
  'a file that is missing': [createConfig({ 'client-certificate': 'me.crt' }), /me\.crt cannot be read/],
  'a certificate without its key': [createConfig({ 'client-certificate-data': 'eA==' }), /belong together/],
  'trust in everybody and in one': [
    createConfig({}, { 'insecure-skip-tls-verify': true, 'certificate-authority-data': 'eA==' }),
    /exclude each other/,
  ],
  'a provider that is gone': [createConfig({ 'auth-provider': { name: 'gcp' } }), /auth-provider gcp/],
  'no current context': ['{}', /no current-context/],
  'something else': ['contexts: 1', /contexts is not a list/],
  'bad YAML': ['a: [', /not valid YAML/],
}
for (const [what, [text, message]] of Object.entries(INVALID)) {
  test(`refuses ${what}, naming the file`, async () => {
    const error = await loadOne(text).catch((thrown: unknown) => thrown)

    expect(error).toMatchObject({ code: 'KUBECONFIG_INVALID', message: expect.stringMatching(message) })
    expect((error as Error).message).toContain('/home/me/.kube/config')
  })
}

test('says where it looked when there is no file', async () => {
  await expect(load({})).rejects.toThrow('kubeconfig /home/me/.kube/config: there is no such file')
})

test('does not take a name of every object for an entry', async () => {
  const files = { '/home/me/.kube/config': createConfig() }

  await expect(load(files, { context: 'constructor' })).rejects.toMatchObject({ code: 'KUBECONFIG_CONTEXT_NOT_FOUND' })
})

test('lists contexts', async () => {
  expect(await listContexts(['x'], { readFile: async () => Buffer.from(createConfig()) })).toEqual({
    contexts: ['main'],
    current: 'main',
  })
})
