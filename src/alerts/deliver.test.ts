import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../base/system-clock.ts'
import { createVirtualClock, type VirtualClock } from '../base/virtual-clock.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite.ts'
import type { Store } from '../store/store.ts'
import { type Deliveries, startDeliveries } from './deliver.ts'
import type { SendResult } from './receivers/receiver.ts'
import { at, toSample } from './testing/sample.ts'

let store: Store
let clock: VirtualClock
let deliveries: Deliveries | undefined
let sent: { readonly target: string; readonly id: string; readonly at: string }[]
let answer: (target: string, id: string) => SendResult | Promise<SendResult>
let logged: string[]

const WELL: SendResult = { type: 'sent', detail: '200' }
const BROKEN: SendResult = { type: 'failed', retry: 'transient', reason: 'hooks.example.com answers 503' }
const REFUSED: SendResult = { type: 'failed', retry: 'terminal', reason: 'hooks.example.com answers 404: no_service' }

beforeEach(async () => {
  store = await openSqliteStore(':memory:', { clock: systemClock })
  clock = createVirtualClock(new Date(at(0)))
  sent = []
  logged = []
  answer = () => WELL
})
afterEach(async () => {
  await stop()
  await store[Symbol.asyncDispose]()
})

const stop = async (): Promise<void> => {
  await deliveries?.[Symbol.asyncDispose]()
  deliveries = undefined
}

