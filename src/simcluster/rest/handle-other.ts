import type { ApiRequest, ApiResponse } from '../api.ts'
import { loadServerDocuments } from '../schema/server-documents.ts'
import { handleDiscovery } from './handle-discovery.ts'
import { findOpenApiDocument, listOpenApiDocuments } from './openapi-documents.ts'
import { respondNoSuchPath, respondText } from './respond.ts'
import type { Backend } from './scope.ts'

/** Answers a request that is not about objects. */
export const handleOther = (backend: Backend, path: string, request: ApiRequest): ApiResponse => {
  const [, endpoint] = /^\/(healthz|livez|readyz)(?:\/|$)/.exec(path) ?? []
  if (endpoint) return respondText(200, request.query.has('verbose') ? `[+]ping ok\n${endpoint} check passed\n` : 'ok')
  if (/^\/version\/?$/.test(path)) return respondVersion()
  if (/^\/openapi\/v3\/?$/.test(path)) return respondOpenApiIndex(backend)
  if (path.startsWith(OPENAPI)) return respondOpenApi(backend, path.slice(OPENAPI.length), request)
  return handleDiscovery(backend, path, request) ?? respondNoSuchPath()
}

const OPENAPI = '/openapi/v3/'

const respondVersion = (): ApiResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(JSON.parse(loadServerDocuments().read('/version') as string), undefined, 2),
})

const respondOpenApiIndex = (backend: Backend): ApiResponse => {
  const paths = Object.fromEntries(
    [...listOpenApiDocuments(backend)].map(([name, hash]) => [
      name,
      { serverRelativeURL: `${OPENAPI}${name}?hash=${hash}` },
    ]),
  )
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: JSON.stringify({ paths }) }
}

const YEAR_SECONDS = 31_536_000

const respondOpenApi = (backend: Backend, name: string, request: ApiRequest): ApiResponse => {
  const document = findOpenApiDocument(backend, name.replace(/\/$/, ''))
  if (!document) return respondNoSuchPath()
  if (!acceptsJson(request.headers.accept)) return { status: 406, headers: {}, body: '' }
  const etag = `"${document.hash}"`
  const asked = request.query.get('hash')
  if (asked !== null && asked !== document.hash) {
    const location = `${OPENAPI}${name}?hash=${document.hash}`
    return { status: 301, headers: { location }, body: '' }
  }
  const headers = {
    'content-type': 'application/json',
    etag,
    vary: 'Accept',
    ...(asked === null ? {} : { 'cache-control': `public, immutable, max-age=${YEAR_SECONDS}` }),
  }
  return request.headers['if-none-match'] === etag
    ? { status: 304, headers, body: '' }
    : { status: 200, headers, body: document.text }
}

const acceptsJson = (accept: string | undefined): boolean =>
  accept === undefined || /application\/json|application\/\*|\*\/\*/.test(accept)
