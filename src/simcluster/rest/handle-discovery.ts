import { createHash } from 'node:crypto'
import type { ApiRequest, ApiResponse } from '../api.ts'
import { parseAccept } from './accept.ts'
import { readWanted } from './answer-form.ts'
import {
  type DiscoveredGroup,
  loadBuiltInGroups,
  toApiGroup,
  toCustomGroups,
  toResourceList,
} from './discovery-documents.ts'
import { createNoSuchResource } from './failures.ts'
import { respondJson } from './respond.ts'
import type { Backend } from './scope.ts'

/** Answers `/api`, `/apis`, and what is below them down to group and version; undefined where nothing is served. */
export const handleDiscovery = (backend: Backend, path: string, request: ApiRequest): ApiResponse | undefined => {
  const [root, group, version, more] = path.split('/').filter((part) => part !== '')
  if (more !== undefined) return undefined
  if (root === 'api') {
    if (group === undefined) return handleRoot(request, loadBuiltInGroups().core, toVersions)
    if (version !== undefined) return undefined
    const answered = respondVersion(request, loadBuiltInGroups().core, '', group)
    if (!answered) throw createNoSuchResource()
    return answered
  }
  if (root !== 'apis') return undefined
  const groups = listGroups(backend)
  if (group === undefined) return handleRoot(request, groups, toGroupList)
  const found = groups.find(({ metadata }) => metadata.name === group)
  if (!found) return undefined
  if (version !== undefined) {
    const answered = respondVersion(request, groups, group, version)
    if (!answered) throw createNoSuchResource()
    return answered
  }
  return respondJson(
    200,
    JSON.stringify({ kind: 'APIGroup', apiVersion: 'v1', ...toApiGroup(found) }),
    readWanted(request),
  )
}

const listGroups = ({ registry }: Backend): readonly DiscoveredGroup[] => [
  ...loadBuiltInGroups().groups,
  ...toCustomGroups(registry.list().filter(({ custom }) => custom)),
]

const handleRoot = (
  request: ApiRequest,
  groups: readonly DiscoveredGroup[],
  toPlain: (groups: readonly DiscoveredGroup[]) => object,
): ApiResponse => {
  const version = readAggregated(request.headers.accept)
  if (version === undefined) return respondJson(200, JSON.stringify(toPlain(groups)), readWanted(request))
  const text = JSON.stringify({
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups,
  })
  const etag = `"${createHash('sha512').update(text).digest('hex').toUpperCase()}"`
  const headers = {
    'content-type': `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    'cache-control': 'public',
    etag,
    vary: 'Accept',
  }
  if (request.headers['if-none-match'] === etag) return { status: 304, headers, body: '' }
  return { status: 200, headers, body: `${text}\n` }
}

/** The version of aggregated discovery that is asked for before the plain one. */
const readAggregated = (accept: string | undefined): string | undefined => {
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    const { g, v, as } = parameters
    if (type === 'application/json' && g === 'apidiscovery.k8s.io' && as === 'APIGroupDiscoveryList' && v === 'v2')
      return v
    if (/^(?:application\/json|application\/\*|\*\/\*)$/.test(type) && g === undefined) return undefined
  }
  return undefined
}

const toVersions = (groups: readonly DiscoveredGroup[]): object => ({
  kind: 'APIVersions',
  versions: groups.flatMap(({ versions }) => versions.map(({ version }) => version)),
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1:6443' }],
})

const toGroupList = (groups: readonly DiscoveredGroup[]): object => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groups.map(toApiGroup),
})

const respondVersion = (
  request: ApiRequest,
  groups: readonly DiscoveredGroup[],
  group: string,
  version: string,
): ApiResponse | undefined => {
  const found = groups
    .find(({ metadata }) => (metadata.name ?? '') === group)
    ?.versions.find((candidate) => candidate.version === version)
  return found && respondJson(200, JSON.stringify(toResourceList(group, version, found.resources)), readWanted(request))
}
