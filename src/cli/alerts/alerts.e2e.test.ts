import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HttpReceiver, startHttpReceiver } from '../../../test/alerts/http-receiver.ts'
import { at, toAlert, toSample } from '../../alerts/testing/sample.ts'
import { systemClock } from '../../base/system-clock.ts'
import { openSqliteStore } from '../../store/sqlite/open-sqlite.ts'
import type { Store } from '../../store/store.ts'
import { type LockstepRun, runLockstep } from '../testing/run-lockstep.ts'

const SECRET = 'canary-of-a-slack-url'

const stack = new AsyncDisposableStack()
let work: string
let receiver: HttpReceiver
let store: Store

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'lockstep-alerts-'))
  stack.defer(() => rm(work, { recursive: true, force: true }))
  receiver = stack.use(await startHttpReceiver())
  await mkdir(join(work, 'secrets'))
  await writeFile(join(work, 'secrets', 'slack-url'), `${receiver.url}/services/${SECRET}\n`)
  await writeFile(
    join(work, 'fleet.yaml'),
    `apiVersion: lockstep.dev/v1alpha1
kind: Fleet
metadata: {name: acme}
spec: {}
---
apiVersion: lockstep.dev/v1alpha1
kind: Cluster
metadata: {name: eu, labels: {env: prod}}
spec: {provider: {existing: {kubeconfig: {context: eu}}}}
---
apiVersion: lockstep.dev/v1alpha1
kind: AlertPolicy
metadata: {name: default}
spec:
  route:
    receiver: team
    routes:
      - {matchers: ['severity="critical"', 'cluster_label_env="prod"'], receiver: pager}
      - {matchers: ['severity="info"'], receiver: nobody}
  receivers:
    - name: team
      slack: [{url: {secret: slack-url}}]
    - name: pager
      webhook: [{url: "${receiver.url}/hook"}]
      alertmanager: [{url: "${receiver.url}"}]
    - name: nobody
  silences:
    - {matchers: ['namespace="lab"'], until: 2100-01-01T00:00:00Z, reason: it is a lab}
`,
  )
  store = stack.use(await openSqliteStore(join(work, 'data', 'hub.db'), { clock: systemClock }))
})
afterAll(() => stack.disposeAsync())

const lockstep = (...args: string[]): Promise<LockstepRun> => runLockstep(['alert', ...args], { cwd: work })
const onHub = (...args: string[]): Promise<LockstepRun> => lockstep(...args, '--data', 'data')

test('route says who would be told, with the labels of the cluster added', async () => {
  const run = await lockstep('route', '--labels', 'cluster=eu,severity=critical', '-o', 'json')

  expect(JSON.parse(run.stdout)).toMatchObject({
    labels: { fleet: 'acme', cluster_label_env: 'prod' },
    routes: [
      { policy: 'default', receiver: 'pager', sends: ['webhook', 'alertmanager'], groupLabels: { cluster: 'eu' } },
    ],
  })
  expect(run.exitCode).toBe(0)
})

test('route says where nobody would be told, and what silences', async () => {
  const nobody = await lockstep('route', '--labels', 'severity=info')
  const silenced = await lockstep('route', '--labels', 'cluster=eu,severity=low,namespace=lab')

  expect(nobody).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('nothing') })
  expect(silenced.stdout).toContain('silenced by AlertPolicy/default until 2100-01-01T00:00:00Z: it is a lab')
})

test('route refuses a cluster that there is not, and what is no label', async () => {
  expect(await lockstep('route', '--labels', 'cluster=asia')).toMatchObject({ exitCode: 2 })
  expect(await lockstep('route', '--labels', 'severity')).toMatchObject({ exitCode: 2 })
})

test('test sends through the real receivers and says what came back of each', async () => {
  const args = ['test', '--secrets-dir', 'secrets', '--allow-private', '127.0.0.1']
  const run = await lockstep(...args)

  expect(run.stdout).toMatch(/default\/team\/slack\/0 +arrived/)
  expect(run.exitCode).toBe(0)
  expect(receiver.requests.map(({ path }) => path).sort()).toEqual(['/api/v2/alerts', '/hook', `/services/${SECRET}`])
  expect(receiver.requests.every(({ body }) => body.includes('This is a test'))).toBe(true)
})

