import type { Clock } from '../base/clock.ts'
import { isLockstepError } from '../base/errors.ts'
import { mapLimited } from '../base/limit.ts'
import { toAddress } from '../drift/observe.ts'
import type { KubeClient, Resource } from '../kube/client.ts'
import { type KubeObject, type ObjectRef, toRefKey } from '../kube/object.ts'
import type { Health } from './change-set.ts'

/** An object to wait for. */
export type WaitTarget = { readonly ref: ObjectRef; readonly resource: Resource }
/** How it was when the waiting ended. */
export type WaitResult = { readonly status: Health; readonly message: string }

/** What waiting needs of the world. */
export type WaitDeps = {
  readonly client: KubeClient
  readonly clock: Clock
  readonly computeHealth: (object: KubeObject) => WaitResult
  readonly onProgress?: (pending: readonly ObjectRef[]) => void
}

const FIRST_POLL_MS = 150
const LAST_POLL_MS = 2_000
const CONCURRENCY = 16

/**
 * Waits until every object is Current, or Failed, or the time is over; an object that is deleted meanwhile is NotFound at
 * once. Asks only for those that are not there yet, at growing intervals.
 */
export const waitForObjects = async (
  targets: readonly WaitTarget[],
  deps: WaitDeps,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<Map<string, WaitResult>> => {
  const results = new Map<string, WaitResult>()
  const deadline = deps.clock.now().getTime() + options.timeoutMs
  let pending = [...targets]
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 1.6, LAST_POLL_MS)) {
    await mapLimited(pending, CONCURRENCY, async ({ ref, resource }) => {
      results.set(toRefKey(ref), await readHealth({ ref, resource }, deps, options.signal))
    })
    pending = pending.filter(({ ref }) => !isSettled(results.get(toRefKey(ref))?.status))
    if (pending.length === 0 || deps.clock.now().getTime() >= deadline) return results
    deps.onProgress?.(pending.map(({ ref }) => ref))
    await deps.clock.sleep(pause, options.signal ? { signal: options.signal } : {})
  }
}

/** How one object is now. */
export const readHealth = async (
  { ref, resource }: WaitTarget,
  deps: WaitDeps,
  signal?: AbortSignal,
): Promise<WaitResult> => {
  try {
    const live = await deps.client.get(toAddress(ref, resource), signal ? { signal } : {})
    return live ? deps.computeHealth(live) : { status: 'NotFound', message: 'it is gone' }
  } catch (error) {
    // A server that is away for a moment must not end the wait: the deadline does.
    if (signal?.aborted || !isLockstepError(error)) throw error
    return { status: 'Unknown', message: error.message }
  }
}

const isSettled = (status: Health | undefined): boolean =>
  status === 'Current' || status === 'Failed' || status === 'NotFound'
