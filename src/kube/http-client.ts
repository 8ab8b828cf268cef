import { isLockstepError } from '../base/errors.ts'
import type { CallOptions, KubeClient, List, ListAddress, ObjectAddress, WriteOptions } from './client.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { createDiscoverer, type Discoverer } from './discovery.ts'
import { formatRef, type KubeObject, type ObjectMeta, type ObjectMetadata } from './object.ts'
import { formatApiVersion, formatListAddress, toCollectionPath, toObjectPath, toQuery } from './path.ts'
import { createRequester, type KubeClientDeps, type KubeRequest, type Requester } from './requester.ts'
import type { Asked } from './status-error.ts'
import { createTransport, type HttpResponse, type Transport } from './transport.ts'
import { watchMetadata } from './watch.ts'

/** Choices about connections. */
export type KubeClientOptions = {
  /** Connections at most where the server, or a proxy before it, speaks HTTP/1.1 only; 32 by default. */
  readonly connections?: number
  /** One HTTP/2 connection for all requests where the server speaks it. On by default. */
  readonly http2?: boolean
  /** 10 s by default. */
  readonly connectTimeoutMs?: number
  /** How long the server may take to answer, and then to go on. 60 s by default, as long as the server allows itself. */
  readonly requestTimeoutMs?: number
  /** In place of connections of our own: for a server in this process. The client disposes it. */
  readonly transport?: Transport
}

const PAGE_SIZE = 500
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'
const JSON_TYPE = 'application/json'

/** A client for one API server. Close it with `await using` or `[Symbol.asyncDispose]`. */
export const createKubeClient = (
  access: ClusterAccess,
  deps: KubeClientDeps,
  options: KubeClientOptions = {},
): KubeClient => {
  const transport =
    options.transport ??
    createTransport(access, {
      connections: options.connections ?? 32,
      http2: options.http2 ?? true,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
    })
  const requester = createRequester(access, transport, deps)
  return createClient(access.server, requester, createDiscoverer(requester, deps.pool), deps, async () => {
    await transport[Symbol.asyncDispose]()
  })
}

const createClient = (
  server: string,
  requester: Requester,
  discover: Discoverer,
  deps: KubeClientDeps,
  dispose: () => Promise<void>,
): KubeClient => {
  const getObject = async (
    address: ObjectAddress,
    accept: string,
    options?: CallOptions,
  ): Promise<KubeObject | undefined> => {
    const response = await requester.send({
      method: 'GET',
      path: toObjectPath(address),
      accept,
      asked: toAsked(address, 'get'),
      repeatable: true,
      expect: [404],
      signal: options?.signal,
    })
    return response.status === 404 ? undefined : parseObject(response)
  }

  const write = (
    address: ObjectAddress,
    verb: string,
    request: Pick<KubeRequest, 'method' | 'contentType' | 'expect'> & {
      readonly content?: unknown
      readonly query?: Readonly<Record<string, boolean | undefined>>
      readonly path?: string
      readonly repeatable?: boolean
    },
    options: WriteOptions | undefined,
  ): Promise<HttpResponse> => {
    const query = toQuery({
      fieldManager: request.method === 'DELETE' ? undefined : options?.fieldManager,
      fieldValidation: request.method === 'DELETE' ? undefined : 'Warn',
      dryRun: options?.dryRun ? 'All' : undefined,
      ...request.query,
    })
    return requester.send({
      method: request.method,
      path: (request.path ?? toObjectPath(address)) + query,
      ...(request.content === undefined ? {} : { body: JSON.stringify(request.content) }),
      contentType: request.contentType ?? JSON_TYPE,
      asked: toAsked(address, verb),
      repeatable: (request.repeatable ?? false) || options?.dryRun === true,
      ...(request.expect ? { expect: request.expect } : {}),
      signal: options?.signal,
    })
  }

  return {
    server,
    requestCount: requester.requestCount,
    discover,
    get: (address, callOptions) => getObject(address, JSON_TYPE, callOptions),
    getMetadata: async (address, callOptions) => {
      const object = await getObject(address, METADATA, callOptions)
      return object && toMetadata(object, address)
    },
    list: (address, callOptions) => listPages(requester, address, JSON_TYPE, toFullItem, callOptions),
    listMetadata: (address, callOptions) => listPages(requester, address, METADATA_LIST, toMetadata, callOptions),
    watchMetadata: (address, callOptions) => watchMetadata(requester, address, callOptions, deps),
    apply: async (address, object, { force, ...writeOptions }) => {
      const response = await write(
        address,
        'apply',
        {
          method: 'PATCH',
          contentType: 'application/apply-patch+yaml',
          content: object,
          query: { force },
          // Repeated, a conditional apply would conflict with itself.
          repeatable: object.metadata.resourceVersion === undefined,
        },
        writeOptions,
      )
      return { object: parseObject(response), created: response.status === 201, warnings: readWarnings(response) }
    },
    patchJson: async (address, operations, writeOptions) =>
      parseObject(
        await write(
          address,
          'patch',
          { method: 'PATCH', contentType: 'application/json-patch+json', content: operations },
          writeOptions,
        ),
      ),
    patchMerge: async (address, patch, writeOptions) =>
      parseObject(
        await write(
          address,
          'patch',
          { method: 'PATCH', contentType: 'application/merge-patch+json', content: patch },
          writeOptions,
        ),
      ),
    create: async (address, object, writeOptions) => {
      const name = object.metadata.name ?? object.metadata.generateName
      const collection = toCollectionPath(address.resource, address.namespace)
      const path = address.subresource === undefined ? collection : toObjectPath({ ...address, name })
      return parseObject(
        await write({ ...address, name }, 'create', { method: 'POST', content: object, path }, writeOptions),
      )
    },
    update: async (address, object, writeOptions) =>
      parseObject(await write(address, 'update', { method: 'PUT', content: object }, writeOptions)),
    delete: async (address, { uid, resourceVersion, propagation, ...writeOptions } = {}) => {
      const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) }
      const content = {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        propagationPolicy: propagation ?? 'Background',
        ...(uid || resourceVersion ? { preconditions } : {}),
      }
      const response = await write(
        address,
        'delete',
        { method: 'DELETE', content, expect: [404], repeatable: uid !== undefined },
        writeOptions,
      )
      return response.status === 404 ? undefined : parseObject(response)
    },
    impersonate: (who) => createClient(server, requester.impersonate(who), discover, deps, async () => {}),
    [Symbol.asyncDispose]: dispose,
  }
}

