import { createHash } from 'node:crypto'
import { isLockstepError } from '../base/errors.ts'
import { createPool, type Pool } from '../base/pool.ts'
import { untilAborted } from '../base/until-aborted.ts'
import type { CallOptions, Discovery, Resource } from './client.ts'
import { formatApiVersion } from './path.ts'
import type { KubeRequest, Requester } from './requester.ts'

/** `KubeClient.discover`. */
export type Discoverer = (options?: CallOptions & { readonly refresh?: boolean }) => Promise<Discovery>

/** One group and version with what it serves; `stale`: its backend did not answer. */
type GroupVersion = {
  readonly group: string
  readonly version: string
  readonly resources: readonly Resource[]
  readonly stale: boolean
}

/**
 * Discovery that is asked for once, also by callers at the same time, and again on `refresh`. Servers that serve the same
 * share what is made of their answers through the pool.
 */
export const createDiscoverer = (requester: Requester, pool: Pool = createPool()): Discoverer => {
  let known: Promise<Discovery> | undefined
  return ({ refresh, signal } = {}) => {
    if (!known || refresh) {
      const fetched = fetchDiscovery(requester, pool)
      known = fetched
      fetched.catch(() => {
        if (known === fetched) known = undefined
      })
    }
    return untilAborted(known, signal)
  }
}

/** What is served, from groups in the server's order of preference. Pure. */
const toDiscovery = (groupVersions: readonly GroupVersion[], serverVersion: string): Discovery => {
  const exact = new Map<string, Resource>()
  const preferred = new Map<string, Resource>()
  for (const resource of groupVersions.flatMap(({ resources }) => resources)) {
    const key = `${resource.group}/${resource.kind}`
    const exactKey = `${key}/${resource.version}`
    if (!exact.has(exactKey)) exact.set(exactKey, resource)
    if (!preferred.has(key)) preferred.set(key, resource)
  }
  const names = groupVersions.map(formatApiVersion)
  return {
    find: (group, kind, version) =>
      version === undefined ? preferred.get(`${group}/${kind}`) : exact.get(`${group}/${kind}/${version}`),
    resources: [...preferred.values()],
    stale: groupVersions.filter(({ stale }) => stale).map(formatApiVersion),
    apiVersions: [...names, ...[...exact.values()].map((resource) => `${formatApiVersion(resource)}/${resource.kind}`)],
    serverVersion,
  }
}

const fetchDiscovery = async (requester: Requester, pool: Pool): Promise<Discovery> => {
  const [core, groups, version] = await Promise.all([
    fetchGroups(requester, '/api'),
    fetchGroups(requester, '/apis'),
    getJson<{ readonly gitVersion?: string }>(requester, '/version'),
  ])
  const serverVersion = version.gitVersion ?? ''
  return pool.get(`discovery ${core.digest} ${groups.digest} ${serverVersion}`, () =>
    toDiscovery([...core.read(), ...groups.read()], serverVersion),
  )
}

/** What a root of the API serves, and a digest of it: it is read where nobody read the same before. */
type Groups = { readonly digest: string; readonly read: () => readonly GroupVersion[] }

const digestText = (text: string): string => createHash('sha256').update(text).digest('base64')

const AGGREGATED = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',')

type AggregatedList = {
  readonly kind: 'APIGroupDiscoveryList'
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions?: readonly {
      readonly version: string
      readonly freshness?: string
      readonly resources?: readonly AggregatedResource[]
    }[]
  }[]
}
type AggregatedResource = {
  readonly resource: string
  readonly responseKind?: { readonly kind?: string } | null
  readonly scope: string
  readonly verbs?: readonly string[]
  readonly shortNames?: readonly string[]
  readonly subresources?: readonly { readonly subresource: string }[]
}
type GroupList = {
  readonly kind: 'APIGroupList' | 'APIVersions'
  readonly groups?: readonly { readonly name: string; readonly versions: readonly { readonly version: string }[] }[]
  readonly versions?: readonly string[]
}
type ResourceList = {
  readonly resources?: readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
    readonly verbs?: readonly string[]
    readonly shortNames?: readonly string[]
  }[]
}

const fetchGroups = async (requester: Requester, root: string): Promise<Groups> => {
  const text = await getText(requester, root, AGGREGATED)
  const answer = JSON.parse(text) as AggregatedList | GroupList
  if (answer.kind === 'APIGroupDiscoveryList') return { digest: digestText(text), read: () => readAggregated(answer) }
  const named =
    answer.kind === 'APIVersions'
      ? (answer.versions ?? []).map((version) => ({ group: '', version }))
      : (answer.groups ?? []).flatMap(({ name, versions }) => versions.map(({ version }) => ({ group: name, version })))
  const read = await Promise.all(named.map((groupVersion) => fetchGroupVersion(requester, root, groupVersion)))
  return { digest: digestText(JSON.stringify(read)), read: () => read }
}

const readAggregated = (list: AggregatedList): GroupVersion[] =>
  (list.items ?? []).flatMap(({ metadata, versions = [] }) =>
    versions.map(({ version, freshness, resources = [] }) => {
      const group = metadata?.name ?? ''
      return {
        group,
        version,
        stale: freshness === 'Stale',
        resources: resources.flatMap((resource) => toResource(group, version, resource)),
      }
    }),
  )

const toResource = (group: string, version: string, entry: AggregatedResource): Resource[] => {
  // No kind: only its subresources are served.
  if (!entry.responseKind?.kind) return []
  return [
    {
      group,
      version,
      kind: entry.responseKind.kind,
      plural: entry.resource,
      namespaced: entry.scope === 'Namespaced',
      verbs: entry.verbs ?? [],
      ...(entry.shortNames ? { shortNames: entry.shortNames } : {}),
      ...(entry.subresources ? { subresources: entry.subresources.map(({ subresource }) => subresource) } : {}),
    },
  ]
}

/** Servers before 1.26, and those behind some proxies, tell one group and version at a time. */
const fetchGroupVersion = async (
  requester: Requester,
  root: string,
  { group, version }: { readonly group: string; readonly version: string },
): Promise<GroupVersion> => {
  const path = `${root}/${formatApiVersion({ group, version })}`
  try {
    const { resources = [] } = await getJson<ResourceList>(requester, path)
    return {
      group,
      version,
      stale: false,
      resources: resources
        .filter(({ name }) => !name.includes('/'))
        .map(({ name, kind, namespaced, verbs = [], shortNames }) => {
          const subresources = resources.filter((other) => other.name.startsWith(`${name}/`))
          return {
            group,
            version,
            kind,
            plural: name,
            namespaced,
            verbs,
            ...(shortNames ? { shortNames } : {}),
            ...(subresources.length
              ? { subresources: subresources.map((sub) => sub.name.slice(name.length + 1)) }
              : {}),
          }
        }),
    }
  } catch (error) {
    if (!STALE_CODES.some((code) => isLockstepError(error, code))) throw error
    return { group, version, stale: true, resources: [] }
  }
}

const STALE_CODES = ['KUBE_SERVER_ERROR', 'KUBE_NOT_FOUND', 'KUBE_TIMEOUT']

const getJson = async <Answer>(requester: Requester, path: string, accept?: string): Promise<Answer> =>
  JSON.parse(await getText(requester, path, accept)) as Answer

const getText = async (requester: Requester, path: string, accept?: string): Promise<string> => {
  const request: KubeRequest = {
    method: 'GET',
    path,
    asked: { verb: 'discovery', subject: path },
    repeatable: true,
    ...(accept ? { accept } : {}),
  }
  return (await requester.send(request)).body
}
