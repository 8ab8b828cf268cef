import type { Clock } from '../base/clock.ts'
import type { Discovery } from '../kube/client.ts'
import { type ObjectRef, toRefKey } from '../kube/object.ts'
import type { StoredFinding } from '../store/findings.ts'

/** Who wrote to a cluster, as its API server says in an audit event. */
export type Actor = {
  readonly user: string
  readonly groups: readonly string[]
  readonly sourceIps: readonly string[]
  readonly userAgent: string
  readonly verb: string
  /** When the request came, ISO 8601. */
  readonly time: string
}

/** An audit event of Kubernetes (`audit.k8s.io/v1`), as far as it is read here. */
type AuditEvent = {
  readonly verb?: string
  readonly requestURI?: string
  readonly user?: { readonly username?: string; readonly groups?: readonly string[] }
  readonly impersonatedUser?: { readonly username?: string; readonly groups?: readonly string[] }
  readonly sourceIPs?: readonly string[]
  readonly userAgent?: string
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly resource?: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code?: number }
  readonly requestReceivedTimestamp?: string
  readonly stage?: string
}

type Noted = Actor & { readonly key: string; readonly fieldManager?: string }

/** Who wrote which object lately. */
export type Actors = {
  /** Takes a batch of audit events of a cluster; gives the objects that they are about, by their keys. */
  readonly note: (cluster: string, batch: unknown, discovery: Discovery) => ReadonlySet<string>
  /** Whoever most likely made what was found. */
  readonly find: (finding: StoredFinding) => Actor | undefined
}

const KEPT_MS = 120_000
const MOST = 20_000
const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])
/** Clocks of a hub and an API server may differ by so much. */
const SKEW_MS = 2_000

/**
 * Remembers for two minutes who wrote what, from the audit events of API servers. Events come in batches, before or after
 * the watch has told of the change. Of several writers the one whose field manager the finding names is meant, else the
 * last one before it was seen.
 */
export const createActors = ({ clock }: { readonly clock: Clock }): Actors => {
  const noted = new Map<string, Noted[]>()
  let order: { readonly id: string; readonly at: number }[] = []

  const forget = (): void => {
    const oldest = clock.now().getTime() - KEPT_MS
    const kept = order.slice(-MOST).filter(({ at }) => at > oldest)
    if (kept.length === order.length) return
    const live = new Set(kept.map(({ id }) => id))
    for (const id of noted.keys()) if (!live.has(id)) noted.delete(id)
    order = kept
  }

  return {
    note: (cluster, batch, discovery) => {
      const found = readEvents(batch).flatMap((event) => toNoted(event, discovery))
      for (const one of found) {
        const id = `${cluster} ${one.key}`
        noted.set(id, [...(noted.get(id) ?? []).slice(-20), one])
        order.push({ id, at: clock.now().getTime() })
      }
      forget()
      return new Set(found.map(({ key }) => key))
    },
    find: ({ cluster, object, manager, firstSeen }) => {
      const latest = Date.parse(firstSeen) + SKEW_MS
      const candidates = (noted.get(`${cluster} ${toRefKey(object)}`) ?? []).filter(
        ({ time }) => Date.parse(time) <= latest && Date.parse(time) > latest - KEPT_MS,
      )
      const named = candidates.filter(({ fieldManager }) => fieldManager === manager)
      const best = (named.length > 0 ? named : candidates).at(-1)
      if (!best) return undefined
      const { key: _, fieldManager: __, ...actor } = best
      return actor
    },
  }
}

const readEvents = (batch: unknown): AuditEvent[] => {
  const { items } = (batch ?? {}) as { items?: unknown }
  return Array.isArray(items) ? items.filter((item) => item !== null && typeof item === 'object') : []
}

/** What was written by others and let in. Our own writes are no drift; status is not watched. */
const toNoted = (event: AuditEvent, discovery: Discovery): Noted[] => {
  const { verb = '', objectRef, responseStatus, userAgent = '', requestURI = '', user = {}, impersonatedUser } = event
  if (!WRITES.has(verb) || event.stage !== 'ResponseComplete' || /[?&]dryRun=/.test(requestURI)) return []
  if ((responseStatus?.code ?? 500) >= 300 || userAgent.startsWith('lockstep/')) return []
  const ref = toObjectRef(objectRef, discovery)
  if (!ref) return []
  const who = impersonatedUser ?? user
  const named = new URL(requestURI, 'http://server').searchParams.get('fieldManager')
  return [
    {
      key: toRefKey(ref),
      // As the API server makes it where a client names none.
      fieldManager: named ?? userAgent.split('/')[0] ?? '',
      user: impersonatedUser ? `${who.username} (impersonated by ${user.username})` : String(who.username ?? 'unknown'),
      groups: who.groups ?? [],
      sourceIps: event.sourceIPs ?? [],
      userAgent,
      verb,
      time: event.requestReceivedTimestamp ?? '',
    },
  ]
}

const toObjectRef = (written: AuditEvent['objectRef'], discovery: Discovery): ObjectRef | undefined => {
  if (!written?.name || written.subresource === 'status') return undefined
  const { apiGroup: group = '', resource: plural, namespace, name } = written
  const resource = discovery.resources.find((one) => one.group === group && one.plural === plural)
  if (!resource) return undefined
  return { group, kind: resource.kind, ...(resource.namespaced && namespace ? { namespace } : {}), name }
}
