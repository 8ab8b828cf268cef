import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeReal, sharedFleet } from '../../test/real/shared-fleet.ts'
import { systemClock, systemRandom } from '../base/system-clock.ts'
import type { Discovery, KubeClient, ObjectAddress, WatchEvent } from './client.ts'
import type { Credentials } from './cluster-access.ts'
import { createKubeClient } from './http-client.ts'
import { loadKubeconfig } from './kubeconfig.ts'
import type { KubeObject, ObjectMetadata } from './object.ts'

const DEPS = { clock: systemClock, random: systemRandom, env: {} }
const FORCE = { fieldManager: 'lockstep', force: true }

const openClient = async (file: string, http2 = false): Promise<KubeClient> =>
  createKubeClient(await loadKubeconfig({ paths: [file], allowExec: [] }, DEPS), DEPS, { http2 })

for (const http2 of [false, true]) {
  describeReal(`the client on a real API server over HTTP/${http2 ? 2 : '1.1'}`, () => {
    const namespace = `client-${randomUUID().slice(0, 8)}`
    let client: KubeClient
    let discovery: Discovery

    beforeAll(async () => {
      client = await openClient(sharedFleet().clusters[0]!.kubeconfigFile, http2)
      discovery = await client.discover()
      const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
      await client.apply({ resource: discovery.find('', 'Namespace')!, name: namespace }, object, FORCE)
    })

    afterAll(async () => {
      await client.delete({ resource: discovery.find('', 'Namespace')!, name: namespace })
      await client[Symbol.asyncDispose]()
    })

    const toAddress = (name: string, group = '', kind = 'ConfigMap'): ObjectAddress => ({
      resource: discovery.find(group, kind)!,
      namespace,
      name,
    })
    const createObject = (name: string, content: object, apiVersion = 'v1', kind = 'ConfigMap'): KubeObject => ({
      apiVersion,
      kind,
      metadata: { name, namespace },
      ...content,
    })
    const apply = (name: string, data: object) => client.apply(toAddress(name), createObject(name, { data }), FORCE)

    test('discovers everything in three requests', async () => {
      const before = client.requestCount()
      const fresh = await client.discover({ refresh: true })

      expect(client.requestCount() - before).toBe(3)
      expect(fresh.find('apps', 'Deployment')).toMatchObject({ version: 'v1', plural: 'deployments', namespaced: true })
      expect(fresh.find('autoscaling', 'HorizontalPodAutoscaler')?.version).toBe('v2')
      expect(fresh.find('', 'Pod')?.subresources).toContain('log')
      expect(fresh.apiVersions).toContain('networking.k8s.io/v1/Ingress')
    })

    test('applies, reads, patches, updates and deletes', async () => {
      expect(await apply('a', { x: '1' })).toMatchObject({ created: true, warnings: [] })
      expect((await apply('a', { x: '1' })).created).toBe(false)
      expect(await client.patchMerge(toAddress('a'), { data: { y: '2' } })).toMatchObject({ data: { x: '1', y: '2' } })
      const patched = await client.patchJson(toAddress('a'), [{ op: 'remove', path: '/data/y' }])
      expect(patched.data).toEqual({ x: '1' })
      expect(await client.update(toAddress('a'), { ...patched, data: { z: '3' } })).toMatchObject({ data: { z: '3' } })
      expect(await client.getMetadata(toAddress('a'))).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'a' } })
      expect(await client.getMetadata(toAddress('a'))).not.toHaveProperty('data')
      await client.delete(toAddress('a'), { uid: patched.metadata.uid! })
      expect(await client.get(toAddress('a'))).toBeUndefined()
      expect(await client.delete(toAddress('a'))).toBeUndefined()
    })

    test('dry runs change nothing', async () => {
      const result = await client.apply(toAddress('dry'), createObject('dry', {}), { ...FORCE, dryRun: true })

      expect(result.created).toBe(true)
      expect(await client.get(toAddress('dry'))).toBeUndefined()
    })

    test('reads names that need escaping', async () => {
      const resource = discovery.find('rbac.authorization.k8s.io', 'ClusterRole')!

      expect((await client.get({ resource, name: 'system:node' }))?.metadata.name).toBe('system:node')
    })

    test('joins the pages of a list, whole and metadata only', async () => {
      await Promise.all(Array.from({ length: 25 }, (_, index) => apply(`page-${index}`, {})))
      const address = { resource: discovery.find('', 'ConfigMap')!, namespace, limit: 10 }
      const before = client.requestCount()
      const [whole, metadata] = [await client.list(address), await client.listMetadata(address)]

      expect(whole.items.length).toBeGreaterThanOrEqual(25)
      expect(client.requestCount() - before).toBeGreaterThanOrEqual(6)
      expect(new Set(whole.items.map((item) => `${item.apiVersion}/${item.kind}`))).toEqual(new Set(['v1/ConfigMap']))
      expect(metadata.items.map((item) => item.metadata.uid)).toEqual(whole.items.map((item) => item.metadata.uid))
      expect(metadata.items.some((item) => 'data' in item)).toBe(false)
    })

    const REFUSALS: readonly (readonly [sentence: string, code: string, act: () => Promise<unknown>])[] = [
      [
        'a type that is wrong',
        'KUBE_INVALID',
        () => client.apply(toAddress('bad'), createObject('bad', { data: { a: { b: 'c' } } }), FORCE),
      ],
      [
        'a quantity that is none',
        'KUBE_INVALID',
        () =>
          client.apply(
            toAddress('bad', '', 'ResourceQuota'),
            createObject('bad', { spec: { hard: { cpu: 'many' } } }, 'v1', 'ResourceQuota'),
            FORCE,
          ),
      ],
      ['too large a request', 'KUBE_TOO_LARGE', () => apply('big', { x: 'y'.repeat(4_000_000) })],
      [
        'an old resourceVersion',
        'KUBE_CONFLICT',
        async () => {
          await apply('old', {})
          const object = createObject('old', {})
          await client.apply(
            toAddress('old'),
            { ...object, metadata: { ...object.metadata, resourceVersion: '1' } },
            FORCE,
          )
        },
      ],
      [
        'a field of somebody else',
        'KUBE_CONFLICT',
        async () => {
          await apply('owned', { x: '1' })
          await client.apply(toAddress('owned'), createObject('owned', { data: { x: '2' } }), { fieldManager: 'other' })
        },
      ],
      [
        'a namespace that is missing',
        'KUBE_NOT_FOUND',
        () =>
          client.apply(
            { ...toAddress('a'), namespace: 'none' },
            { ...createObject('a', {}), metadata: { name: 'a' } },
            FORCE,
          ),
      ],
      [
        'a second object of a name',
        'KUBE_ALREADY_EXISTS',
        async () => {
          await apply('twice', {})
          await client.create({ resource: discovery.find('', 'ConfigMap')!, namespace }, createObject('twice', {}))
        },
      ],
      [
        'the rights of somebody else',
        'KUBE_FORBIDDEN',
        () => client.impersonate({ user: 'nobody', groups: ['none'] }).get(toAddress('a', '', 'Secret')),
      ],
    ]
    for (const [sentence, code, act] of REFUSALS) {
      test(`refuses ${sentence} as ${code}`, async () => {
        await expect(act()).rejects.toMatchObject({ code })
      })
    }

    test('never repeats the value of a Secret', async () => {
      const contents = [
        { data: { a: { b: 'hunter2' } } },
        { data: { a: 'hunter2!!' } },
        { type: 'kubernetes.io/tls', data: { a: 'aHVudGVyMg==' } },
      ]
      for (const content of contents) {
        const secret = createObject('s', content, 'v1', 'Secret')
        const error = (await client
          .apply(toAddress('s', '', 'Secret'), secret, FORCE)
          .catch((thrown: unknown) => thrown)) as { code: string; message: string; details: object }

        expect(error.code).toBe('KUBE_INVALID')
        expect(JSON.stringify([error.message, error.details])).not.toMatch(/hunter2|aHVudGVyMg/)
      }
    })

    test('watches metadata', async () => {
      const address = { resource: discovery.find('', 'ConfigMap')!, namespace }
      const { resourceVersion } = await client.listMetadata(address)
      const controller = new AbortController()
      const events: WatchEvent<ObjectMetadata>[] = []
      const watching = (async () => {
        for await (const event of client.watchMetadata(
          { ...address, resourceVersion },
          { signal: controller.signal },
        )) {
          if (events.push(event) === 3) controller.abort()
        }
      })()
      await apply('seen', { x: '1' })
      await apply('seen', { x: '2' })
      await client.delete(toAddress('seen'))
      await watching

      expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
      expect(events[0]).toMatchObject({ object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'seen' } } })
      expect(events[0]).not.toHaveProperty('object.data')
    })
  })
}

