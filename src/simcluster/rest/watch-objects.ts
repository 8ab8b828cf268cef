import { StatusFailure } from '../status-failure.ts'
import type { StoreChange } from '../store/object-store.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { createExpired, createTooLargeVersion } from './failures.ts'
import type { ListOptions } from './options.ts'
import type { Scope } from './scope.ts'
import { compileSelection } from './select.ts'
import { createWatchQueue, type WatchQueue } from './watch-queue.ts'

/** How the objects of a watch are written. */
export type WatchFormat = {
  readonly formatStored: (stored: StoredObject) => string
  readonly formatBookmark: (
    resourceVersion: number,
    annotations: Readonly<Record<string, string>> | undefined,
  ) => string
}

/** The watches of a cluster that run now, for those who want to break them. */
export type RunningWatches = Set<{ readonly scope: Scope; readonly queue: WatchQueue }>

const BOOKMARK_MS = 60_000
const MIN_TIMEOUT_SECONDS = 1_800

/** The events of a watch as lines of JSON, from the version that is asked for, until its time is over or its signal fires. */
export const watchObjects = (
  scope: Scope,
  options: ListOptions,
  format: WatchFormat,
  running: RunningWatches,
): AsyncIterable<string> => {
  const { backend, resource, request } = scope
  const { store } = backend
  const selection = compileSelection(scope, options)
  const from = parsePlainVersion(options.resourceVersion)

  const ended = new AbortController()
  const close = (): void => {
    running.delete(watch)
    unsubscribe()
    ended.abort()
    request.signal?.removeEventListener('abort', stop)
  }
  const queue = createWatchQueue(close)
  const watch = { scope, queue }
  const stop = (): void => {
    queue.end()
    close()
  }
  running.add(watch)

  let latest = 0
  const send = (type: string, object: string): void => queue.push(`{"type":"${type}","object":${object}}\n`)
  const isSelected = (stored: StoredObject | undefined): stored is StoredObject => {
    if (!stored?.key.startsWith(selection.prefix)) return false
    return selection.matches(stored)
  }
  const onChange = ({ type, object, previous }: StoreChange): void => {
    if (object.resourceVersion <= latest) return
    latest = object.resourceVersion
    const is = type !== 'DELETED' && isSelected(object)
    const was = isSelected(previous)
    if (is) send(was ? 'MODIFIED' : 'ADDED', format.formatStored(object))
    else if (was) send('DELETED', format.formatStored({ ...previous, resourceVersion: object.resourceVersion }))
  }
  const unsubscribe = store.subscribe(onChange, resource)
  const bookmark = (annotations?: Readonly<Record<string, string>>): void =>
    send('BOOKMARK', format.formatBookmark(Math.max(store.version(), latest), annotations))

  const begin = (): void => {
    const wantsState = options.sendInitialEvents ?? (from === undefined || from === 0)
    if (wantsState) {
      if (from !== undefined && from > store.version()) throw createTooLargeVersion(from, store.version())
      for (const stored of store.list(resource, selection.prefix) ?? [])
        if (selection.matches(stored)) send('ADDED', format.formatStored(stored))
      latest = store.version()
      if (options.sendInitialEvents && options.allowWatchBookmarks) bookmark({ 'k8s.io/initial-events-end': 'true' })
      return
    }
    if (from === undefined || from === 0) {
      latest = store.version()
      return
    }
    const changes = store.changesAfter(resource, from)
    if (!changes) throw createExpired(`too old resource version: ${from} (${store.forgottenVersion(resource)})`)
    latest = from
    for (const change of changes) onChange(change)
  }

  try {
    begin()
  } catch (error) {
    if (!(error instanceof StatusFailure)) throw error
    send('ERROR', JSON.stringify(error.toStatus()))
    stop()
    return queue.lines
  }

  const seconds = options.timeoutSeconds || Math.floor(MIN_TIMEOUT_SECONDS * (1 + backend.random()))
  void runTimers(scope, seconds, ended.signal, options.allowWatchBookmarks ? bookmark : undefined, stop)
  if (request.signal?.aborted) stop()
  else request.signal?.addEventListener('abort', stop, { once: true })
  return queue.lines
}

/** Bookmarks each minute and shortly before the end, then the end. */
const runTimers = async (
  { backend }: Scope,
  seconds: number,
  signal: AbortSignal,
  bookmark: (() => void) | undefined,
  stop: () => void,
): Promise<void> => {
  let leftMs = seconds * 1_000
  const sleep = async (ms: number): Promise<void> => {
    await backend.clock.sleep(ms, { signal })
    leftMs -= ms
  }
  try {
    if (bookmark) {
      while (leftMs > BOOKMARK_MS + 2_000) {
        await sleep(BOOKMARK_MS)
        bookmark()
      }
      if (leftMs > 2_000) {
        await sleep(leftMs - 2_000)
        bookmark()
      }
    }
    await sleep(leftMs)
    stop()
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** A version as watches and reads of one object parse it: their error has no reason. */
export const parsePlainVersion = (text: string): number | undefined => {
  if (text === '') return undefined
  if (/^\d+$/.test(text)) return Number(text)
  const why = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`
  throw new StatusFailure(500, '', `resourceVersion: Invalid value: ${JSON.stringify(text)}: ${why}`)
}
