import { createHmac } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Notification } from '../../src/alerts/notification.ts'
import { type HttpReceiver, startHttpReceiver } from '../alerts/http-receiver.ts'
import { startSimFleet } from '../sim-fleet.ts'
import { type HubWorld, openHubWorld, until } from './hub-world.ts'

const KEY = 'canary-of-the-signing-key'
const VALUE = 'canary-of-a-secret'
const NAMES = ['eu', 'us']

const APP = `apiVersion: v1
kind: Secret
metadata: {name: settings}
stringData: {version: "1"}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: limits}
data: {requests: "10"}
${Array.from({ length: 8 }, (_, index) => `---\napiVersion: v1\nkind: Secret\nmetadata: {name: key-${index}}\nstringData: {version: "1"}\n`).join('')}`

const toPolicy = (url: string): string => `apiVersion: lockstep.dev/v1alpha1
kind: AlertPolicy
metadata: {name: default}
spec:
  severity:
    - {name: limits, when: "object.kind == 'ConfigMap' && cluster.name == 'eu'", severity: critical}
  route:
    receiver: team
    groupBy: [cluster, namespace]
    groupWait: 0s
    groupInterval: 1s
    routes:
      - {matchers: ['alertname="LockstepNamespaceDeleted"'], receiver: pager, groupWait: 1s}
  receivers:
    - name: team
      webhook: [{url: "${url}/team", signingKey: {secret: hook-key}}]
    - name: pager
      webhook: [{url: "${url}/pager"}]
`

const stack = new AsyncDisposableStack()
let world: HubWorld
let receiver: HttpReceiver

beforeAll(async () => {
  const fleet = stack.use(await startSimFleet(NAMES.map((name) => ({ name, nodes: 1 }))))
  receiver = stack.use(await startHttpReceiver())
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-alerts-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'kubeconfig'), fleet.kubeconfig, { mode: 0o600 })
  await writeFile(join(folder, 'hook-key'), `${KEY}\n`)
  world = stack.use(
    await openHubWorld({
      kubeconfig: join(folder, 'kubeconfig'),
      names: NAMES,
      files: { 'app/app.yaml': APP, 'alerts.yaml': toPolicy(receiver.url) },
      hub: { hubArgs: ['--secrets-dir', folder, '--public-url', 'https://hub.example.com'] },
    }),
  )
  await world.startHub()
  await world.hub().waitFor(({ message }) => message === 'rollout: done', { timeoutMs: 120_000 })
})
afterAll(() => stack.disposeAsync())

const read = (body: string): Notification => JSON.parse(body) as Notification
const told = (path: string) => receiver.requests.filter((request) => request.path === path)

const tamper = async (cluster: string, value: string, name = 'settings'): Promise<number> => {
  const client = world.client(cluster)
  const resource = (await client.discover()).find('', 'Secret')
  if (!resource) throw new Error('no Secrets')
  const object = { resource, namespace: 'hub-shop', name }
  const at = Date.now()
  await client.patchMerge(object, { stringData: { version: value } }, { fieldManager: 'mallory' })
  return at
}

test('a tampering is told, signed, with what was done about it', async () => {
  const at = await tamper('eu', VALUE)
  await until('it is told', async () => told('/team').length > 0)

  const [request] = told('/team')
  const notification = read(request?.body ?? '')
  expect((request?.at ?? 0) - at).toBeLessThan(5_000)
  expect(notification).toMatchObject({ policy: 'default', receiver: 'team', groupLabels: { cluster: 'eu' } })
  expect(notification.alerts[0]).toMatchObject({
    labels: { alertname: 'LockstepDrift', severity: 'high', owner: '@shop-team', manager: 'mallory', name: 'settings' },
    annotations: {
      summary: 'Secret/hub-shop/settings /data/version was changed on eu',
      change: '"(masked)" → "(masked)"',
      who: 'mallory',
      link: expect.stringContaining('https://hub.example.com/'),
    },
  })
  const [, seconds, signature] = /^t=(\d+),v1=(\w+)$/.exec(String(request?.headers['lockstep-signature'])) ?? []
  const wanted = createHmac('sha256', KEY).update(`${seconds}.${request?.body}`).digest('hex')
  expect(signature).toBe(wanted)
  await until('it is told to be over', async () =>
    told('/team').some(({ body }) => read(body).status === 'resolved' && body.includes('healed after')),
  )
})

