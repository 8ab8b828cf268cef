import { computeBackoff } from '../base/backoff.ts'
import { isLockstepError, type LockstepError } from '../base/errors.ts'
import type { CallOptions, ListAddress, WatchEvent } from './client.ts'
import type { ObjectMeta, ObjectMetadata } from './object.ts'
import { formatApiVersion, formatListAddress, toCollectionPath, toQuery } from './path.ts'
import { isConnectionError, type KubeClientDeps, type Requester } from './requester.ts'
import { type Status, toStatusError } from './status-error.ts'

type RawEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: { readonly metadata: ObjectMeta } }
  | { readonly type: 'ERROR'; readonly object: Status }

const ACCEPT = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'
/** The server ends a watch after this time, up to twice as long: it spreads the reconnects of many. */
const WATCH_SECONDS = 300
/** A watch that lasted this long was well, however it ended. */
const HEALTHY_MS = 5_000
const BACKOFF = { initialMs: 200, maxMs: 30_000 }

/**
 * `KubeClient.watchMetadata`: goes on after a lost connection where it stopped, until the signal ends it quietly or the
 * server has forgotten the place, which gives one last event `RELIST`. Errors that no waiting cures are thrown.
 */
export async function* watchMetadata(
  requester: Requester,
  address: ListAddress & { readonly resourceVersion: string },
  options: CallOptions,
  deps: KubeClientDeps,
): AsyncGenerator<WatchEvent<ObjectMetadata>> {
  const { signal } = options
  let { resourceVersion } = address
  let failures = 0
  while (!signal?.aborted) {
    const start = deps.clock.now().getTime()
    try {
      for await (const event of streamEvents(requester, { ...address, resourceVersion }, options, deps)) {
        if (event.type === 'ERROR') throw toEventError(event.object, address)
        resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion
        if (event.type === 'BOOKMARK') yield { type: 'BOOKMARK', resourceVersion }
        else yield { type: event.type, object: toMetadata(address, event.object.metadata) }
      }
    } catch (error) {
      if (signal?.aborted) return
      if (isLockstepError(error, 'KUBE_GONE')) return yield { type: 'RELIST' }
      if (isLockstepError(error) ? error.retry === 'terminal' : !isConnectionError(error)) throw error
    }
    failures = deps.clock.now().getTime() - start < HEALTHY_MS ? failures + 1 : 0
    if (failures > 0) await sleepQuietly(deps, computeBackoff(failures - 1, deps.random, BACKOFF), signal)
  }
}

async function* streamEvents(
  requester: Requester,
  address: ListAddress & { readonly resourceVersion: string },
  { signal }: CallOptions,
  deps: KubeClientDeps,
): AsyncGenerator<RawEvent> {
  const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + deps.random()))
  const { resourceVersion, labelSelector, fieldSelector } = address
  const query = toQuery({
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion,
    labelSelector,
    fieldSelector,
    timeoutSeconds,
  })
  const { body } = await requester.stream(
    {
      method: 'GET',
      path: toCollectionPath(address.resource, address.namespace) + query,
      accept: ACCEPT,
      asked: { verb: 'watch', subject: formatListAddress(address) },
      repeatable: false,
      signal,
    },
    // Some kinds get no bookmarks, so silence means nothing; lost connections are found by TCP's keep-alive.
    (timeoutSeconds + 30) * 1_000,
  )
  try {
    for await (const line of splitLines(body)) yield JSON.parse(line) as RawEvent
  } finally {
    body.destroy()
  }
}

/** Whole lines; what follows the last line end was cut off and is dropped. */
async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield line
  }
}

const toMetadata = ({ resource }: ListAddress, metadata: ObjectMeta): ObjectMetadata => ({
  apiVersion: formatApiVersion(resource),
  kind: resource.kind,
  metadata,
})

const toEventError = (status: Status, address: ListAddress): LockstepError =>
  toStatusError(status.code ?? 500, JSON.stringify(status), { verb: 'watch', subject: formatListAddress(address) })

const sleepQuietly = async (deps: KubeClientDeps, ms: number, signal: AbortSignal | undefined): Promise<void> => {
  try {
    await deps.clock.sleep(ms, signal ? { signal } : {})
  } catch (error) {
    if (!signal?.aborted) throw error
  }
}
