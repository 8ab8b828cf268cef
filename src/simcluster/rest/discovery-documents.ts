import { createHash } from 'node:crypto'
import type { ResourceType } from '../kinds/resource-type.ts'
import { loadServerDocuments } from '../schema/server-documents.ts'
import { toApiVersion } from './scope.ts'

/** A kind as discovery names it: group and version are empty where they are the resource's. */
type ResponseKind = { readonly group: string; readonly version: string; readonly kind: string }

/** One resource in aggregated discovery. */
export type DiscoveredResource = {
  readonly resource: string
  readonly responseKind?: ResponseKind | null
  readonly scope: 'Namespaced' | 'Cluster'
  readonly singularResource: string
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly subresources?: readonly DiscoveredSubresource[]
}
type DiscoveredSubresource = {
  readonly subresource: string
  readonly responseKind?: ResponseKind | null
  readonly acceptedTypes?: readonly ResponseKind[]
  readonly verbs: readonly string[]
}

/** One group in aggregated discovery. */
export type DiscoveredGroup = {
  readonly metadata: { readonly name?: string }
  readonly versions: readonly {
    readonly version: string
    readonly resources: readonly DiscoveredResource[]
    readonly freshness: string
  }[]
}

let builtIn: { readonly core: readonly DiscoveredGroup[]; readonly groups: readonly DiscoveredGroup[] } | undefined

/** What the server itself serves: the core group apart, as it is asked for apart. */
export const loadBuiltInGroups = (): NonNullable<typeof builtIn> => {
  builtIn ??= { core: readGroups('/api'), groups: readGroups('/apis') }
  return builtIn
}

const readGroups = (path: string): readonly DiscoveredGroup[] =>
  (JSON.parse(loadServerDocuments().read(path) ?? '{}') as { items?: readonly DiscoveredGroup[] }).items ?? []

/** The groups of custom resources, by name; their versions as the definitions order them. */
export const toCustomGroups = (types: readonly ResourceType[]): readonly DiscoveredGroup[] => {
  const groups = Map.groupBy(types, ({ group }) => group)
  return [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, members]) => ({
      metadata: { name },
      versions: [...Map.groupBy(members, ({ version }) => version)]
        .sort(([left], [right]) => compareVersions(left, right))
        .map(([version, resources]) => ({
          version,
          resources: resources.map(toDiscovered).sort((left, right) => (left.resource < right.resource ? -1 : 1)),
          freshness: 'Current',
        })),
    }))
}

const toDiscovered = (type: ResourceType): DiscoveredResource => {
  const own: ResponseKind = { group: type.group, version: type.version, kind: type.kind }
  const subresources: DiscoveredSubresource[] = [
    ...(type.subresources.has('status')
      ? [{ subresource: 'status', responseKind: own, verbs: ['get', 'patch', 'update'] }]
      : []),
    ...(type.subresources.has('scale')
      ? [{ subresource: 'scale', responseKind: SCALE, verbs: ['get', 'patch', 'update'] }]
      : []),
  ]
  return {
    resource: type.plural,
    responseKind: own,
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: type.singular,
    verbs: CUSTOM_VERBS,
    ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
    ...(type.categories.length > 0 ? { categories: type.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  }
}

const SCALE: ResponseKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']

/** Stable before beta before alpha, newer before older, others last by name. */
export const compareVersions = (left: string, right: string): number => {
  const [a, b] = [rankVersion(left), rankVersion(right)]
  for (let at = 0; at < 3; at++) if (a[at] !== b[at]) return (b[at] as number) - (a[at] as number)
  return left < right ? -1 : 1
}

const rankVersion = (version: string): readonly number[] => {
  const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? []
  if (major === undefined) return [-1, 0, 0]
  return [stage === undefined ? 2 : stage === 'beta' ? 1 : 0, Number(major), Number(minor ?? 0)]
}

/** `APIResourceList`: the plain form of one group and version. */
export const toResourceList = (group: string, version: string, resources: readonly DiscoveredResource[]): object => ({
  kind: 'APIResourceList',
  ...(group === '' ? {} : { apiVersion: 'v1' }),
  groupVersion: toApiVersion({ group, version }),
  resources: [...resources]
    .sort((left, right) => (left.resource < right.resource ? -1 : 1))
    .flatMap((resource) => toApiResources(group, version, resource)),
})

type ApiResource = { readonly name: string } & Readonly<Record<string, unknown>>

const toApiResources = (group: string, version: string, resource: DiscoveredResource): ApiResource[] => {
  const { resource: name, responseKind, scope, singularResource, verbs, shortNames, categories } = resource
  const namespaced = scope === 'Namespaced'
  const subresources = (resource.subresources ?? []).map((sub) => ({
    name: `${name}/${sub.subresource}`,
    singularName: '',
    namespaced,
    ...toOtherGroup(sub.acceptedTypes?.[0] ?? sub.responseKind, group, version),
    kind: sub.acceptedTypes?.[0]?.kind ?? sub.responseKind?.kind ?? '',
    verbs: sub.verbs,
  }))
  if (!responseKind?.kind) return subresources
  const own = {
    name,
    singularName: singularResource,
    namespaced,
    ...toOtherGroup(responseKind, group, version),
    kind: responseKind.kind,
    verbs,
    ...(shortNames ? { shortNames } : {}),
    ...(categories ? { categories } : {}),
    ...(verbs.includes('watch')
      ? // Custom resources have one for all of their versions.
        { storageVersionHash: hashStorageVersion(group, verbs === CUSTOM_VERBS ? '' : version, responseKind.kind) }
      : {}),
  }
  return [own, ...subresources]
}

const toOtherGroup = (kind: ResponseKind | null | undefined, group: string, version: string): object =>
  !kind || kind.version === '' || (kind.group === group && kind.version === version)
    ? {}
    : { group: kind.group, version: kind.version }

/** Which version is stored is not said by discovery: some are stored as another than they are served as. */
const STORED_AS: Readonly<Record<string, readonly [string, string]>> = {
  'events.k8s.io/v1/Event': ['', 'v1'],
  'apiextensions.k8s.io/v1/CustomResourceDefinition': ['apiextensions.k8s.io', 'v1beta1'],
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy': ['admissionregistration.k8s.io', 'v1beta1'],
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding': ['admissionregistration.k8s.io', 'v1beta1'],
  'autoscaling/v1/HorizontalPodAutoscaler': ['autoscaling', 'v2'],
}

const hashStorageVersion = (group: string, version: string, kind: string): string => {
  const [storedGroup, storedVersion] = STORED_AS[`${group}/${version}/${kind}`] ?? [group, version]
  return createHash('sha256')
    .update(`${storedGroup}/${storedVersion}/${kind}`)
    .digest()
    .subarray(0, 8)
    .toString('base64')
}

/** `APIGroup`: a group with its versions. */
export const toApiGroup = ({ metadata, versions }: DiscoveredGroup): object => {
  const named = versions.map(({ version }) => ({ groupVersion: `${metadata.name}/${version}`, version }))
  return { name: metadata.name, versions: named, preferredVersion: named[0] }
}