type ListPage = {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items: readonly PartialItem[] | null
}
type PartialItem = { readonly apiVersion?: string; readonly kind?: string; readonly metadata: ObjectMeta }

const listPages = async <Item>(
  requester: Requester,
  address: ListAddress,
  accept: string,
  toItem: (item: PartialItem, address: ListAddress) => Item,
  options: CallOptions | undefined,
): Promise<List<Item>> => {
  const items: Item[] = []
  const { labelSelector, fieldSelector } = address
  let limit: number | undefined = address.limit ?? PAGE_SIZE
  let continueToken: string | undefined
  for (;;) {
    const query = toQuery({ labelSelector, fieldSelector, limit, continue: continueToken })
    try {
      const response = await requester.send({
        method: 'GET',
        path: toCollectionPath(address.resource, address.namespace) + query,
        accept,
        asked: { verb: 'list', subject: formatListAddress(address) },
        repeatable: true,
        signal: options?.signal,
      })
      const page = JSON.parse(response.body) as ListPage
      for (const item of page.items ?? []) items.push(toItem(item, address))
      continueToken = page.metadata.continue || undefined
      if (continueToken === undefined) return { items, resourceVersion: page.metadata.resourceVersion ?? '' }
    } catch (error) {
      if (continueToken === undefined || !isLockstepError(error, 'KUBE_GONE')) throw error
      // The snapshot that the pages came from is gone; one page of everything cannot lose its place again.
      items.length = 0
      continueToken = undefined
      limit = undefined
    }
  }
}

/** Items of built-in kinds come without apiVersion and kind. */
const toFullItem = (item: PartialItem, { resource }: ListAddress): KubeObject => ({
  ...item,
  apiVersion: item.apiVersion ?? formatApiVersion(resource),
  kind: item.kind ?? resource.kind,
})

/** Some aggregated APIs answer with whole objects although asked for metadata. */
const toMetadata = (item: PartialItem, { resource }: Pick<ListAddress, 'resource'>): ObjectMetadata => ({
  apiVersion: formatApiVersion(resource),
  kind: resource.kind,
  metadata: item.metadata,
})

const toAsked = ({ resource, namespace, name }: ObjectAddress, verb: string): Asked => ({
  verb,
  subject: formatRef({ group: resource.group, kind: resource.kind, name, ...(namespace ? { namespace } : {}) }),
  kind: resource.kind,
})

const parseObject = (response: HttpResponse): KubeObject => JSON.parse(response.body) as KubeObject

/** `299 - "text"` headers, as the server sends for unknown fields and deprecated versions. */
const readWarnings = ({ headers }: HttpResponse): string[] => {
  const lines = headers.warning === undefined ? [] : [headers.warning].flat()
  return lines.flatMap((line) =>
    [...line.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1')),
  )
}
