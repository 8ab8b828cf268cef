import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { toError } from '../base/errors.ts'
import type { Inventory, InventoryEntry } from '../inventory/inventory.ts'
import { toRefKey } from '../kube/object.ts'
import type { InventoryStore, StoredComponent, StoredFingerprint } from '../store/inventories.ts'
import type { ComponentVerdict } from './judge-components.ts'

/** The world of recording what is on clusters. */
export type InventoryRecorderDeps = {
  readonly store: InventoryStore
  readonly clock: Clock
  readonly onError: (error: Error) => void
}

/** Keeps in the store what is on clusters, for when they are away. */
export type InventoryRecorder = AsyncDisposable & {
  /** What a whole pass said of a cluster's components; `read` gives what is recorded there, then and later. */
  readonly notePass: (
    cluster: string,
    components: readonly ComponentVerdict[],
    read: () => ReadonlyMap<string, Inventory>,
  ) => void
  /** Something else was recorded there. */
  readonly touch: (cluster: string) => void
  /** It left the fleet. */
  readonly forget: (cluster: string) => void
}

/** What changed is stored after this time, once for many. */
const FLUSH_MS = 2_000
/** Rows in one call: no other work waits longer than for these. */
const BATCH = 200

type Book = {
  components: readonly ComponentVerdict[]
  read: () => ReadonlyMap<string, Inventory>
  /** As they are stored. */
  readonly saved: Map<string, Inventory>
  /** Components as they are stored, without the time. */
  readonly told: Map<string, string>
}

/**
 * Stores what changed since it was stored last, a batch at a time. The inventories on the clusters stay the truth: what is
 * lost with the process is found to differ after the next pass, and stored then.
 */
export const createInventoryRecorder = ({ store, clock, onError }: InventoryRecorderDeps): InventoryRecorder => {
  const stop = new AbortController()
  const books = new Map<string, Book>()
  const touched = new Set<string>()
  const left = new Set<string>()
  /** As the store has it. */
  let known: Map<string, readonly StoredComponent[]> | undefined
  const loadKnown = async (): Promise<Map<string, readonly StoredComponent[]>> =>
    Map.groupBy(await store.listComponents(), ({ cluster }) => cluster)

  const saveCluster = async (cluster: string, book: Book): Promise<void> => {
    known ??= await loadKnown()
    const before = known.get(cluster) ?? []
    const time = clock.now().toISOString()
    const inventories = book.read()
    for (const [name, inventory] of inventories) {
      if (book.saved.get(name) === inventory) continue
      const stored = before.find((one) => one.name === name)
      // As the process before stored it.
      if (book.saved.has(name) || stored?.fingerprints !== digestFingerprints(inventory))
        await saveFingerprints(cluster, name, inventory, book, time)
      book.saved.set(name, inventory)
    }
    const components = toComponents(cluster, book, inventories, time)
    const changed = components.filter((one) => book.told.get(one.name) !== toText(one))
    const names = new Set(components.map(({ name }) => name))
    const gone = [...new Set([...before.map(({ name }) => name), ...book.told.keys()])].filter(
      (name) => !names.has(name),
    )
    if (changed.length > 0 || gone.length > 0) await store.saveInventory({ cluster, components: changed, gone })
    for (const one of changed) book.told.set(one.name, toText(one))
    for (const name of gone) {
      book.told.delete(name)
      book.saved.delete(name)
    }
    known.set(cluster, components)
  }

  const saveFingerprints = async (
    cluster: string,
    component: string,
    inventory: Inventory,
    { saved }: Book,
    time: string,
  ): Promise<void> => {
    const { set, remove } = saved.has(component)
      ? compareEntries(saved.get(component) as Inventory, inventory)
      : compareStored(await store.listFingerprints(cluster, component), inventory)
    const rows = set.flatMap((entry) => toFingerprint(cluster, component, entry, time))
    for (let at = 0; at < rows.length; at += BATCH) {
      await store.saveInventory({ cluster, set: rows.slice(at, at + BATCH) })
      await turn()
    }
    for (let at = 0; at < remove.length; at += BATCH)
      await store.saveInventory({
        cluster,
        remove: remove.slice(at, at + BATCH).map((object) => ({ component, object })),
      })
  }

  const forgetCluster = async (cluster: string): Promise<void> => {
    const gone = (await store.listComponents(cluster)).map(({ name }) => name)
    if (gone.length > 0) await store.saveInventory({ cluster, gone })
  }

  const flush = async (): Promise<void> => {
    for (const cluster of [...left]) {
      await forgetCluster(cluster)
      left.delete(cluster)
    }
    for (const cluster of [...touched]) {
      const book = books.get(cluster)
      // Before: what is touched meanwhile is stored next time.
      touched.delete(cluster)
      if (!book) continue
      try {
        await saveCluster(cluster, book)
      } catch (error) {
        touched.add(cluster)
        throw error
      }
      if (stop.signal.aborted) continue
      await turn()
    }
  }

  const flushing = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(FLUSH_MS, { signal: stop.signal }).catch(() => undefined)
      // The last one, too: what is known at the end is stored.
      await flush().catch((error: unknown) => onError(toError(error)))
    }
  })()

  return {
    notePass: (cluster, components, read) => {
      const book = books.get(cluster)
      if (book) Object.assign(book, { components, read })
      else books.set(cluster, { components, read, saved: new Map(), told: new Map() })
      touched.add(cluster)
    },
    touch: (cluster) => {
      if (books.has(cluster)) touched.add(cluster)
    },
    forget: (cluster) => {
      books.delete(cluster)
      left.add(cluster)
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the hub ends'))
      await flushing
    },
  }
}

