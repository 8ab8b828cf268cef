import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../base/system-clock.ts'
import { createKubeClient } from '../kube/http-client.ts'
import { loadKubeconfig } from '../kube/kubeconfig.ts'
import { createCertificate } from './certificate.ts'
import { createSimCluster } from './create-sim-cluster.ts'
import { openSimServer, type SimServer } from './server.ts'

const disposables: AsyncDisposable[] = []
afterEach(async () => {
  for (const disposable of disposables.splice(0).reverse()) await disposable[Symbol.asyncDispose]()
})

const open = async () => {
  const clusters = ['one', 'two'].map((name) => createSimCluster({ name, clock: systemClock }))
  const server = await openSimServer({ clusters, now: systemClock.now() })
  disposables.push(...clusters, server)
  return { clusters, server }
}

const connect = async (server: SimServer, context: string) => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-sim-'))
  const file = join(folder, 'kubeconfig')
  await writeFile(file, server.kubeconfig())
  const access = await loadKubeconfig({ paths: [file], context, allowExec: [] }, { clock: systemClock, env: {} })
  await rm(folder, { recursive: true })
  const client = createKubeClient(access, { clock: systemClock, random: () => 0.5 })
  disposables.push(client)
  return client
}

test('clusters share a port, and nothing else', async () => {
  const { server } = await open()
  const [one, two] = [await connect(server, 'one'), await connect(server, 'two')]
  const discovery = await one.discover()
  const resource = discovery.find('', 'ConfigMap') as NonNullable<ReturnType<typeof discovery.find>>

  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } }
  await one.create({ resource, namespace: 'default' }, object)

  expect((await one.list({ resource })).items).toHaveLength(1)
  expect((await two.list({ resource })).items).toHaveLength(0)
  expect(discovery.serverVersion).toBe('v1.36.3')
})

test('a watch over the wire tells changes, and ends when the server does', async () => {
  const { server } = await open()
  const client = await connect(server, 'one')
  const discovery = await client.discover()
  const resource = discovery.find('', 'ConfigMap') as NonNullable<ReturnType<typeof discovery.find>>
  const { resourceVersion } = await client.listMetadata({ resource })
  const stop = new AbortController()

  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } }
  setImmediate(() => void client.create({ resource, namespace: 'default' }, object))
  for await (const event of client.watchMetadata({ resource, resourceVersion }, { signal: stop.signal })) {
    if (event.type !== 'ADDED') continue
    expect(event.object.metadata.name).toBe('a')
    stop.abort()
  }
})

test('a path of no cluster is not found, and a cluster that is removed no more', async () => {
  const { server } = await open()
  const get = (path: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const options = { ca: server.certificateAuthority, agent: false }
      request(`https://127.0.0.1:${server.port}${path}`, options, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })

  expect(await get('/clusters/one/healthz')).toBe(200)
  expect(await get('/clusters/none/healthz')).toBe(404)
  server.remove('one')
  expect(await get('/clusters/one/healthz')).toBe(404)
})

test('the certificate is for this machine, and vouches for itself', () => {
  const now = new Date('2026-01-02T03:04:05Z')
  const certificate = new X509Certificate(createCertificate(now).certificate)

  expect(certificate.checkHost('localhost')).toBe('localhost')
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(new Date(certificate.validFrom) < now && now < new Date(certificate.validTo)).toBe(true)
})
