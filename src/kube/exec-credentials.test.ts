import { expect, test } from 'vitest'
import { createExecCredentials, type ExecPlugin } from './exec-credentials.ts'

const V1 = 'client.authentication.k8s.io/v1'

/** A plugin that is a Node script; `print` writes an ExecCredential with this status. */
const createWorld = (
  script: string,
  plugin: Partial<ExecPlugin> = {},
  allowExec: readonly string[] = [process.execPath],
) => {
  const world = { ms: 0 }
  const print = `const print = (status) => console.log(JSON.stringify({apiVersion: '${V1}', kind: 'ExecCredential', status}));`
  const getCredentials = createExecCredentials(
    { apiVersion: V1, command: process.execPath, args: ['-e', print + script], ...plugin },
    { folder: '/home/me/.kube', allowExec, access: { server: 'https://example.com', certificateAuthority: 'CA' } },
    { clock: { now: () => new Date(world.ms), sleep: async () => {} }, env: { HOME: '/home/me' } },
  )
  return { world, getCredentials }
}

test('gives the token of a plugin, which learns what it is for', async () => {
  const script = `const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
    print({token: [process.env.HOME, process.env.MINE, info.apiVersion, info.spec.interactive, info.spec.cluster.server].join()})`
  const { getCredentials } = createWorld(script, { env: [{ name: 'MINE', value: 'x' }], provideClusterInfo: true })

  expect(await getCredentials()).toEqual({ authorization: `Bearer /home/me,x,${V1},false,https://example.com` })
})

test('runs a plugin once for all that wait, and again when its token ends or is refused', async () => {
  const script = `print({token: String(process.hrtime.bigint()), expirationTimestamp: '1970-01-01T00:01:00Z'})`
  const { world, getCredentials } = createWorld(script)

  const [first, same] = await Promise.all([getCredentials(), getCredentials()])
  expect(same).toBe(first)
  expect(await getCredentials()).toBe(first)
  const renewed = await getCredentials({ renew: true })
  expect(renewed).not.toEqual(first)
  world.ms = 55_000
  expect(await getCredentials()).not.toEqual(renewed)
})

test('gives the certificate of a plugin', async () => {
  const { getCredentials } = createWorld(`print({clientCertificateData: 'CERT', clientKeyData: 'KEY'})`)

  expect(await getCredentials()).toEqual({ clientCertificate: 'CERT', clientKey: 'KEY' })
})

const REFUSED: Readonly<
  Record<string, readonly [plugin: Partial<ExecPlugin>, allowed: readonly string[], code: string]>
> = {
  'a command that is not allowed': [{ command: '/usr/bin/id' }, ['id', 'aws'], 'KUBE_EXEC_NOT_ALLOWED'],
  'a name that only ends like an allowed one': [{ command: './aws' }, ['aws'], 'KUBE_EXEC_NOT_ALLOWED'],
  'an old version of the protocol': [{ apiVersion: 'client.authentication.k8s.io/v1alpha1' }, [], 'KUBECONFIG_INVALID'],
  'a plugin that asks a person': [{ interactiveMode: 'Always' }, [], 'KUBE_EXEC_FAILED'],
  'no command': [{ command: '' }, [], 'KUBECONFIG_INVALID'],
}
for (const [what, [plugin, allowed, code]] of Object.entries(REFUSED)) {
  test(`refuses ${what} before anything runs`, () => {
    expect(() => createWorld('', plugin, allowed)).toThrow(expect.objectContaining({ code }))
  })
}

const FAILING: Readonly<Record<string, readonly [script: string, message: RegExp]>> = {
  'a bad exit code': ['console.error("log in first"); process.exit(1)', /exit code 1: log in first/],
  'no JSON': ['console.log("s3cret")', /what it wrote is not JSON/],
  'another version': [`console.log('{"kind":"ExecCredential","apiVersion":"x"}')`, /must write an ExecCredential/],
  'no credential': ['print({})', /neither a token nor a certificate/],
}
for (const [what, [script, message]] of Object.entries(FAILING)) {
  test(`reports a plugin that gives ${what}`, async () => {
    const error = await createWorld(script)
      .getCredentials()
      .catch((thrown: unknown) => thrown)

    expect(error).toMatchObject({ code: 'KUBE_EXEC_FAILED', message: expect.stringMatching(message) })
    expect((error as Error).message).not.toContain('s3cret')
  })
}
