import { type ContractCases, create, define, get, remove } from './contract-case.ts'

const AGGREGATED = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }
const definition = define({
  spec: {
    group: '{ns}.example.com',
    scope: 'Namespaced',
    names: {
      plural: 'things',
      singular: 'thing',
      kind: 'Thing',
      listKind: 'ThingList',
      shortNames: ['th'],
      categories: ['all'],
    },
    versions: ['v1beta1', 'v2', 'v1'].map((name) => ({
      name,
      served: true,
      storage: name === 'v1',
      ...(name === 'v1beta1' ? { deprecated: true, deprecationWarning: 'v1beta1 is old' } : {}),
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            spec: { type: 'object', properties: { replicas: { type: 'integer' } } },
            status: { type: 'object', properties: { replicas: { type: 'integer' } } },
          },
        },
      },
      subresources: {
        status: {},
        scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
      },
    })),
  },
})

/** What the server says it serves. */
export const cases: ContractCases = {
  'the version is told': [get('/version')],
  'the server says that it is well': [get('/healthz'), get('/readyz'), get('/livez'), get('/healthz/ping')],
  'the core group has one version': [get('/api')],
  'resources of the core group': [get('/api/v1')],
  'resources of apps/v1': [get('/apis/apps/v1')],
  'resources of batch/v1': [get('/apis/batch/v1')],
  'resources of autoscaling/v1 and v2': [get('/apis/autoscaling/v1'), get('/apis/autoscaling/v2')],
  'resources of networking.k8s.io/v1': [get('/apis/networking.k8s.io/v1')],
  'resources of policy/v1': [get('/apis/policy/v1')],
  'resources of rbac.authorization.k8s.io/v1': [get('/apis/rbac.authorization.k8s.io/v1')],
  'resources of storage.k8s.io/v1': [get('/apis/storage.k8s.io/v1')],
  'resources of apiextensions.k8s.io/v1': [get('/apis/apiextensions.k8s.io/v1')],
  'resources of apiregistration.k8s.io/v1': [get('/apis/apiregistration.k8s.io/v1')],
  'resources of admissionregistration.k8s.io/v1': [get('/apis/admissionregistration.k8s.io/v1')],
  'resources of coordination.k8s.io/v1': [get('/apis/coordination.k8s.io/v1')],
  'resources of discovery.k8s.io/v1': [get('/apis/discovery.k8s.io/v1')],
  'resources of events.k8s.io/v1': [get('/apis/events.k8s.io/v1')],
  'resources of authentication.k8s.io/v1': [get('/apis/authentication.k8s.io/v1')],
  'resources of authorization.k8s.io/v1': [get('/apis/authorization.k8s.io/v1')],
  'resources of certificates.k8s.io/v1': [get('/apis/certificates.k8s.io/v1')],
  'resources of scheduling.k8s.io/v1': [get('/apis/scheduling.k8s.io/v1')],
  'resources of node.k8s.io/v1': [get('/apis/node.k8s.io/v1')],
  'resources of flowcontrol.apiserver.k8s.io/v1': [get('/apis/flowcontrol.apiserver.k8s.io/v1')],
  'a group and its versions': [get('/apis/apps'), get('/apis/autoscaling'), get('/apis/rbac.authorization.k8s.io')],
  'the core group, all at once': [get('/api', { headers: AGGREGATED })],
  'a group or version that is not served is not found': [
    get('/apis/nothing.example.com'),
    get('/apis/nothing.example.com/v1'),
    get('/apis/apps/v9'),
    get('/api/v2'),
    get('/nothing'),
  ],
  'nobody in particular may ask for discovery with the right to it': [
    get('/version', { user: 'alice' }),
    get('/api', { user: 'alice' }),
    get('/healthz', { user: 'alice' }),
    get('/metrics', { user: 'alice' }),
  ],
  'a definition brings a group, versions in order, and resources': [
    ...definition,
    get('/apis/{ns}.example.com', { until: ({ status }) => status === 200 }),
    get('/apis/{ns}.example.com/v1', { until: ({ status }) => status === 200 }),
    get('/apis/{ns}.example.com/v1beta1', { until: ({ status }) => status === 200 }),
  ],
  'a deprecated version is warned of': [
    ...definition,
    get('/apis/{ns}.example.com/v1beta1/namespaces/{ns}/things'),
    create('/apis/{ns}.example.com/v1beta1/namespaces/{ns}/things', {
      apiVersion: '{ns}.example.com/v1beta1',
      kind: 'Thing',
      metadata: { name: 'a' },
    }),
  ],
  'a definition that is deleted takes its group with it': [
    ...definition,
    get('/apis/{ns}.example.com', { setup: true, until: ({ status }) => status === 200 }),
    remove('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.{ns}.example.com', { setup: true }),
    get('/apis/{ns}.example.com', { until: ({ status }) => status === 404 }),
    get('/apis/{ns}.example.com/v1', { until: ({ status }) => status === 404 }),
    get('/apis/{ns}.example.com/v1/namespaces/{ns}/things', { until: ({ status }) => status === 404 }),
  ],
  'an API service is told for each group and version': {
    steps: [get('/apis/apiregistration.k8s.io/v1/apiservices/v1.apps')],
    differs: 'built-in APIs have no APIService: nobody asks, and each cluster would have fifty more objects',
  },
  'who one is': [
    create('/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, { user: 'alice' }),
    create(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      { user: 'nobody' },
    ),
    create(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      {},
      { headers: { 'impersonate-user': 'system:serviceaccount:{ns}:robot' } },
    ),
    create(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      {},
      { headers: { 'impersonate-user': 'x', 'impersonate-uid': '7', 'impersonate-extra-a': 'b' } },
    ),
  ],
  'impersonation without a user is refused': [
    get('/api/v1/namespaces/{ns}', { headers: { 'impersonate-group': 'x' } }),
  ],
  'what one may do': [
    create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace: '{ns}' } },
    }),
    create(
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      { spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace: '{ns}' } } },
      { user: 'alice' },
    ),
    create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: {} }),
  ],
}
