import {
  apply,
  type ContractCases,
  create,
  get,
  jsonPatch,
  mergePatch,
  read,
  remove,
  strategicPatch,
  update,
  watch,
} from './contract-case.ts'

const CONFIG_MAPS = '/api/v1/namespaces/{ns}/configmaps'
const NAMESPACE = '/api/v1/namespaces/{ns}'
const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { color: 'red' } }
const prepared = create(CONFIG_MAPS, settings, { setup: true, as: 'settings' })
const typed = (type: string) => ({ headers: { 'content-type': type } })

/** What goes wrong, and what is said of it. */
export const cases: ContractCases = {
  'a body that is no JSON is refused': [
    create(CONFIG_MAPS, '{"metadata":'),
    create(CONFIG_MAPS, 'nonsense'),
    create(CONFIG_MAPS, '[]'),
    create(CONFIG_MAPS, '"text"'),
    create(CONFIG_MAPS, 'null'),
  ],
  'no body at all is refused': [create(CONFIG_MAPS, ''), update(`${CONFIG_MAPS}/settings`, '')],
  'YAML that is none is refused': {
    steps: [create(CONFIG_MAPS, 'a: [b', typed('application/yaml'))],
    differs: 'another parser has other words for what is wrong',
  },
  'a body in a type that nobody knows is refused': [
    create(CONFIG_MAPS, settings, typed('text/plain')),
    create(CONFIG_MAPS, settings, typed('application/xml')),
    update(`${CONFIG_MAPS}/settings`, settings, typed('application/merge-patch+json')),
  ],
  'a type may have parameters': [create(CONFIG_MAPS, settings, typed('application/json; charset=utf-8'))],
  'a patch in a type that is no patch is refused': [
    prepared,
    mergePatch(`${CONFIG_MAPS}/settings`, {}, typed('application/json')),
    mergePatch(`${CONFIG_MAPS}/settings`, {}, typed('application/json-patch')),
    mergePatch(`${CONFIG_MAPS}/settings`, {}, typed('')),
  ],
  'a strategic merge patch of a custom resource is refused': [
    create(
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      {
        metadata: { name: 'things.{ns}.example.com' },
        spec: {
          group: '{ns}.example.com',
          scope: 'Cluster',
          names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
          versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
        },
      },
      { setup: true },
    ),
    get('/apis/{ns}.example.com/v1/things', { setup: true, until: ({ status }) => status === 200 }),
    create(
      '/apis/{ns}.example.com/v1/things',
      { apiVersion: '{ns}.example.com/v1', kind: 'Thing', metadata: { name: 'x' } },
      { setup: true },
    ),
    strategicPatch('/apis/{ns}.example.com/v1/things/x', { metadata: { labels: { a: 'b' } } }),
  ],
  'an answer in a type that is not to be had is refused': [
    get(CONFIG_MAPS, { headers: { accept: 'text/html' } }),
    get(CONFIG_MAPS, { headers: { accept: 'application/xml' } }),
    create(CONFIG_MAPS, settings, { headers: { accept: 'text/plain' } }),
  ],
  'any type that is accepted among others will do': [
    prepared,
    get(`${CONFIG_MAPS}/settings`, { headers: { accept: 'text/html, application/json;q=0.5' } }),
    get(`${CONFIG_MAPS}/settings`, { headers: { accept: '*/*' } }),
    get(`${CONFIG_MAPS}/settings`, { headers: { accept: 'application/*' } }),
  ],
  'a verb that a resource does not have is refused': [
    prepared,
    create(`${CONFIG_MAPS}/settings`, settings),
    update(CONFIG_MAPS, settings),
    mergePatch(CONFIG_MAPS, {}),
    remove('/api/v1/namespaces'),
    remove('/api/v1/namespaces/{ns}/services/s/status'),
    get('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'),
    update('/api/v1/componentstatuses/x', {}),
  ],
  'a list of pods as PartialObjectMetadata of a version that is none is refused': [
    get(CONFIG_MAPS, { headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v2' } }),
    get(CONFIG_MAPS, { headers: { accept: 'application/json;as=Nothing;g=meta.k8s.io;v=v1' } }),
  ],
  'query parameters that make no sense are refused': [
    get(CONFIG_MAPS, { query: { limit: 'many' } }),
    get(CONFIG_MAPS, { query: { timeoutSeconds: 'long' } }),
    get(CONFIG_MAPS, { query: { limit: '-1', labelSelector: 'part=list' } }),
    remove(`${CONFIG_MAPS}/x`, { query: { gracePeriodSeconds: 'soon' } }),
  ],
  'query parameters that nobody knows are ignored': [
    prepared,
    get(`${CONFIG_MAPS}/settings`, { query: { color: 'red' } }),
    create(CONFIG_MAPS, { metadata: { name: 'b' } }, { query: { color: 'red', pretty: 'true' } }),
  ],
  'a flag that is no boolean counts as true': [
    prepared,
    watch('w', CONFIG_MAPS, {
      query: {
        watch: 'maybe',
        timeoutSeconds: '1',
        fieldSelector: 'metadata.name=settings',
        resourceVersion: '{settings.metadata.resourceVersion}',
      },
    }),
    read('w', 'all'),
    apply(`${CONFIG_MAPS}/settings`, settings, { query: { force: 'maybe' } }),
  ],
  'a user without rights is told what he may not do': [
    get(CONFIG_MAPS, { user: 'alice' }),
    get(`${CONFIG_MAPS}/settings`, { user: 'alice' }),
    create(CONFIG_MAPS, settings, { user: 'alice' }),
    update(`${CONFIG_MAPS}/settings`, settings, { user: 'alice' }),
    mergePatch(`${CONFIG_MAPS}/settings`, {}, { user: 'alice' }),
    remove(`${CONFIG_MAPS}/settings`, { user: 'alice' }),
    remove(CONFIG_MAPS, { user: 'alice' }),
    get('/api/v1/nodes', { user: 'bob' }),
    get('/api/v1/configmaps', { user: 'bob' }),
    get('/apis/apps/v1/namespaces/{ns}/deployments/web/scale', { user: 'bob' }),
    get('/metrics', { user: 'bob' }),
    get('/api/v1/namespaces/{ns}', { user: 'bob' }),
  ],
  'a user without rights is not told what is missing': [
    get('/api/v1/namespaces/{ns}/nothings', { user: 'alice' }),
    get('/apis/nothing.example.com/v1/things', { user: 'alice' }),
  ],
  'a user may not impersonate another one': [
    get(NAMESPACE, { headers: { 'impersonate-user': '', 'impersonate-group': 'system:masters' } }),
  ],
  'a user may do what a binding grants him': [
    create('/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles', {
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
    }),
    create('/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings', {
      metadata: { name: 'team-a' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'team-a' }],
    }),
    get(CONFIG_MAPS, { user: 'alice', query: { labelSelector: 'a=b' }, until: ({ status }) => status === 200 }),
    get(CONFIG_MAPS, { user: 'bob' }),
    mergePatch(`${CONFIG_MAPS}/settings`, {}, { user: 'alice' }),
  ],
  'nobody grants what he may not do': [
    create(
      '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles',
      {
        metadata: { name: 'editor' },
        rules: [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['*'] }],
      },
      { setup: true },
    ),
    create(
      '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings',
      {
        metadata: { name: 'team-a' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'editor' },
        subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'team-a' }],
      },
      { setup: true },
    ),
    get('/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles', {
      setup: true,
      user: 'alice',
      until: ({ status }) => status === 200,
    }),
    create(
      '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles',
      { metadata: { name: 'more' }, rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] },
      { user: 'alice' },
    ),
  ],
  'a JSON patch that cannot be done is refused': [
    prepared,
    jsonPatch(`${CONFIG_MAPS}/settings`, [{ op: 'test', path: '/data/color', value: 'green' }]),
    jsonPatch(`${CONFIG_MAPS}/settings`, [{ op: 'remove', path: '/data/nothing' }]),
    jsonPatch(`${CONFIG_MAPS}/settings`, '{"op"'),
    jsonPatch(`${CONFIG_MAPS}/settings`, { op: 'add' }),
  ],
  'a merge patch that is no JSON is refused': [prepared, mergePatch(`${CONFIG_MAPS}/settings`, '{"data"')],
  'an apply without a manager is refused': [apply(`${CONFIG_MAPS}/a`, settings, { query: { fieldManager: '' } })],
  'an apply of another kind than the path is for is refused': [
    apply(`${CONFIG_MAPS}/a`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }),
    apply(`${CONFIG_MAPS}/a`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } }),
    apply(`${CONFIG_MAPS}/a`, { metadata: { name: 'a' } }),
  ],
  'an apply of YAML that is none is refused': {
    steps: [apply(`${CONFIG_MAPS}/a`, 'a: [b')],
    differs: 'another parser has other words for what is wrong',
  },
  'an object that is too large is refused': [
    create(CONFIG_MAPS, { metadata: { name: 'big' }, data: { text: 'x'.repeat(1_048_577) } }),
  ],
  'annotations that are too large are refused': [
    create(CONFIG_MAPS, { metadata: { name: 'big', annotations: { text: 'x'.repeat(262_145) } } }),
  ],
  'a namespace that is none is refused': [
    create('/api/v1/namespaces', { metadata: { name: '{ns}_x' } }),
    create('/api/v1/namespaces', { metadata: { name: '{ns}-more', labels: { 'kubernetes.io/metadata.name': 'x' } } }),
  ],
  'system namespaces stay': [
    remove('/api/v1/namespaces/default'),
    remove('/api/v1/namespaces/kube-system'),
    remove('/api/v1/namespaces/kube-public', { query: { dryRun: 'All' } }),
  ],
}
