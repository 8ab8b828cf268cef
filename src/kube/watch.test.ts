import type { ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import type { Resource, WatchEvent } from './client.ts'
import { createKubeClient } from './http-client.ts'
import type { ObjectMetadata } from './object.ts'
import { type CannedAnswer, type SeenRequest, startCannedServer } from './testing/canned-server.ts'

const started: AsyncDisposable[] = []

afterEach(async () => {
  for (const thing of started.splice(0).reverse()) await thing[Symbol.asyncDispose]()
})

const PODS: Resource = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, verbs: [] }

const startWorld = async (answer: (request: SeenRequest, index: number) => CannedAnswer) => {
  const server = await startCannedServer(answer)
  const slept: number[] = []
  const clock = { now: () => new Date(0), sleep: async (ms: number) => void slept.push(ms) }
  const client = createKubeClient(
    { server: server.url, getCredentials: async () => ({}) },
    { clock, random: () => 0 },
    { connections: 1 },
  )
  started.push(server, client)
  const controller = new AbortController()
  const address = { resource: PODS, namespace: 'shop', labelSelector: 'a=b', resourceVersion: '5' }
  const watch = () => client.watchMetadata(address, { signal: controller.signal })
  return { server, client, slept, controller, watch }
}

const toEvent = (type: string, resourceVersion: string, name = 'ü') =>
  `${JSON.stringify({ type, object: { kind: 'PartialObjectMetadata', metadata: { name, resourceVersion } } })}\n`

/** Writes these chunks one after the other, then ends, or stays open. */
const write =
  (chunks: readonly (string | Buffer)[], end = true) =>
  async (response: ServerResponse): Promise<void> => {
    for (const chunk of chunks) await new Promise((resolve) => response.write(chunk, resolve))
    if (end) response.end()
  }

const take = async (events: AsyncIterable<WatchEvent<ObjectMetadata>>, count: number) => {
  const taken: WatchEvent<ObjectMetadata>[] = []
  for await (const event of events) if (taken.push(event) >= count) break
  return taken
}

test('gives events as they come, however they are cut', async () => {
  const bytes = Buffer.from(toEvent('ADDED', '6') + toEvent('BOOKMARK', '9'))
  const { server, watch } = await startWorld(() =>
    write(
      [...bytes].map((byte) => Buffer.of(byte)),
      false,
    ),
  )

  expect(await take(watch(), 2)).toEqual([
    { type: 'ADDED', object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'ü', resourceVersion: '6' } } },
    { type: 'BOOKMARK', resourceVersion: '9' },
  ])
  expect(server.seen[0]).toMatchObject({
    path: '/api/v1/namespaces/shop/pods',
    query: { watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '5', labelSelector: 'a=b' },
  })
  expect(server.seen[0]?.headers.accept).toContain('as=PartialObjectMetadata;')
})

test('goes on where it stopped after a lost connection, dropping what was cut off', async () => {
  const { server, slept, watch } = await startWorld((_, index) =>
    index === 0
      ? async (response) => {
          await write([toEvent('ADDED', '6'), '{"type":"MODI'], false)(response)
          response.destroy()
        }
      : write([toEvent('MODIFIED', '7')], false),
  )

  expect((await take(watch(), 2)).map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED'])
  expect(server.seen[1]?.query.resourceVersion).toBe('6')
  expect(slept).toEqual([200])
})

test('waits longer and longer for a server that keeps failing', async () => {
  const { slept, watch } = await startWorld((_, index) =>
    index < 4 ? { status: 500, body: { kind: 'Status', message: 'boom' } } : write([toEvent('ADDED', '6')], false),
  )

  await take(watch(), 1)

  expect(slept).toEqual([200, 400, 800, 1_600])
})

const FORGOTTEN: Readonly<Record<string, CannedAnswer>> = {
  'as an answer': { status: 410, body: { kind: 'Status', reason: 'Expired', code: 410 } },
  'as an event': write([`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } })}\n`], false),
}
for (const [how, answer] of Object.entries(FORGOTTEN)) {
  test(`asks for a new list when the server has forgotten the place, ${how}`, async () => {
    const { watch } = await startWorld(() => answer)

    expect(await take(watch(), 9)).toEqual([{ type: 'RELIST' }])
  })
}

test('throws what no waiting cures', async () => {
  const { watch } = await startWorld(() => ({ status: 403, body: { kind: 'Status', message: 'no' } }))

  await expect(take(watch(), 1)).rejects.toMatchObject({ code: 'KUBE_FORBIDDEN' })
})

test('ends quietly at the signal', async () => {
  const { controller, watch } = await startWorld(() => write([toEvent('ADDED', '6')], false))

  const seen: string[] = []
  for await (const { type } of watch()) {
    seen.push(type)
    controller.abort(new Error('enough'))
  }

  expect(seen).toEqual(['ADDED'])
})

test('leaves connections to requests, however many watches there are', async () => {
  const { client, watch } = await startWorld(({ query }) =>
    query.watch ? write([toEvent('ADDED', '6')], false) : { body: { metadata: {}, items: [] } },
  )
  const watches = [watch(), watch(), watch()].map((events) => events[Symbol.asyncIterator]())
  await Promise.all(watches.map((events) => events.next()))

  expect((await client.list({ resource: PODS })).items).toEqual([])

  await Promise.all(watches.map((events) => events.return?.()))
})
