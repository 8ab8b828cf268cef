import type { Clock } from '../base/clock.ts'
import { isLockstepError } from '../base/errors.ts'
import type { CallOptions, KubeClient, Resource } from '../kube/client.ts'
import type { KubeObject } from '../kube/object.ts'
import { SYSTEM_NAMESPACE } from './apply-set.ts'
import { createClusterEnforced, createClusterLocked } from './errors.ts'
import { FIELD_MANAGER } from './fingerprint.ts'

const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  verbs: [],
}
const ADDRESS = { resource: LEASES, namespace: SYSTEM_NAMESPACE, name: 'lockstep-writer' }
const DURATION_SECONDS = 15
const RENEW_MS = 5_000
const POLL_MS = 500
/** A hub gives the lease back at once, so that whoever goes past it need not wait longer than for a look. */
const BYPASS_POLL_MS = 100
/** So long a hub leaves the lease to whoever asked for it. */
const YIELD_MS = 3_000
/** A hub writes its name here on the clusters that it enforces. */
const ENFORCED_ANNOTATION = 'lockstep.dev/enforced-by'

/** Who went past the hub that enforces a cluster, and why, stays here until the next who does. */
const BYPASSED_ANNOTATION = 'lockstep.dev/bypassed'

/** Who waits for a hub to give the lease back. */
const REQUESTED_ANNOTATION = 'lockstep.dev/requested-by'

/** A sync past the hub that enforces the cluster. */
export type Bypass = {
  /** As the lease named him: `user@host/process`. */
  readonly by: string
  readonly reason: string
  /** ISO 8601. */
  readonly time: string
}

/**
 * The right to write to a cluster, held until disposed. `lost` aborts when it could not be renewed in time, `requested` when
 * somebody waits for a hub to give it back.
 */
export type WriterLease = AsyncDisposable & { readonly lost: AbortSignal; readonly requested: AbortSignal }

/** What holding a lease needs of the world. */
export type LeaseDeps = {
  readonly client: KubeClient
  readonly clock: Clock
  /** Who we are, unique to this process. */
  readonly holder: string
  readonly onWaiting?: (holder: string) => void
}

/** How a lease is taken. */
export type LeaseOptions = {
  readonly waitMs: number
  readonly bypassHub?: boolean
  /** A hub's name: it marks the cluster as enforced by it, and may write there when others may not. */
  readonly enforcer?: string
}

/**
 * Takes the one right to write to a cluster, waiting up to `waitMs` while somebody else has it (`CLUSTER_LOCKED`).
 * A holder that died is followed after 15 s without a renewal. Refused where a hub enforces the cluster, unless bypassed.
 */
export const acquireLease = async (deps: LeaseDeps, options: CallOptions & LeaseOptions): Promise<WriterLease> => {
  const call = options.signal ? { signal: options.signal } : {}
  const deadline = deps.clock.now().getTime() + options.waitMs
  // A holder is dead when its record did not change for the lease's duration by our own clock: clocks may differ.
  let seen: { version: string; at: number } | undefined
  for (;;) {
    const lease = await deps.client.get(ADDRESS, call)
    const now = deps.clock.now().getTime()
    const enforcer = lease?.metadata.annotations?.[ENFORCED_ANNOTATION]
    if (enforcer !== undefined && enforcer !== options.enforcer && !options.bypassHub)
      throw createClusterEnforced(enforcer)
    const holder = lease && getHolder(lease)
    const version = lease?.metadata.resourceVersion ?? ''
    if (seen?.version !== version) seen = { version, at: now }
    const requester = lease?.metadata.annotations?.[REQUESTED_ANNOTATION]
    const isYielded = options.enforcer !== undefined && requester !== undefined && now - seen.at < YIELD_MS
    const isFree = !holder || holder === deps.holder || now - seen.at > DURATION_SECONDS * 1_000
    if (isFree && !isYielded) {
      const isBypass = enforcer !== undefined && enforcer !== options.enforcer
      const marks = {
        [REQUESTED_ANNOTATION]: undefined,
        ...(options.enforcer === undefined ? {} : { [ENFORCED_ANNOTATION]: options.enforcer }),
        ...(isBypass ? { [BYPASSED_ANNOTATION]: formatBypass(deps.holder, deps.clock.now()) } : {}),
      }
      const taken = await tryWrite(deps, lease && mark(lease, marks), deps.holder, call, options.enforcer)
      if (taken) return holdLease(deps, taken, options.enforcer !== undefined)
      continue
    }
    if (now >= deadline) throw createClusterLocked(holder || (requester ?? 'another writer'))
    deps.onWaiting?.(holder || (requester ?? ''))
    const isAsking = options.bypassHub === true && enforcer !== undefined && lease !== undefined
    // Once: a holder that died is known by a record that does not change.
    if (isAsking && requester === undefined)
      await put({ ...deps, lease: mark(lease, { [REQUESTED_ANNOTATION]: deps.holder }) }, call)
    await deps.clock.sleep(isAsking ? BYPASS_POLL_MS : POLL_MS, call)
  }
}

