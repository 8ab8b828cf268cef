import type { CLUSTER_OPERATIONS } from '../../api/clusters.ts'
import { createNotFound } from '../../api/errors.ts'
import { type AnswerOf, DEFAULT_PAGE } from '../../api/operation.ts'
import type { ResolvedCluster, ResolvedComponent, ResolvedSource } from '../../fleet/resolved.ts'
import { selectClusters } from '../../fleet/selector.ts'
import { toRefKey } from '../../kube/object.ts'
import { summarizeChange } from '../../store/changes.ts'
import type { StoredCluster } from '../../store/clusters.ts'
import type { StoredFinding } from '../../store/findings.ts'
import type { StoredComponent, StoredFingerprint } from '../../store/inventories.ts'
import type { RunnerState } from '../cluster-runner.ts'
import { isBehind, listPending, toClusterReport } from '../report-drift.ts'
import { decodeCursor, toPage } from './cursor.ts'
import type { ApiDeps, Handlers } from './handler.ts'

type Shown = AnswerOf<(typeof CLUSTER_OPERATIONS)['getCluster']>
type Listed = Awaited<ReturnType<Handlers<typeof CLUSTER_OPERATIONS>['listClusters']>>['items'][number]

/** Everything that is known of a cluster, wherever it is known. */
type Known = {
  readonly name: string
  readonly live?: RunnerState
  readonly stored?: StoredCluster
  readonly resolved?: ResolvedCluster
  readonly parts?: readonly StoredComponent[]
}

export const CLUSTER_HANDLERS: Handlers<typeof CLUSTER_OPERATIONS> = {
  listClusters: async ({ query: { state, cursor, limit = DEFAULT_PAGE, cluster: names, selector } }, deps) => {
    const after = decodeCursor<string>('listClusters', cursor, '')
    const live = new Map(deps.hub.status().clusters.map((one) => [one.name, one]))
    const gone = new Map((await readGone(live, deps)).map((one) => [one.name, one]))
    const clusters = new Map([...gone.keys(), ...live.keys()].map((name) => [name, toSelectable(name, live)]))
    const found = selectClusters({ clusters }, { ...(names ? { names } : {}), ...(selector ? { selector } : {}) })
      .filter((name) => name > after)
      .filter((name) => state === undefined || (live.get(name) ?? gone.get(name))?.state === state)
    const page = toPage('listClusters', found, limit, (name) => name)
    return { ...page, items: await readListed(page.items, live, deps) }
  },
  getCluster: async ({ params: { name } }, { hub, store }) => {
    const live = hub.status().clusters.find((one) => one.name === name)
    const [stored] = await store.listClusters({ names: [name] })
    if (!live && !stored) throw createNotFound('cluster', name)
    const open = await store.listFindings({ isOpen: true, cluster: name })
    const [change] = await store.listChanges({ cluster: name, limit: 1 })
    const resolved = hub.session()?.fleet.clusters.find((one) => one.name === name)
    const known = { ...toKnown(name, live, stored, resolved), parts: await store.listComponents(name) }
    const shown = toShown(known, open, hub.status().revision ?? '')
    return change ? { ...shown, lastChange: summarizeChange(change) } : shown
  },
  listObjects: async ({ params: { name }, query: { component, cursor, limit = DEFAULT_PAGE } }, { hub, store }) => {
    const after = decodeCursor<string>('listObjects', cursor, '')
    const isKnown = hub.status().clusters.some((one) => one.name === name)
    if (!isKnown && (await store.listClusters({ names: [name] })).length === 0) throw createNotFound('cluster', name)
    const found = (await store.listFingerprints(name, component))
      .filter((one) => toKey(one) > after)
      .toSorted((left, right) => (toKey(left) < toKey(right) ? -1 : 1))
    const page = toPage('listObjects', found, limit, toKey)
    return { ...page, items: page.items.map(({ cluster: _, ...rest }) => rest) }
  },
}

/** In the order of their keys, which a cursor can name. */
const toKey = ({ component, object }: StoredFingerprint): string => `${component} ${toRefKey(object)}`

type Live = ReadonlyMap<string, RunnerState>

const toSelectable = (name: string, live: Live) => ({ name, labels: live.get(name)?.labels ?? {} })

