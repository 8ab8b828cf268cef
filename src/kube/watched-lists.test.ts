import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { KubeClient, List, ListAddress, Resource, WatchEvent } from './client.ts'
import type { ObjectMetadata } from './object.ts'
import { createWatchingClient, type ListedChange } from './watched-lists.ts'

const resource: Resource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  verbs: [],
}
const toObject = (name: string, resourceVersion: string): ObjectMetadata => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop', resourceVersion },
})

/** A server whose lists and watch events a test writes. */
const createServer = (lists: readonly (readonly ObjectMetadata[] | Error)[]) => {
  const asked: string[] = []
  let next = 0
  let send: ((event: WatchEvent<ObjectMetadata>) => void) | undefined
  const client = {
    listMetadata: async ({ labelSelector = 'none' }: ListAddress): Promise<List<ObjectMetadata>> => {
      asked.push(`list ${labelSelector}`)
      const list = lists[Math.min(next++, lists.length - 1)]
      if (list instanceof Error) throw list
      return { items: list ?? [], resourceVersion: String(next) }
    },
    watchMetadata: async function* (
      { resourceVersion }: { readonly resourceVersion: string },
      { signal }: { signal?: AbortSignal },
    ) {
      asked.push(`watch from ${resourceVersion}`)
      for (;;) {
        const { promise, resolve } = Promise.withResolvers<WatchEvent<ObjectMetadata> | undefined>()
        send = resolve
        signal?.addEventListener('abort', () => resolve(undefined))
        const event = await promise
        if (!event || signal?.aborted) return
        yield event
        if (event.type === 'RELIST') return
      }
    },
  } as unknown as KubeClient
  return {
    client,
    asked,
    send: async (event: WatchEvent<ObjectMetadata>) => {
      send?.(event)
      await turn()
    },
  }
}

const open = (server: ReturnType<typeof createServer>) => {
  const stop = new AbortController()
  const changes: ListedChange[] = []
  const lost: unknown[] = []
  const client = createWatchingClient(server.client, {
    isWatched: ({ labelSelector }) => labelSelector === 'ours',
    onChange: (change) => changes.push(change),
    onLost: (_, error) => lost.push(error),
    signal: stop.signal,
  })
  const list = async (): Promise<string[]> =>
    (await client.listMetadata({ resource, labelSelector: 'ours' })).items.map(
      ({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`,
    )
  return { client, changes, lost, list, stop: () => stop.abort() }
}

test('a list is asked for once, and kept by what its watch tells', async () => {
  const server = createServer([[toObject('a', '1')]])
  const { list, changes, stop } = open(server)

  expect(await Promise.all([list(), list()])).toEqual([['a@1'], ['a@1']])
  await turn()
  await server.send({ type: 'ADDED', object: toObject('b', '2') })
  await server.send({ type: 'MODIFIED', object: toObject('a', '3') })
  expect(await list()).toEqual(['a@3', 'b@2'])
  await server.send({ type: 'DELETED', object: toObject('a', '4') })
  expect(await list()).toEqual(['b@2'])
  expect(changes.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
    'ADDED b',
    'MODIFIED a',
    'DELETED a',
  ])
  expect(server.asked).toEqual(['list ours', 'watch from 1'])
  stop()
})

test('what changed while the watch was lost is told as changes', async () => {
  const server = createServer([
    [toObject('kept', '1'), toObject('gone', '1'), toObject('written', '1')],
    [toObject('kept', '1'), toObject('written', '2'), toObject('new', '3')],
  ])
  const { list, changes, stop } = open(server)
  await list()
  await turn()
  await server.send({ type: 'RELIST' })
  await turn()

  expect(changes.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
    'DELETED gone',
    'MODIFIED written',
    'ADDED new',
  ])
  expect(await list()).toEqual(['kept@1', 'written@2', 'new@3'])
  stop()
})

test('lists that are not watched are asked for each time', async () => {
  const server = createServer([[]])
  const { client, stop } = open(server)
  await client.listMetadata({ resource })
  await client.listMetadata({ resource })

  expect(server.asked).toEqual(['list none', 'list none'])
  stop()
})

test('a watch that cannot go on is told, and the next asking begins anew', async () => {
  const server = createServer([new Error('forbidden'), [toObject('a', '1')]])
  const { list, lost, stop } = open(server)

  await expect(list()).rejects.toThrow('forbidden')
  expect(lost).toHaveLength(1)
  expect(await list()).toEqual(['a@1'])
  stop()
})