test('what is told while nobody listens arrives later, once the hub was killed and started again', async () => {
  receiver.answer(() => ({ status: 503, body: `${KEY} is not what I want` }))
  const before = told('/team').length
  await tamper('us', VALUE)
  await until('it is tried', async () => told('/team').length > before)
  await world.hub().kill()
  receiver.answer(() => ({ status: 200 }))
  const tried = told('/team').length
  await world.startHub()
  await until('it arrives', async () =>
    told('/team')
      .slice(tried)
      .some(({ body }) => read(body).groupLabels.cluster === 'us'),
  )
  await until('nothing is left in the outbox', async () => (await world.store.listPendingTargets()).length === 0)

  const lines = JSON.stringify(world.hub().lines)
  const encoded = Buffer.from(VALUE).toString('base64')
  for (const secret of [VALUE, encoded]) expect(receiver.requests.map(({ body }) => body).join()).not.toContain(secret)
  expect(lines).not.toContain(KEY)
  expect(JSON.stringify(await world.store.listAudit({}))).not.toContain(KEY)
  expect(JSON.stringify(await world.store.listDeliveries({}))).not.toContain(KEY)
})

test('a rule of the policy makes a finding worse, and it is told as such', async () => {
  const client = world.client('eu')
  const resource = (await client.discover()).find('', 'ConfigMap')
  if (!resource) throw new Error('no ConfigMaps')
  const limits = { resource, namespace: 'hub-shop', name: 'limits' }
  await client.patchMerge(limits, { data: { requests: '9000' } }, { fieldManager: 'mallory' })
  const find = () =>
    told('/team').flatMap(({ body }) => read(body).alerts.filter(({ labels }) => labels.name === 'limits'))
  await until('it is told', async () => find().length > 0)

  expect(find()[0]).toMatchObject({ labels: { severity: 'critical' }, annotations: { change: '"10" → "9000"' } })
})

test('a hub that is killed again and again loses nothing that is to be told', async () => {
  const before = told('/team').length
  for (let index = 0; index < 8; index++) {
    await tamper('eu', VALUE, `key-${index}`)
    await sleep(40 * index)
    await world.hub().kill()
    await world.startHub()
  }
  // What else was told before may still be on its way.
  const keys = (): string[] =>
    told('/team')
      .slice(before)
      .flatMap(({ body }) => read(body).alerts.map(({ labels }) => labels.name ?? ''))
      .filter((name) => name.startsWith('key-'))
  await until('all are told', async () => new Set(keys()).size >= 8)
  await until('nothing is left in the outbox', async () => (await world.store.listPendingTargets()).length === 0)

  // Open, over, and either of them once more where it was killed in between.
  expect(keys().length).toBeLessThanOrEqual(8 * 4)
})

test('a deleted namespace is one message', async () => {
  const client = world.client('eu')
  const resource = (await client.discover()).find('', 'Namespace')
  if (!resource) throw new Error('no Namespaces')
  const team = told('/team').length
  await client.delete({ resource, name: 'hub-shop' })
  await until('it is told to be back', async () => told('/pager').some(({ body }) => read(body).status === 'resolved'))

  const alerts = told('/pager').flatMap(({ body }) => read(body).alerts)
  expect([...new Set(alerts.map(({ key }) => key))]).toEqual(['LockstepNamespaceDeleted eu hub-shop'])
  expect(alerts.at(-1)).toMatchObject({ annotations: { done: expect.stringContaining('healed after') } })
  expect(alerts.at(-1)?.folded).toBeGreaterThanOrEqual(2)
  const others = told('/team')
    .slice(team)
    .flatMap(({ body }) => read(body).alerts)
    .filter(({ labels }) => labels.namespace === 'hub-shop' && labels.drift !== 'modified')
  expect(others).toEqual([])
})