/** Those that left the fleet, as they were last. */
const readGone = async (live: Live, { store }: ApiDeps): Promise<StoredCluster[]> => {
  const names = (await store.listClusterNames()).filter((name) => !live.has(name))
  return names.length === 0 ? [] : store.listClusters({ names })
}

/** What a page needs, and no more: there may be a thousand clusters. */
const readListed = async (names: readonly string[], live: Live, { hub, store }: ApiDeps): Promise<Listed[]> => {
  if (names.length === 0) return []
  const stored = new Map((await store.listClusters({ names })).map((one) => [one.name, one]))
  const open = Map.groupBy(await store.listFindings({ isOpen: true }), ({ cluster }) => cluster)
  const resolved = new Map(hub.session()?.fleet.clusters.map((one) => [one.name, one]))
  const revision = hub.status().revision ?? ''
  return Promise.all(
    names.map(async (name) => {
      const state = live.get(name)
      const known = toKnown(name, state, stored.get(name), resolved.get(name))
      const parts = state && isBehind(state, revision) ? { parts: await store.listComponents(name) } : {}
      return toListed({ ...known, ...parts }, open.get(name) ?? [], revision)
    }),
  )
}

const toKnown = (name: string, live?: RunnerState, stored?: StoredCluster, resolved?: ResolvedCluster): Known => ({
  name,
  ...(live ? { live } : {}),
  ...(stored ? { stored } : {}),
  ...(resolved ? { resolved } : {}),
})

const toListed = (known: Known, open: readonly StoredFinding[], revision: string): Listed => {
  const { components = [], provider } = known.resolved ?? {}
  return {
    ...toCommon(known, open, revision),
    ...(provider ? { provider: provider.type } : {}),
    components: components.length,
  }
}

const toShown = (known: Known, open: readonly StoredFinding[], revision: string): Shown => {
  const { provider, template, shape, components = [] } = known.resolved ?? {}
  const behind = new Set(toPending(known, revision).map(({ component }) => component))
  return {
    ...toCommon(known, open, revision),
    ...(provider ? { provider: { ...provider } } : {}),
    ...(template ? { template: { ...template } } : {}),
    ...(shape ? { shape: { ...shape } } : {}),
    components: components.map((component) => ({
      ...toComponent(component),
      ...toPart(known.parts?.find(({ name }) => name === component.name)),
      findings: open.filter((finding) => finding.component === component.name).length,
      pending: behind.has(component.name) ? 1 : 0,
    })),
  }
}

const toComponent = ({ name, source, namespace, owner, dependsOn, policy }: ResolvedComponent) => ({
  name,
  source: toPlainSource(source),
  ...(namespace === undefined ? {} : { namespace }),
  ...(owner === undefined ? {} : { owner }),
  dependsOn,
  policy: { ...policy },
})

const toPart = (part: StoredComponent | undefined) =>
  part && {
    state: part.state,
    ...(part.message === undefined ? {} : { message: part.message }),
    ...(part.applied === undefined ? {} : { applied: part.applied }),
    objects: part.objects,
  }

/** Of a grant only what it is called: its bindings are a matter of its own. */
const toPlainSource = (source: ResolvedSource): Record<string, unknown> =>
  source.type === 'grant'
    ? { type: 'grant', grant: { name: source.grant.name, template: source.grant.template } }
    : { ...source }

const toCommon = (known: Known, open: readonly StoredFinding[], revision: string) => {
  const { live, stored, name } = known
  const { state, message, target, applied, objects } = live ?? (stored as StoredCluster)
  const { reachable, error } = toClusterReport({ name, state, ...(message === undefined ? {} : { message }) })
  return {
    name,
    ...(live ? { labels: live.labels } : {}),
    state,
    ...(message === undefined ? {} : { message }),
    reachable,
    ...(error === undefined ? {} : { error }),
    ...(live?.version === undefined ? {} : { version: live.version }),
    ...(target === undefined ? {} : { target }),
    ...(applied === undefined ? {} : { applied }),
    objects,
    findings: open.filter(({ cluster }) => cluster === name).length,
    pending: toPending(known, revision).length,
    ...(stored ? { seen: stored.seen } : {}),
  }
}

const toPending = ({ live, resolved, parts = [] }: Known, revision: string) =>
  live && resolved ? listPending({ ...live, components: resolved.components, stored: parts }, revision) : []