const tryWrite = async (
  { client, clock }: LeaseDeps,
  lease: KubeObject | undefined,
  holder: string,
  options: CallOptions,
  enforcer?: string,
): Promise<KubeObject | undefined> => {
  const time = `${clock.now().toISOString().slice(0, -1)}000Z`
  const spec = { holderIdentity: holder, leaseDurationSeconds: DURATION_SECONDS, renewTime: time, acquireTime: time }
  if (lease) return put({ client, lease: { ...lease, spec } }, options)
  const metadata = {
    name: ADDRESS.name,
    namespace: SYSTEM_NAMESPACE,
    ...(enforcer === undefined ? {} : { annotations: { [ENFORCED_ANNOTATION]: enforcer } }),
  }
  const made = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }
  return unlessOvertaken(client.create(ADDRESS, made, { ...options, fieldManager: FIELD_MANAGER }))
}

const put = (
  { client, lease }: { readonly client: KubeClient; readonly lease: KubeObject },
  options: CallOptions,
): Promise<KubeObject | undefined> =>
  unlessOvertaken(client.update(ADDRESS, lease, { ...options, fieldManager: FIELD_MANAGER }))

/** Undefined where somebody else wrote it meanwhile. */
const unlessOvertaken = async (writing: Promise<KubeObject>): Promise<KubeObject | undefined> => {
  try {
    return await writing
  } catch (error) {
    if (
      isLockstepError(error, 'KUBE_CONFLICT') ||
      isLockstepError(error, 'KUBE_ALREADY_EXISTS') ||
      isLockstepError(error, 'KUBE_NOT_FOUND')
    )
      return undefined
    throw error
  }
}

const mark = (lease: KubeObject, marks: Readonly<Record<string, string | undefined>>): KubeObject => ({
  ...lease,
  metadata: {
    ...lease.metadata,
    annotations: Object.fromEntries(
      Object.entries({ ...lease.metadata.annotations, ...marks }).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, value]],
      ),
    ),
  },
})

const formatBypass = (holder: string, now: Date): string => {
  const [by = holder, ...reason] = holder.split(': ')
  return JSON.stringify({ by, reason: reason.join(': '), time: now.toISOString() } satisfies Bypass)
}

/** The last sync that went past the hub; undefined where there was none. */
export const readBypass = async (client: KubeClient, options: CallOptions = {}): Promise<Bypass | undefined> => {
  const written = (await client.getMetadata(ADDRESS, options))?.metadata.annotations?.[BYPASSED_ANNOTATION]
  if (written === undefined) return undefined
  try {
    const { by, reason, time } = JSON.parse(written) as Record<string, unknown>
    return { by: String(by), reason: String(reason), time: String(time) }
  } catch {
    return { by: 'unknown', reason: written, time: '' }
  }
}

const holdLease = (deps: LeaseDeps, first: KubeObject, isHub: boolean): WriterLease => {
  const stop = new AbortController()
  const lost = new AbortController()
  const requested = new AbortController()
  let lease: KubeObject | undefined = first
  if (isHub) {
    // Without it, whoever asks waits until the lease is given back for want of use.
    void watchRequests(deps.client, first, stop.signal)
      .then((isRequested) => isRequested && requested.abort())
      .catch(() => undefined)
  }
  /** Somebody who asks for it writes it, too, and it is still ours. */
  const rewrite = async (known: KubeObject, holder: string): Promise<KubeObject | undefined> => {
    const written = await tryWrite(deps, known, holder, {})
    if (written) return written
    const now = await deps.client.get(ADDRESS)
    return now && getHolder(now) === deps.holder ? tryWrite(deps, now, holder, {}) : undefined
  }
  const renewing = (async () => {
    while (!stop.signal.aborted) {
      await deps.clock.sleep(RENEW_MS, { signal: stop.signal }).catch(() => undefined)
      if (stop.signal.aborted || !lease) return
      try {
        // To its end, whatever happens: a renewal that was sent and not heard of could not be followed by the release.
        lease = await rewrite(lease, deps.holder)
        // Somebody else wrote it, or it was deleted with its namespace: the next round of the sync finds out which.
        if (!lease) lost.abort(createClusterLocked('another writer'))
      } catch (error) {
        lost.abort(error)
        return
      }
    }
  })()
  return {
    lost: lost.signal,
    requested: requested.signal,
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      // A server that does not answer is not waited for: the lease then ends by itself.
      const waiting = new AbortController()
      const late = deps.clock.sleep(RENEW_MS, { signal: waiting.signal }).then(
        () => true,
        () => true,
      )
      const isLate = await Promise.race([renewing.then(() => false), late])
      waiting.abort()
      if (lease && !isLate) await rewrite(lease, '')
    },
  }
}

const getHolder = ({ spec }: KubeObject): string | undefined =>
  (spec as { readonly holderIdentity?: string } | undefined)?.holderIdentity

/** True as soon as somebody asks for the lease; false where that cannot be found out any more. */
const watchRequests = async (client: KubeClient, lease: KubeObject, signal: AbortSignal): Promise<boolean> => {
  const { resource, namespace, name } = ADDRESS
  const resourceVersion = lease.metadata.resourceVersion ?? ''
  const one = { resource, namespace, fieldSelector: `metadata.name=${name}`, resourceVersion }
  for await (const event of client.watchMetadata(one, { signal })) {
    if (event.type === 'RELIST') return false
    if (event.type === 'MODIFIED' && event.object.metadata.annotations?.[REQUESTED_ANNOTATION]) return true
  }
  return false
}
