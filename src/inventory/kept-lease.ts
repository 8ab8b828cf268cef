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

/** For a process that writes again and again. Any number of users have it at a time; dispose of it to give it back. */
export const createKeptLease = (deps: LeaseDeps, options: LeaseOptions): KeptLease => {
  let held: WriterLease | undefined
  let taking: Promise<WriterLease> | undefined
  let releasing: Promise<void> = Promise.resolve()
  let users = 0
  let idle = new AbortController()

  const release = async (): Promise<void> => {
    const given = held
    held = undefined
    await given?.[Symbol.asyncDispose]()
  }
  const leave = (): void => {
    users--
    if (users > 0) return
    idle = new AbortController()
    deps.clock.sleep(IDLE_MS, { signal: idle.signal }).then(
      () => {
        if (users === 0) releasing = release().catch(() => undefined)
      },
      () => undefined,
    )
  }
  const acquire = async (call: CallOptions): Promise<WriterLease> => {
    await releasing
    await ensureSystemNamespace(deps.client, call)
    return acquireLease(deps, { ...options, ...call })
  }

  return {
    take: async (call = {}) => {
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