const start = (): void => {
  deliveries = startDeliveries({
    store,
    clock,
    random: () => 0,
    actor: 'hub/test',
    log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields)}`),
    receivers: {
      find: (target) =>
        target === 'gone'
          ? undefined
          : {
              send: async ({ id }) => {
                sent.push({ target, id, at: clock.now().toISOString() })
                return answer(target, id)
              },
            },
      [Symbol.asyncDispose]: async () => undefined,
    },
  })
}

const put = async (...rows: readonly (readonly [target: string, group: string, id: string])[]): Promise<void> => {
  await store.saveAlerting({
    cursor: 1,
    alerts: new Map(),
    groups: new Map(),
    deliveries: rows.map(([target, groupKey, id]) => ({
      ...{ target, groupKey, created: clock.now().toISOString() },
      notification: toSample(undefined, { id }),
    })),
  })
  deliveries?.wake()
}

const turn = async (): Promise<void> => {
  for (let step = 0; step < 20; step++) await new Promise(setImmediate)
}
const pass = async (seconds: number, stepMs = 500): Promise<void> => {
  await turn()
  for (let ms = 0; ms < seconds * 1_000; ms += stepMs) {
    clock.advance(stepMs)
    await turn()
  }
}
const states = async () =>
  (await store.listDeliveries({})).toReversed().map(({ state, attempts }) => `${state} ${attempts}`)
const seconds = (): number[] => sent.map((one) => (Date.parse(one.at) - Date.parse(at(0))) / 1_000)

test('what is in the outbox is sent once', async () => {
  start()
  await put(['a', 'g', '1'])
  await pass(30)

  expect(sent.map(({ id }) => id)).toEqual(['1'])
  expect(await states()).toEqual(['sent 1'])
  expect(deliveries?.counts().get('a')).toEqual({ sent: 1, failed: 0, dead: 0 })
})

test('what does not arrive is tried again with growing pauses, until it does', async () => {
  answer = () => (sent.length > 4 ? WELL : BROKEN)
  start()
  await put(['a', 'g', '1'])
  await pass(60)

  expect(seconds()).toEqual([0, 2, 6, 14, 30])
  expect(await states()).toEqual(['sent 5'])
  expect(logged[0]).toContain('hooks.example.com answers 503')
})

test('a receiver that wants to be left alone is left alone, all of its messages', async () => {
  answer = () => (sent.length > 1 ? WELL : ({ ...BROKEN, retryAfterMs: 20_000 } as SendResult))
  start()
  await put(['a', 'g', '1'], ['a', 'h', '2'])
  await pass(30)

  expect(seconds()).toEqual([0, 20, 20])
})

test('what is refused is given up after three tries, and that is on the trail', async () => {
  answer = () => REFUSED
  start()
  await put(['a', 'g', '1'])
  await pass(60)

  expect(sent).toHaveLength(3)
  expect(await store.listDeliveries({ state: 'dead' })).toMatchObject([
    { error: 'hooks.example.com answers 404: no_service' },
  ])
  expect(await store.listAudit({})).toMatchObject([{ type: 'alert.undelivered', subject: 'a', data: { delivery: 1 } }])
})

test('what may pass is tried for a day', async () => {
  answer = () => BROKEN
  start()
  await put(['a', 'g', '1'])
  await pass(86_000, 60_000)
  const before = await states()
  await pass(1_200, 60_000)

  expect(before[0]).toContain('pending')
  expect((await states())[0]).toContain('dead')
})

test('what was given up and is tried again by hand has its time anew', async () => {
  answer = () => REFUSED
  start()
  await put(['a', 'g', '1'])
  await pass(60)
  answer = () => WELL
  await store.retryDelivery(1, { actor: 'ann', time: clock.now().toISOString() })
  await pass(6)

  expect(await states()).toEqual(['sent 1'])
  expect((await store.listAudit({})).map(({ type }) => type)).toEqual(['alert.undelivered', 'alert.retried'])
})

test('messages of a group keep their order, others pass them', async () => {
  answer = (_, id) => (id === '1' && sent.length < 3 ? BROKEN : WELL)
  start()
  await put(['a', 'g', '1'], ['a', 'g', '2'], ['a', 'h', '3'])
  await pass(10)

  expect(sent.map(({ id }) => id)).toEqual(['1', '3', '1', '2'])
})

test('what is new does not wait for what is tried again later', async () => {
  answer = (_, id) => (id === '1' ? BROKEN : WELL)
  start()
  await put(['a', 'g', '1'])
  await pass(100)
  const before = sent.length
  await put(['a', 'h', '2'])
  await turn()

  expect(sent.slice(before).map(({ id }) => id)).toEqual(['2'])
})

test('a slow receiver holds up no other one', async () => {
  const { promise, resolve } = Promise.withResolvers<SendResult>()
  answer = (target) => (target === 'slow' ? promise : WELL)
  start()
  await put(['slow', 'g', '1'], ['a', 'g', '2'], ['a', 'g', '3'])
  await pass(10)

  expect(sent.map(({ id }) => id).sort()).toEqual(['1', '2', '3'])
  expect(await states()).toEqual(['pending 0', 'sent 1', 'sent 1'])
  resolve(WELL)
  await pass(1)
  expect(await states()).toEqual(['sent 1', 'sent 1', 'sent 1'])
})

test('what is for a receiver that no policy has any more is given up', async () => {
  start()
  await put(['gone', 'g', '1'])
  await pass(1)

  expect(await store.listDeliveries({ state: 'dead' })).toMatchObject([{ error: 'no AlertPolicy has gone any more' }])
})

test('what was under way when the hub ended is sent again when it is back', async () => {
  const { promise, resolve } = Promise.withResolvers<SendResult>()
  answer = () => promise
  start()
  await put(['a', 'g', '1'])
  await pass(1)
  const ending = stop()
  resolve(WELL)
  await ending
  const between = await states()
  answer = () => WELL
  start()
  await pass(1)

  expect(between).toEqual(['pending 0'])
  expect(sent.map(({ id }) => id)).toEqual(['1', '1'])
})

test('what arrived is forgotten after a week, what was given up is kept', async () => {
  answer = (_, id) => (id === '1' ? WELL : REFUSED)
  start()
  await put(['a', 'g', '1'], ['a', 'h', '2'])
  await pass(60)
  clock.advance(8 * 86_400_000)
  await pass(20)

  expect(await states()).toEqual(['dead 3'])
})
