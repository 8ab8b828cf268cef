import { untilAborted } from '../base/until-aborted.ts'
import type { CallOptions } from '../kube/client.ts'
import { acquireLease, type LeaseDeps, type LeaseOptions, type WriterLease } from './lease.ts'
import { ensureSystemNamespace } from './store.ts'

/** A lease as one of its users has it; disposing of it leaves it to the others. */
export type SharedLease = WriterLease & {
  /** It was taken just now: somebody else may have written before. */
  readonly isNew: boolean
}

/** The right to write to a cluster, taken when it is needed and kept for a while after it was. */
export type KeptLease = AsyncDisposable & { readonly take: (options?: CallOptions) => Promise<SharedLease> }

/** Kept so long after its last use: what comes in a burst takes it once, and other writers wait no longer than that. */
const IDLE_MS = 10_000

/**
 * For a process that writes again and again. Any number of users have it at a time; dispose of it to give it back. When
 * somebody asks for it, its users finish, and those who come then wait until he had it.
 */
export const createKeptLease = (deps: LeaseDeps, options: LeaseOptions): KeptLease => {
  let held: WriterLease | undefined
  let taking: Promise<WriterLease> | undefined
  let releasing: Promise<void> = Promise.resolve()
  let users = 0
  let idle = new AbortController()
  let given = Promise.withResolvers<void>()

  const release = async (): Promise<void> => {
    const giving = held
    held = undefined
    try {
      await giving?.[Symbol.asyncDispose]()
    } finally {
      given.resolve()
      given = Promise.withResolvers()
    }
  }
  const giveBack = (): void => {
    idle.abort()
    releasing = release().catch(() => undefined)
  }
  const leave = (): void => {
    users--
    if (users > 0) return
    if (held?.requested.aborted) {
      giveBack()
      return
    }
    idle = new AbortController()
    deps.clock.sleep(IDLE_MS, { signal: idle.signal }).then(
      () => {
        if (users === 0) giveBack()
      },
      () => undefined,
    )
  }
  const acquire = async (call: CallOptions): Promise<WriterLease> => {
    await releasing
    await ensureSystemNamespace(deps.client, call)
    const lease = await acquireLease(deps, { ...options, ...call })
    lease.requested.addEventListener('abort', () => {
      if (users === 0 && held === lease) giveBack()
    })
    return lease
  }

  return {
    take: async (call = {}) => {
      if (held?.requested.aborted) await untilAborted(given.promise, call.signal)
      users++
      idle.abort()
      try {
        const isNew = held === undefined || held.lost.aborted
        if (isNew) {
          taking ??= acquire(call).finally(() => {
            taking = undefined
          })
          held = await taking
        }
        let isLeft = false
        return {
          lost: (held as WriterLease).lost,
          requested: (held as WriterLease).requested,
          isNew,
          [Symbol.asyncDispose]: async () => {
            if (!isLeft) leave()
            isLeft = true
          },
        }
      } catch (error) {
        leave()
        throw error
      }
    },
    [Symbol.asyncDispose]: async () => {
      idle.abort()
      await releasing
      await release()
    },
  }
}