test('test says what is wrong, and no secret', async () => {
  receiver.answer(({ path }) => ({ status: 403, body: `invalid_token at ${path}` }))
  const refused = await lockstep(
    'test',
    '--receiver',
    'team',
    '--secrets-dir',
    'secrets',
    '--allow-private',
    '127.0.0.1',
  )
  const guarded = await lockstep('test', '--receiver', 'team', '--secrets-dir', 'secrets')
  const missing = await lockstep('test', '--receiver', 'team')
  receiver.answer(() => ({ status: 200 }))

  expect(refused).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('answers 403: invalid_token') })
  expect(guarded.stdout).toContain('is in a private network')
  expect(missing.stdout).toContain('there is no folder of secrets')
  for (const { stdout, stderr } of [refused, guarded, missing]) expect(stdout + stderr).not.toContain(SECRET)
})

test('list and show tell of open alerts, the worst first, and of what silences them', async () => {
  const alerts = [
    toAlert('web'),
    toAlert('db', { labels: { ...toAlert('db').labels, severity: 'critical' } }),
    toAlert('over', { endsAt: at(1) }),
  ]
  await store.saveAlerting({
    cursor: 1,
    alerts: new Map(alerts.map((alert) => [alert.key, alert])),
    groups: new Map(),
    deliveries: [],
  })
  const silenced = await onHub('silence', 'name="db"', '--for', '2h', '--reason', 'INC-1')
  const list = await onHub('list', '-o', 'json')
  const found = JSON.parse(list.stdout) as { id: string; key: string; silencedBy?: string }[]
  const shown = await onHub('show', found[0]?.id ?? '')

  expect(silenced.stdout).toContain('lockstep alert unsilence 1')
  expect(found.map(({ key, silencedBy }) => [key, silencedBy])).toEqual([
    ['db', 'silence 1: INC-1'],
    ['web', undefined],
  ])
  expect(list.exitCode).toBe(1)
  expect(shown.stdout).toContain('summary: ConfigMap/shop/db was changed on eu')
  expect((await onHub('list', '--matching', 'name="web"')).stdout).toContain('ConfigMap/shop/web')
})

test('a silence is listed, recorded and ended', async () => {
  const silences = await onHub('silences')
  const ended = await onHub('unsilence', '1')
  const again = await onHub('unsilence', '1')

  expect(silences.stdout).toContain('name="db"')
  expect(ended.stdout).toContain('Ended silence 1 {name="db"}')
  expect(again.exitCode).toBe(2)
  expect((await store.listAudit({})).map(({ type, data }) => [type, data.reason])).toEqual([
    ['alert.silenced', 'INC-1'],
    ['alert.unsilenced', 'INC-1'],
  ])
  expect((await onHub('silence', ' ', '--for', '2h', '--reason', 'all')).exitCode).toBe(2)
  expect((await onHub('silence', 'a=~"("', '--for', '2h', '--reason', 'x')).exitCode).toBe(2)
})

test('what was given up is listed and tried again by hand', async () => {
  const created = at(0)
  const delivery = { target: 'default/team/slack/0', groupKey: 'g', notification: toSample(), created }
  await store.saveAlerting({ cursor: 1, alerts: new Map(), groups: new Map(), deliveries: [delivery] })
  await store.endDelivery(1, {
    state: 'dead',
    error: 'hooks.example.com answers 404: no_service',
    actor: 'hub/test',
    time: at(1),
  })
  const failed = await onHub('failed')
  const retried = await onHub('retry', '1')
  const again = await onHub('retry', '1')

  expect(failed).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('no_service') })
  expect(retried.stdout).toBe('1 notification is tried again.\n')
  expect(again.exitCode).toBe(2)
  expect(await store.listDeliveries({})).toMatchObject([{ state: 'pending', attempts: 0 }])
  expect((await onHub('failed')).exitCode).toBe(0)
})
