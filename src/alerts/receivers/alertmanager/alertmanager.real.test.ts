import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { obtainAlertmanager, startAlertmanager } from '../../../../test/alerts/alertmanager.ts'
import { type HttpReceiver, startHttpReceiver } from '../../../../test/alerts/http-receiver.ts'
import { systemClock } from '../../../base/system-clock.ts'
import { createUrlGuard } from '../../../source/url-guard.ts'
import type { Alert } from '../../alert.ts'
import { toAlert, toSample } from '../../testing/sample.ts'
import { createHttpPoster } from '../post-json.ts'
import type { SendResult } from '../receiver.ts'
import { createAlertmanagerReceiver } from './alertmanager.ts'

// Debian's package, as the system's apt gives it.
const found = await obtainAlertmanager()
if ('missing' in found) process.stderr.write(`Tests against Alertmanager are skipped. ${found.missing}\n`)

type Held = {
  readonly labels: Record<string, string>
  readonly annotations: Record<string, string>
  readonly startsAt: string
  readonly endsAt: string
  readonly generatorURL: string
  readonly status: { readonly state: string }
}
type Told = {
  readonly status: string
  readonly alerts: readonly { readonly status: string; readonly labels: Record<string, string> }[]
}

const stack = new AsyncDisposableStack()
let url: string
let hook: HttpReceiver
let send: (alerts: readonly Alert[]) => Promise<SendResult>

beforeAll(async () => {
  if ('missing' in found) return
  hook = stack.use(await startHttpReceiver())
  url = stack.use(await startAlertmanager(found.file, `${hook.url}/hook`)).url
  const guard = createUrlGuard(['127.0.0.1'])
  const { now } = systemClock
  const poster = stack.use(createHttpPoster({ guard, env: {}, now }))
  const receiver = createAlertmanagerReceiver({ url }, { now, guard, post: poster.post, readSecret: async () => '' })
  send = (alerts) => receiver.send(toSample(alerts), { signal: AbortSignal.timeout(5_000) })
})
afterAll(() => stack.disposeAsync())

const list = async (): Promise<Held[]> => (await (await fetch(`${url}/api/v2/alerts`)).json()) as Held[]
const told = (): Told[] => hook.requests.map(({ body }) => JSON.parse(body) as Told)
const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    if (await condition()) return
    await sleep(50)
  }
  throw new Error('not within 10 s')
}
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString()

test.skipIf('missing' in found)(
  'an alert is held by Alertmanager with its labels, texts and link, and told on',
  async () => {
    const alert = toAlert('web', { startsAt: ago(30) })
    const result = await send([alert])
    await until(async () => (await list()).length === 1 && told().length === 1)
    const [held] = await list()

    expect(result).toMatchObject({ type: 'sent' })
    expect(held).toMatchObject({
      labels: alert.labels,
      annotations: { summary: alert.annotations.summary, change: '"1" → "2"', who: 'mallory' },
      generatorURL: alert.annotations.link,
      status: { state: 'active' },
    })
    expect(Date.parse(held?.startsAt ?? '')).toBe(Date.parse(alert.startsAt))
    expect(told()[0]).toMatchObject({ status: 'firing', alerts: [{ labels: { name: 'web' } }] })
  },
)

test.skipIf('missing' in found)('an alert that is sent again stays open, for five minutes more', async () => {
  const alert = toAlert('web', { startsAt: ago(30) })
  await send([alert])
  const before = Date.parse((await list())[0]?.endsAt ?? '')
  await sleep(20)
  await send([alert])
  await until(async () => Date.parse((await list())[0]?.endsAt ?? '') > before)

  expect(before - Date.now()).toBeGreaterThan(290_000)
  expect(await list()).toHaveLength(1)
})

test.skipIf('missing' in found)('an alert that is over is over to Alertmanager, which tells it on', async () => {
  await send([toAlert('web', { startsAt: ago(30), endsAt: ago(0) })])
  await until(() => told().some(({ status }) => status === 'resolved'))

  expect(await list()).toEqual([])
})

test.skipIf('missing' in found)('what was healed before anybody was told wakes nobody', async () => {
  const before = told().length
  await send([toAlert('short', { startsAt: ago(2), endsAt: ago(1) })])
  await sleep(1_500)

  expect(told()).toHaveLength(before)
})

test.skipIf('missing' in found)('very many alerts are taken at once', async () => {
  const result = await send(Array.from({ length: 250 }, (_, index) => toAlert(`many-${index}`, { startsAt: ago(1) })))
  await until(async () => (await list()).length === 250)

  expect(result).toMatchObject({ type: 'sent' })
})

test.skipIf('missing' in found)(
  'labels that Alertmanager does not take are refused for good, with its reason',
  async () => {
    expect(await send([toAlert('web', { labels: { 'not-a-label': 'x' } })])).toMatchObject({
      type: 'failed',
      retry: 'terminal',
      reason: expect.stringContaining('invalid label'),
    })
  },
)