const toText = ({ time: _, ...rest }: StoredComponent): string => JSON.stringify(rest)

type Differing = { readonly set: readonly InventoryEntry[]; readonly remove: readonly InventoryEntry['ref'][] }

const compareEntries = (before: Inventory, now: Inventory): Differing => ({
  set: [...now.entries].flatMap(([key, entry]) => {
    const known = before.entries.get(key)
    return known === entry || isSame(known?.fingerprint, entry.fingerprint) ? [] : [entry]
  }),
  remove: [...before.entries].flatMap(([key, { ref }]) => (isKept(now.entries.get(key)) ? [] : [ref])),
})

const compareStored = (before: readonly StoredFingerprint[], now: Inventory): Differing => {
  const stored = new Map(before.map((one) => [toRefKey(one.object), one]))
  return {
    set: [...now.entries].flatMap(([key, entry]) => (isSame(stored.get(key), entry.fingerprint) ? [] : [entry])),
    remove: before.flatMap(({ object }) => (isKept(now.entries.get(toRefKey(object))) ? [] : [object])),
  }
}

type Recorded = Pick<StoredFingerprint, 'uid' | 'resourceVersion' | 'digest' | 'revision'>

const isSame = (before: Recorded | undefined, now: Recorded | undefined): boolean =>
  before?.uid === now?.uid &&
  before?.resourceVersion === now?.resourceVersion &&
  before?.digest === now?.digest &&
  before?.revision === now?.revision

const isKept = (entry: InventoryEntry | undefined): boolean => entry?.fingerprint !== undefined

const toFingerprint = (
  cluster: string,
  component: string,
  { ref, fingerprint }: InventoryEntry,
  time: string,
): StoredFingerprint[] => {
  // Announced, and not known to be there yet.
  if (!fingerprint) return []
  const { uid, resourceVersion, generation, digest, revision } = fingerprint
  const counted = generation === undefined ? {} : { generation }
  return [{ cluster, component, object: ref, uid, resourceVersion, ...counted, digest, revision, time }]
}

/** Those that Git states, and those that are there without it. */
const toComponents = (
  cluster: string,
  { components }: Book,
  inventories: ReadonlyMap<string, Inventory>,
  time: string,
): StoredComponent[] => {
  const stated = new Set(components.map(({ name }) => name))
  const others = [...inventories.keys()].filter((name) => !stated.has(name))
  return [...components, ...others.map((name): ComponentVerdict => ({ name, state: 'pending' }))].map((verdict) => {
    const inventory = inventories.get(verdict.name)
    return {
      ...verdict,
      cluster,
      ...(inventory?.revision ? { applied: inventory.revision } : {}),
      objects: inventory?.entries.size ?? 0,
      fingerprints: inventory ? digestFingerprints(inventory) : '',
      time,
    }
  })
}

const digestFingerprints = ({ entries }: Inventory): string => {
  const hash = createHash('sha256')
  for (const key of [...entries.keys()].sort()) {
    const { uid = '', resourceVersion = '', digest = '', revision = '' } = entries.get(key)?.fingerprint ?? {}
    hash.update(`${key} ${uid} ${resourceVersion} ${digest} ${revision}\n`)
  }
  return hash.digest('base64url').slice(0, 22)
}
