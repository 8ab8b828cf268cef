import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from '../../kube/object.ts'
import { type Part, type PartPool, readPart } from './pool.ts'

/** The version and kind an object is stored as; one value for all objects of a kind. */
export type StoredType = { readonly apiVersion: string; readonly kind: string }

/**
 * One object in the store. What differs from cluster to cluster (uid, version, times) is a few numbers; everything else
 * is shared with the equal objects of other clusters. Never changed: an update stores a new one.
 */
export type StoredObject = {
  readonly type: StoredType
  /** `namespace/name`, or `name`. */
  readonly key: string
  /** The number its uid is made of. */
  readonly serial: number
  readonly resourceVersion: number
  /** Seconds since 1970. */
  readonly created: number
  /** The times of its managed fields, in seconds: one number where they are all the same. */
  readonly times: number | readonly number[]
  /** Metadata without uid, resourceVersion, creationTimestamp and managedFields. */
  readonly meta: Part
  readonly managed: Part | undefined
  readonly status: Part | undefined
  /** All other fields. */
  readonly content: Part
}

/** What the store gives an object itself. */
export type Identity = Pick<StoredObject, 'type' | 'key' | 'serial' | 'resourceVersion' | 'created'>

/** Takes an object apart. What is the same as in the one before it is not looked at again. */
export const storeObject = (
  pool: PartPool,
  identity: Identity,
  object: KubeObject,
  previous?: StoredObject,
): StoredObject => {
  const { apiVersion: _apiVersion, kind: _kind, metadata, status, ...content } = object
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, managedFields, ...meta } = metadata
  const { entries, times } = takeTimes(managedFields ?? [])
  const part = keepPart(pool, meta, previous?.meta)
  part.key ??= identity.key
  return {
    type: identity.type,
    key: part.key,
    serial: identity.serial,
    resourceVersion: identity.resourceVersion,
    created: identity.created,
    times,
    meta: part,
    managed: entries.length > 0 ? pool.intern(entries) : undefined,
    status: status === undefined ? undefined : keepPart(pool, toBox(status), previous?.status),
    content: keepPart(pool, content, previous?.content),
  }
}

/** The part before, where each member is the very value that it has. */
const keepPart = (pool: PartPool, members: Readonly<Record<string, unknown>>, before: Part | undefined): Part => {
  const known = before?.value?.deref() as Readonly<Record<string, unknown>> | undefined
  const keys = Object.keys(members)
  const isSame =
    known !== undefined &&
    keys.length === Object.keys(known).length &&
    keys.every((key) => members[key] !== undefined && members[key] === known[key])
  return isSame ? (before as Part) : pool.intern(members)
}

/** The object whole, as it was stored. Its parts are shared: nobody may change them. */
export const readObject = (stored: StoredObject, uid: string, withManaged = true): KubeObject => ({
  apiVersion: stored.type.apiVersion,
  kind: stored.type.kind,
  metadata: readMetadata(stored, uid, withManaged),
  ...readPart(stored.content),
  ...(stored.status ? { status: fromBox(stored.status) } : {}),
})

/** The metadata of an object, whole. */
export const readMetadata = (stored: StoredObject, uid: string, withManaged = true): ObjectMeta => {
  const { name, generateName, namespace, generation, ...others } = readPart(stored.meta) as unknown as ObjectMeta
  // In the order of the server, because some of its messages repeat an object.
  return {
    name,
    ...(generateName === undefined ? {} : { generateName }),
    ...(namespace === undefined ? {} : { namespace }),
    uid,
    resourceVersion: String(stored.resourceVersion),
    ...(generation === undefined ? {} : { generation }),
    creationTimestamp: formatSeconds(stored.created),
    ...others,
    ...(withManaged && stored.managed ? { managedFields: putTimes(stored.managed, stored.times) } : {}),
  }
}

/** The labels of an object. */
export const readLabels = (stored: StoredObject): Readonly<Record<string, string>> =>
  (readPart(stored.meta) as unknown as ObjectMeta).labels ?? {}

/** The members of an object after apiVersion and kind, as JSON text without braces. Faster than `JSON.stringify`. */
export const formatMembers = (stored: StoredObject, uid: string): string => {
  const content = stored.content.text
  return `"metadata":${formatMetadata(stored, uid)}${content.length > 2 ? `,${content.slice(1, -1)}` : ''}${
    stored.status ? `,${stored.status.text.slice(1, -1)}` : ''
  }`
}

/** The metadata of an object as JSON text. */
export const formatMetadata = (stored: StoredObject, uid: string): string =>
  `${stored.meta.text.slice(0, -1)},"uid":"${uid}","resourceVersion":"${stored.resourceVersion}","creationTimestamp":"${formatSeconds(stored.created)}"${
    stored.managed ? `,"managedFields":${formatManaged(stored.managed, stored.times)}` : ''
  }}`

/** `2026-01-02T03:04:05Z`, as the server writes times. */
export const formatSeconds = (seconds: number): string => {
  if (seconds !== lastSeconds) {
    lastSeconds = seconds
    lastText = `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`
  }
  return lastText
}
// Objects next to one another are mostly of the same second.
let lastSeconds = Number.NaN
let lastText = ''

/** A status is kept as a member, because a part is an object, and whoever defines a kind may call a text its status. */
const toBox = (status: unknown): { status: unknown } => ({ status })
const fromBox = (part: Part): unknown => readPart(part).status

/** In place of a time. Everything below an entry is empty objects, so no other member has a number. */
const TIME = '"time":0'

const takeTimes = (
  managedFields: readonly ManagedFieldsEntry[],
): { entries: readonly object[]; times: number | readonly number[] } => {
  const times: number[] = []
  const entries = managedFields.map((entry) => {
    const seconds = entry.time === undefined ? Number.NaN : Date.parse(entry.time) / 1_000
    if (!Number.isInteger(seconds) || formatSeconds(seconds) !== entry.time) return entry
    times.push(seconds)
    return { ...entry, time: 0 }
  })
  const [first] = times
  return { entries, times: first !== undefined && times.every((time) => time === first) ? first : times }
}

const putTimes = (part: Part, times: number | readonly number[]): readonly ManagedFieldsEntry[] => {
  let next = 0
  return (readPart(part) as unknown as readonly (Omit<ManagedFieldsEntry, 'time'> & { time?: string | number })[]).map(
    (entry) =>
      entry.time === 0
        ? { ...entry, time: formatSeconds(typeof times === 'number' ? times : (times[next++] as number)) }
        : (entry as ManagedFieldsEntry),
  )
}

const formatManaged = ({ text }: Part, times: number | readonly number[]): string => {
  if (typeof times === 'number') return text.replaceAll(TIME, `"time":"${formatSeconds(times)}"`)
  let next = 0
  return text.replaceAll(TIME, () => `"time":"${formatSeconds(times[next++] as number)}"`)
}
