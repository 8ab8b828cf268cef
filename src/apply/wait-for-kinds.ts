import { mapLimited } from '../base/limit.ts'
import type { Discovery } from '../kube/client.ts'
import { toRefKey } from '../kube/object.ts'
import type { PlannedObject } from '../plan/plan.ts'
import { readHealth, type WaitDeps } from './wait.ts'

const FIRST_POLL_MS = 100
const LAST_POLL_MS = 1_000
/** A definition may have 600 kB, and is only read to say why its kind is not served. */
const READ_EVERY_MS = 5_000
const READERS = 4

/**
 * Waits until the kinds of definitions are served in all their versions, as discovery tells: an established definition is
 * not served yet, and discovery is a fraction of what the definitions are. Gives those that are not served in the end, with
 * what keeps them, by the key of their reference.
 */
export const waitForKinds = async (
  definitions: readonly PlannedObject[],
  deps: WaitDeps,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<Map<string, string>> => {
  const { clock, client } = deps
  const signal = options.signal ? { signal: options.signal } : {}
  const deadline = clock.now().getTime() + options.timeoutMs
  const reasons = new Map<string, string>()
  let pending = definitions
  let readAt = clock.now().getTime() + READ_EVERY_MS
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 1.6, LAST_POLL_MS)) {
    const discovery = await client.discover({ refresh: true, ...signal })
    pending = pending.filter((definition) => !isServed(definition, discovery))
    const now = clock.now().getTime()
    const isOver = now >= deadline
    if (pending.length > 0 && (isOver || now >= readAt)) {
      readAt = now + READ_EVERY_MS
      await mapLimited(pending, READERS, async ({ ref, resource }) => {
        const { status, message } = await readHealth({ ref, resource: resource! }, deps, options.signal)
        if (status === 'Failed' || status === 'NotFound' || isOver) reasons.set(toRefKey(ref), message)
      })
      pending = pending.filter(({ ref }) => !reasons.has(toRefKey(ref)))
    }
    if (pending.length === 0) return reasons
    deps.onProgress?.(pending.map(({ ref }) => ref))
    await clock.sleep(pause, signal)
  }
}

const isServed = ({ desired }: PlannedObject, discovery: Discovery): boolean => {
  const { group, names, versions } = desired!.manifest.spec as {
    group: string
    names: { kind: string }
    versions?: { name: string; served: boolean }[]
  }
  return (versions ?? []).every(({ name, served }) => !served || discovery.find(group, names.kind, name) !== undefined)
}
