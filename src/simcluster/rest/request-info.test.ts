import { expect, test } from 'vitest'
import type { ApiRequest } from '../api.ts'
import { readRequestInfo } from './request-info.ts'

const read = (line: string) => {
  const [method = '', url = ''] = line.split(' ')
  const [path = '', query = ''] = url.split('?')
  return readRequestInfo({ method: method as ApiRequest['method'], path, query: new URLSearchParams(query) })
}

test.each([
  ['GET /api/v1/pods', { verb: 'list', group: '', version: 'v1', plural: 'pods' }],
  ['GET /api/v1/pods?watch=true', { verb: 'watch', plural: 'pods' }],
  ['GET /api/v1/pods?watch=false', { verb: 'list' }],
  ['GET /api/v1/namespaces', { verb: 'list', plural: 'namespaces' }],
  ['GET /api/v1/namespaces/shop', { verb: 'get', plural: 'namespaces', namespace: 'shop', name: 'shop' }],
  [
    'PUT /api/v1/namespaces/shop/finalize',
    { verb: 'update', plural: 'namespaces', name: 'shop', subresource: 'finalize' },
  ],
  [
    'GET /api/v1/namespaces/shop/pods/web/log',
    { verb: 'get', namespace: 'shop', plural: 'pods', name: 'web', subresource: 'log' },
  ],
  [
    'POST /apis/apps/v1/namespaces/shop/deployments',
    { verb: 'create', group: 'apps', namespace: 'shop', plural: 'deployments' },
  ],
  ['PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale', { verb: 'patch', name: 'web', subresource: 'scale' }],
  ['DELETE /apis/apps/v1/namespaces/shop/deployments', { verb: 'deletecollection' }],
  ['DELETE /apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode', { verb: 'delete', name: 'system:node' }],
  ['GET /api/v1/watch/namespaces/shop/pods', { verb: 'watch', namespace: 'shop', plural: 'pods', isWatchPath: true }],
  ['GET /api/v1/pods?fieldSelector=metadata.name%3Dweb', { verb: 'list', name: 'web' }],
])('%s is about a resource', (line, expected) => {
  expect(read(line)).toMatchObject({ kind: 'resource', ...expected })
})

test.each([
  'GET /',
  'GET /version',
  'GET /api',
  'GET /api/v1',
  'GET /apis/apps',
  'GET /apis/apps/v1',
  'GET /openapi/v3/api/v1',
])('%s is about none', (line) => {
  expect(read(line)).toMatchObject({ kind: 'other', verb: 'get' })
})
