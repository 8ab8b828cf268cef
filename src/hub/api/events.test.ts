import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseEvents, type StreamEvent } from '../../api/event-parser.ts'
import { followEvents } from '../../api/follow-events.ts'
import type { AuditEvent, AuditRecord } from '../../audit/record.ts'
import { type ApiWorld, openApiWorld } from './testing/api-world.ts'

let world: ApiWorld
let ticking: NodeJS.Timeout
beforeEach(async () => {
  world = await openApiWorld()
  // Time goes on, faster than it does.
  ticking = setInterval(() => world.clock.advance(250), 5)
})
afterEach(async () => {
  clearInterval(ticking)
  await world[Symbol.asyncDispose]()
})

const toEvent = (subject: string, rest: Partial<AuditEvent> = {}): AuditEvent => ({
  ...{ time: '2026-11-27T12:00:00.000Z', type: 'test', actor: 'ann', subject, data: {} },
  ...rest,
})

const open = async (query = '', headers: Record<string, string> = {}) => {
  const stop = new AbortController()
  const response = await fetch(`${world.url}/api/v1/events${query}`, {
    headers: { authorization: `Bearer ${world.admin}`, ...headers },
    signal: stop.signal,
  })
  const events = parseEvents(response.body as unknown as AsyncIterable<Uint8Array>)
  const next = async (): Promise<StreamEvent> => {
    for (;;) {
      const { value, done } = await events.next()
      if (done) throw new Error('the stream ended')
      if (value.data !== undefined) return value
    }
  }
  return { response, events, next, stop: () => stop.abort() }
}

const subjectOf = ({ data }: StreamEvent): string => (JSON.parse(data as string) as AuditRecord).subject

test('records come as they are written, with their number and type', async () => {
  const stream = await open()
  const [record] = await world.store.appendAudit([toEvent('one', { type: 'finding.opened' })])
  const event = await stream.next()

  expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(stream.response.headers.get('x-content-type-options')).toBe('nosniff')
  expect(event).toMatchObject({ id: String(record?.seq), type: 'finding.opened' })
  expect(JSON.parse(event.data as string)).toEqual(record)
  stream.stop()
})

test('a stream goes on after the record that was seen last', async () => {
  const [first] = await world.store.appendAudit([toEvent('one'), toEvent('two')])
  const resumed = await open('', { 'last-event-id': String(first?.seq) })
  const asked = await open(`?after=${(first?.seq as number) - 1}`)

  expect(subjectOf(await resumed.next())).toBe('two')
  expect([subjectOf(await asked.next()), subjectOf(await asked.next())]).toEqual(['one', 'two'])
  resumed.stop()
  asked.stop()
})

test('only what is asked for comes, and a silent stream says how far it is', async () => {
  const stream = await open('?type=wanted&cluster=eu')
  const records = await world.store.appendAudit([
    toEvent('other type', { cluster: 'eu' }),
    toEvent('other cluster', { cluster: 'us', type: 'wanted' }),
    toEvent('right', { cluster: 'eu', type: 'wanted' }),
    toEvent('other again'),
  ])
  const first = await stream.next()
  const { value: beat } = await stream.events.next()

  expect(subjectOf(first)).toBe('right')
  expect(Number(beat?.id)).toBeGreaterThanOrEqual(records.at(-1)?.seq as number)
  expect(beat).toMatchObject({ type: '', data: undefined })
  stream.stop()
})

test('whoever loses the right to read hears no more', async () => {
  const client = world.client(world.admin)
  const { token, id } = await client.call('createToken', { body: { name: 'reader' } })
  const stream = await open('', { authorization: `Bearer ${token}` })
  await client.call('revokeToken', { params: { id } })

  await expect(
    (async () => {
      for (;;) await stream.next()
    })(),
  ).rejects.toThrow()
  await expect(open('', { authorization: `Bearer ${token}` })).resolves.toMatchObject({ response: { status: 401 } })
})

test('whoever does not read is cut off, and nothing is kept for them', async () => {
  const { hostname, port } = new URL(world.url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.write(
    `GET /api/v1/events?after=0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${world.admin}\r\nconnection: keep-alive\r\n\r\n`,
  )
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  socket.on('error', () => undefined)
  const text = 'x'.repeat(100_000)
  for (let number = 0; number < 100; number++)
    await world.store.appendAudit([toEvent(String(number), { data: { text } })])
  socket.pause()
  const ended = await new Promise<boolean>((resolve) => {
    const look = setInterval(() => {
      world.server.server.getConnections((_, count) => {
        if (count > 0) return
        clearInterval(look)
        resolve(true)
      })
    }, 20)
  })
  socket.resume()
  await closed

  expect(ended).toBe(true)
})

test('one who opens too many streams is told so', async () => {
  const streams = await Promise.all(Array.from({ length: 11 }, () => open()))

  expect(streams.map(({ response }) => response.status).sort()).toEqual([...new Array(10).fill(200), 429])
  for (const { stop } of streams) stop()
})

test('streams end with the hub', async () => {
  const stream = await open()
  await world.server.close()

  await expect(stream.next()).rejects.toThrow()
})

test('a follower hears of every record once, whatever breaks meanwhile', async () => {
  const stop = new AbortController()
  const seen: string[] = []
  const client = world.client(world.admin)
  const following = (async () => {
    const deps = { clock: world.clock, random: () => 0, signal: stop.signal }
    for await (const { subject } of followEvents(client, { type: 'test', after: 0 }, deps)) {
      seen.push(subject)
      if (subject === '29') stop.abort()
    }
  })()
  for (let number = 0; number < 30; number++) {
    await world.store.appendAudit([toEvent(String(number))])
    // Cut off in the middle of what is being sent, or of the waiting for it.
    if (number % 10 === 5) (world.server.server as unknown as { closeAllConnections: () => void }).closeAllConnections()
  }
  await following

  expect(seen).toEqual(Array.from({ length: 30 }, (_, number) => String(number)))
})

test('a follower who may not read is told so', async () => {
  const deps = { clock: world.clock, random: () => 0, signal: AbortSignal.timeout(5_000) }

  await expect(followEvents(world.client('wrong'), {}, deps).next()).rejects.toMatchObject({
    code: 'AUTHENTICATION_FAILED',
  })
})