describeReal('credentials on a real API server', () => {
  test('a user without rights is refused by name, a wrong token and a foreign authority as such', async () => {
    const cluster = sharedFleet().clusters[0]!
    await using alice = await openClient(cluster.kubeconfigFor('alice'))
    const access = await loadKubeconfig({ paths: [cluster.kubeconfigFile], allowExec: [] }, DEPS)
    await using stranger = createKubeClient(
      { ...access, getCredentials: async () => ({ authorization: 'Bearer nobody' }) },
      DEPS,
    )
    const { certificateAuthority: _, ...untrusted } = access
    await using wary = createKubeClient(untrusted, DEPS)
    const resource = (await alice.discover()).find('', 'Secret')!

    await expect(alice.list({ resource })).rejects.toMatchObject({
      code: 'KUBE_FORBIDDEN',
      message: expect.stringContaining('User "alice" cannot list'),
    })
    await expect(stranger.list({ resource })).rejects.toMatchObject({ code: 'KUBE_UNAUTHORIZED' })
    await expect(wary.list({ resource })).rejects.toMatchObject({ code: 'KUBE_TLS' })
  })

  test('a client certificate lets in, and its successor does so on new connections', async () => {
    const cluster = sharedFleet().clusters[0]!
    const { certFile, keyFile } = cluster.adminCertificate
    const [clientCertificate, clientKey] = await Promise.all([certFile, keyFile].map((file) => readFile(file, 'utf8')))
    let credentials: Credentials = { clientCertificate: clientCertificate!, clientKey: clientKey! }
    const access = await loadKubeconfig({ paths: [cluster.kubeconfigFile], allowExec: [] }, DEPS)
    await using client = createKubeClient({ ...access, getCredentials: async () => credentials }, DEPS)
    const resource = (await client.discover()).find('', 'Secret')!

    expect((await client.list({ resource })).resourceVersion).not.toBe('')
    credentials = {}
    await expect(client.list({ resource })).rejects.toMatchObject({ code: 'KUBE_FORBIDDEN' })
  })

  test('a proxy is used, without seeing what goes through it', async () => {
    const cluster = sharedFleet().clusters[0]!
    const tunnels: string[] = []
    const sockets = new Set<Duplex>()
    const proxy = createServer().on('connect', (request, socket) => {
      tunnels.push(request.url ?? '')
      const [host, port] = (request.url ?? '').split(':')
      const server = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
      for (const end of [server, socket]) sockets.add(end.on('error', () => end.destroy()))
      server.pipe(socket).pipe(server)
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    try {
      const access = await loadKubeconfig({ paths: [cluster.kubeconfigFile], allowExec: [] }, DEPS)
      const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
      await using client = createKubeClient({ ...access, proxyUrl }, DEPS)

      expect((await client.discover()).find('', 'Pod')).toBeDefined()
      expect(new Set(tunnels)).toEqual(new Set([new URL(cluster.server).host]))
    } finally {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
    }
  })
})
