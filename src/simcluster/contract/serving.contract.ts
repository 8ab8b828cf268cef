import { type ContractCases, create, get, mergePatch, remove, update } from './contract-case.ts'

const CONFIG_MAPS = '/api/v1/namespaces/{ns}/configmaps'
const REVIEWS = '/apis/authorization.k8s.io/v1'
const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { color: 'red' } }
const AGGREGATED = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }
const attributes = { verb: 'get', resource: 'pods', namespace: '{ns}' }

/** What is served where, to whom. */
export const cases: ContractCases = {
  'a path that nobody serves': [get('/nobody')],
  'a group that does not exist': [get('/apis/none.shop.io/v1/things')],
  'a group that does not exist has no discovery': [get('/apis/none.shop.io'), get('/apis/none.shop.io/v1')],
  'a version that does not exist': [get('/apis/apps/v9/deployments')],
  'a resource that does not exist': [get('/apis/apps/v1/things'), get('/api/v1/namespaces/{ns}/things/a')],
  'a subresource that does not exist': [
    create(CONFIG_MAPS, settings, { setup: true }),
    get(`${CONFIG_MAPS}/settings/status`),
    get(`${CONFIG_MAPS}/settings/none`),
  ],
  'a collection is not replaced': [update(CONFIG_MAPS, settings)],
  'a collection is not patched': [mergePatch(CONFIG_MAPS, {})],
  'nothing is created in all namespaces': [create('/api/v1/configmaps', settings)],
  'nothing is created in an object': [create(`${CONFIG_MAPS}/settings`, settings)],
  'a collection of all namespaces is not deleted': [remove('/api/v1/configmaps')],
  'a status is not deleted': [remove('/apis/apps/v1/namespaces/{ns}/deployments/a/status')],
  'the group of a kind': [get('/apis/apps')],
  'the resources of a group and version': [get('/apis/apps/v1'), get('/apis/batch/v1'), get('/apis/autoscaling/v2')],
  'the resources of the core group': [get('/api/v1')],
  'all groups, aggregated': [get('/apis', { headers: AGGREGATED })],
  'the core group, aggregated': [get('/api', { headers: AGGREGATED })],
  'the server is well': [get('/healthz'), get('/livez'), get('/readyz')],
  'somebody who is denied is told what': {
    steps: [
      get(CONFIG_MAPS, { user: 'alice' }),
      get(`${CONFIG_MAPS}/settings`, { user: 'alice' }),
      create('/apis/apps/v1/namespaces/{ns}/deployments', {}, { user: 'alice' }),
      get('/api/v1/nodes', { user: 'alice' }),
      remove('/api/v1/namespaces/{ns}', { user: 'alice' }),
      get('/apis/apps/v1/namespaces/{ns}/deployments/a/scale', { user: 'alice' }),
    ],
  },
  'impersonation without a user is refused': [
    get('/api/v1/namespaces/{ns}', { headers: { 'impersonate-group': 'a' } }),
  ],
  'somebody asks who he is': [
    create(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      { headers: { 'impersonate-user': 'carol', 'impersonate-group': 'team-c', 'impersonate-uid': 'carol-1' } },
    ),
  ],
  'the administrator may': [
    create(`${REVIEWS}/selfsubjectaccessreviews`, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: attributes },
    }),
  ],
  'a review of nothing is refused': [
    create(`${REVIEWS}/selfsubjectaccessreviews`, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {},
    }),
  ],
  'a review of a path': [
    create(`${REVIEWS}/selfsubjectaccessreviews`, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { nonResourceAttributes: { path: '/metrics', verb: 'get' } },
    }),
  ],
  'an unknown token is nobody': [
    create('/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token: 'none' },
    }),
  ],
}
