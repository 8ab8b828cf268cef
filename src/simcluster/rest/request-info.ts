import type { ApiRequest } from '../api.ts'

/** What a request is about, read from its method, path and query alone. */
export type RequestInfo =
  | { readonly kind: 'other'; readonly verb: string; readonly path: string }
  | {
      readonly kind: 'resource'
      readonly verb: string
      readonly path: string
      readonly group: string
      readonly version: string
      /** Undefined: cluster-scoped, or all namespaces. */
      readonly namespace: string | undefined
      readonly plural: string
      /** Undefined: the collection. */
      readonly name: string | undefined
      readonly subresource: string | undefined
      /** Path parts beyond the subresource. */
      readonly rest: readonly string[]
      /** `/watch/` in the path, as old clients watch. */
      readonly isWatchPath: boolean
    }

/** The part of {@link RequestInfo} about resources. */
export type ResourceRequestInfo = Extract<RequestInfo, { kind: 'resource' }>

const VERBS: Readonly<Record<ApiRequest['method'], string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize'])

/** Reads what a request is about. */
export const readRequestInfo = ({
  method,
  path,
  query,
}: Pick<ApiRequest, 'method' | 'path' | 'query'>): RequestInfo => {
  const other: RequestInfo = { kind: 'other', verb: method.toLowerCase(), path }
  const parts = path.split('/').filter((part) => part !== '')
  const prefix = parts.shift()
  if (!(prefix === 'api' && parts.length >= 2) && !(prefix === 'apis' && parts.length >= 3)) return other
  const group = prefix === 'api' ? '' : decode(parts.shift() as string)
  const version = decode(parts.shift() as string)
  const isWatchPath = parts[0] === 'watch' && parts.length > 1
  if (isWatchPath) parts.shift()

  let namespace: string | undefined
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = decode(parts[1] as string)
    if (parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] as string)) parts.splice(0, 2)
  }
  const [plural = '', name, subresource, ...rest] = parts.map(decode)
  return {
    kind: 'resource',
    verb: isWatchPath ? 'watch' : toVerb(method, name, query),
    path,
    group,
    version,
    namespace,
    plural,
    name: name ?? (isWatchPath || method === 'GET' ? readSelectedName(query) : undefined),
    subresource,
    rest,
    isWatchPath,
  }
}

const toVerb = (method: ApiRequest['method'], name: string | undefined, query: URLSearchParams): string => {
  if (method === 'GET' && isWatch(query) && name === undefined) return 'watch'
  if (name === undefined && method === 'GET') return 'list'
  if (name === undefined && method === 'DELETE') return 'deletecollection'
  return VERBS[method]
}

/** `?watch`, `?watch=1`, `?watch=true`. */
export const isWatch = (query: URLSearchParams): boolean => {
  const value = query.get('watch')
  return value !== null && value !== 'false' && value !== '0'
}

/** A list or watch of one object by its name counts as a request about that object. */
const readSelectedName = (query: URLSearchParams): string | undefined => {
  for (const term of (query.get('fieldSelector') ?? '').split(',')) {
    const [, name] = /^metadata\.name==?(.+)$/.exec(term) ?? []
    if (name && !/[/%]/.test(name) && name !== '.' && name !== '..') return name
  }
  return undefined
}

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    // A stray `%` stands for itself.
    return part
  }
}
