import type { CLUSTER_OPERATIONS } from '../../api/clusters.ts'
import { createNotFound } from '../../api/errors.ts'
import { type AnswerOf, DEFAULT_PAGE } from '../../api/operation.ts'
import type { ResolvedCluster, ResolvedComponent, ResolvedSource } from '../../fleet/resolved.ts'
import { selectClusters } from '../../fleet/selector.ts'
import { summarizeChange } from '../../store/changes.ts'
import type { StoredCluster } from '../../store/clusters.ts'
import type { StoredFinding } from '../../store/findings.ts'
import type { RunnerState } from '../cluster-runner.ts'
import { listPending, toClusterReport } from '../report-drift.ts'
import { decodeCursor, toPage } from './cursor.ts'
import type { ApiDeps, Handlers } from './handler.ts'

type Shown = AnswerOf<(typeof CLUSTER_OPERATIONS)['getCluster']>
type Listed = Awaited<ReturnType<Handlers<typeof CLUSTER_OPERATIONS>['listClusters']>>['items'][number]

/** Everything that is known of a cluster, wherever it is known. */
type Known = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly live?: RunnerState
  readonly stored?: StoredCluster
  readonly resolved?: ResolvedCluster
}

export const CLUSTER_HANDLERS: Handlers<typeof CLUSTER_OPERATIONS> = {
  listClusters: async ({ query: { state, cursor, limit = DEFAULT_PAGE, cluster: names, selector } }, deps) => {
    const after = decodeCursor<string>('listClusters', cursor, '')
    const clusters = await readKnown(deps)
    const selected = new Set(
      selectClusters({ clusters }, { ...(names ? { names } : {}), ...(selector ? { selector } : {}) }),
    )
    const found = [...clusters.values()].filter(
      ({ name, live, stored }) =>
        name > after && selected.has(name) && (state === undefined || (live ?? stored)?.state === state),
    )
    const page = toPage('listClusters', found, limit, ({ name }) => name)
    return { ...page, items: await readListed(page.items, deps) }
  },
  getCluster: async ({ params: { name } }, deps) => {
    const known = (await readKnown(deps)).get(name)
    if (!known) throw createNotFound('cluster', name)
    const [stored] = await deps.store.listClusters({ names: [name] })
    const open = await deps.store.listFindings({ isOpen: true, cluster: name })
    const [change] = await deps.store.listChanges({ cluster: name, limit: 1 })
    const shown = toShown({ ...known, ...(stored ? { stored } : {}) }, open, deps.hub.status().revision ?? '')
    return change ? { ...shown, lastChange: summarizeChange(change) } : shown
  },
}

/** What a page needs, and no more: there may be a thousand clusters. */
const readListed = async (page: readonly Known[], { hub, store }: ApiDeps): Promise<Listed[]> => {
  if (page.length === 0) return []
  const stored = new Map(
    (await store.listClusters({ names: page.map(({ name }) => name) })).map((one) => [one.name, one]),
  )
  const open = Map.groupBy(await store.listFindings({ isOpen: true }), ({ cluster }) => cluster)
  const revision = hub.status().revision ?? ''
  return page.map((known) => {
    const last = stored.get(known.name)
    return toListed({ ...known, ...(last ? { stored: last } : {}) }, open.get(known.name) ?? [], revision)
  })
}

/** Those of the fleet as they are now, and those that left it as they were last; by name. */
const readKnown = async ({ hub, store }: ApiDeps): Promise<Map<string, Known>> => {
  const live = new Map(hub.status().clusters.map((one) => [one.name, one]))
  const left = (await store.listClusterNames()).filter((name) => !live.has(name))
  const gone = left.length === 0 ? [] : await store.listClusters({ names: left })
  const stored = new Map(gone.map((one) => [one.name, one]))
  const resolved = new Map(hub.session()?.fleet.clusters.map((one) => [one.name, one]))
  const names = [...new Set([...stored.keys(), ...live.keys()])].sort()
  return new Map(
    names.map((name) => {
      const parts = { live: live.get(name), stored: stored.get(name), resolved: resolved.get(name) }
      const known = Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined))
      return [name, { name, labels: parts.live?.labels ?? {}, ...known }]
    }),
  )
}

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

const toPending = ({ live, resolved }: Known, revision: string) =>
  live && resolved ? listPending({ ...live, components: resolved.components }, revision) : []
