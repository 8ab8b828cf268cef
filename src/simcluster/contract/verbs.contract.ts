import type { Json, JsonObject } from '../../kube/object.ts'
import { type ContractCases, create, define, get, jsonPatch, mergePatch, remove, update } from './contract-case.ts'

const CONFIG_MAPS = '/api/v1/namespaces/{ns}/configmaps'
const SERVICES = '/api/v1/namespaces/{ns}/services'
const PODS = '/api/v1/namespaces/{ns}/pods'
const DEPLOYMENTS = '/apis/apps/v1/namespaces/{ns}/deployments'
const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses'
const ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles'

const configMap = (name: string, more: JsonObject = {}, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  ...more,
})
const settings = configMap('settings', { data: { color: 'red' } })
const prepared = create(CONFIG_MAPS, settings, { setup: true, as: 'settings' })
const items = (labels: Readonly<Record<string, JsonObject>>) =>
  Object.entries(labels).map(([name, of]) => create(CONFIG_MAPS, configMap(name, {}, { labels: of }), { setup: true }))
const abc = items({ a: { part: 'list', tier: 'web' }, b: { part: 'list', tier: 'db' }, c: { part: 'list' } })
const LISTED = { labelSelector: 'part=list' }
const paused = (name: string, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    paused: true,
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'app', image: 'example.com/app:1' }] },
    },
    ...more,
  },
})
/** What the controller has to say of it is said. */
const settledDeployment = [
  create(DEPLOYMENTS, paused('web'), { setup: true }),
  get(`${DEPLOYMENTS}/web`, {
    setup: true,
    until: ({ body }) => body.status.observedGeneration === 1 && body.status.conditions?.length === 2,
  }),
  // The controller may look twice.
  { wait: 1100, setup: true } as const,
]
const ingress = (more: JsonObject = {}): JsonObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web' },
  spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  ...more,
})
const METADATA = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' }
const METADATA_LIST = { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' }
const deleteOptions = (options: JsonObject): { body: Json } => ({
  body: { apiVersion: 'v1', kind: 'DeleteOptions', ...options },
})
const held = create(CONFIG_MAPS, configMap('held', {}, { finalizers: ['example.com/hold'] }), {
  setup: true,
  as: 'held',
})
const release = mergePatch(`${CONFIG_MAPS}/held`, { metadata: { finalizers: null } })

const creating: ContractCases = {
  'an object is created, read and deleted': [
    create(CONFIG_MAPS, settings),
    get(`${CONFIG_MAPS}/settings`),
    remove(`${CONFIG_MAPS}/settings`),
    get(`${CONFIG_MAPS}/settings`),
  ],
  'an object that exists is not created again': [prepared, create(CONFIG_MAPS, settings)],
  'a namespace given in the path and not in the body is filled in': [create(CONFIG_MAPS, { metadata: { name: 'a' } })],
  'kind and apiVersion may be left out of what is created': [create(CONFIG_MAPS, { metadata: { name: 'a' } })],
  'another namespace in the body than in the path is refused': [
    create(CONFIG_MAPS, configMap('a', {}, { namespace: 'default' })),
  ],
  'another kind in the body than the path is for is refused': [
    create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }),
  ],
  'another group in the body than the path is for is refused': [
    create(DEPLOYMENTS, { apiVersion: 'extensions/v1beta1', kind: 'Deployment', metadata: { name: 'a' } }),
  ],
  'a kind that nobody knows is refused': [
    create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'Nothing', metadata: { name: 'a' } }),
  ],
  'an object without a name is refused': [create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} })],
  'an object without metadata is refused': [create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap' })],
  'a name that is none is refused': [create(CONFIG_MAPS, configMap('Not_a_name'))],
  'labels and annotations that are none are refused, all at once': [
    create(CONFIG_MAPS, configMap('a', {}, { labels: { 'a b': 'not ok' }, annotations: { 'x/y/z': '1' } })),
  ],
  'a name is made from generateName': [
    create(CONFIG_MAPS, { metadata: { generateName: 'some-' } }, { as: 'made' }),
    get(`${CONFIG_MAPS}/{made.metadata.name}`),
  ],
  'a name counts more than generateName': [create(CONFIG_MAPS, { metadata: { name: 'a', generateName: 'some-' } })],
  'a generateName that is none is refused': [create(CONFIG_MAPS, { metadata: { generateName: 'Some_' } })],
  'what only the server says is not taken from who creates': [
    create(
      CONFIG_MAPS,
      configMap(
        'a',
        {},
        {
          uid: '11111111-1111-1111-1111-111111111111',
          creationTimestamp: '2020-01-01T00:00:00Z',
          deletionTimestamp: '2020-01-01T00:00:00Z',
          deletionGracePeriodSeconds: 5,
          generation: 7,
          selfLink: '/a',
        },
      ),
    ),
  ],
  'an object with a resource version is not created': [
    create(CONFIG_MAPS, configMap('a', {}, { resourceVersion: '5' })),
  ],
  'resource version 0 at creation counts for none': [create(CONFIG_MAPS, configMap('a', {}, { resourceVersion: '0' }))],
  'creation in a namespace that is missing is refused': [
    create('/api/v1/namespaces/{ns}-nowhere/configmaps', configMap('a')),
  ],
  'owner references and finalizers are kept as created': [
    prepared,
    create(
      CONFIG_MAPS,
      configMap(
        'owned',
        {},
        {
          finalizers: ['example.com/b', 'example.com/a'],
          ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', uid: '{settings.metadata.uid}' }],
        },
      ),
    ),
    mergePatch(`${CONFIG_MAPS}/owned`, { metadata: { finalizers: [] } }),
  ],
  'owner references that are none are refused': [
    create(CONFIG_MAPS, configMap('owned', {}, { ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] })),
  ],
  'two controllers of one object are refused': [
    create(
      CONFIG_MAPS,
      configMap(
        'owned',
        {},
        {
          ownerReferences: ['a', 'b'].map((name) => ({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            name,
            uid: `u-${name}`,
            controller: true,
          })),
        },
      ),
    ),
  ],
  'a finalizer that is none is refused': [create(CONFIG_MAPS, configMap('a', {}, { finalizers: ['Not one'] }))],
  'a finalizer without a domain is warned of': [
    create(CONFIG_MAPS, configMap('a', {}, { finalizers: ['hold'] })),
    mergePatch(`${CONFIG_MAPS}/a`, { metadata: { finalizers: null } }),
  ],
  'the field manager of a creation is told by the query': [
    create(CONFIG_MAPS, settings, { query: { fieldManager: 'somebody' } }),
  ],
  'the field manager of a creation is the first part of the user agent otherwise': [
    create(CONFIG_MAPS, settings, { headers: { 'user-agent': 'tool/v1.2 (linux/amd64) extra' } }),
  ],
  'a field manager that is too long is refused': [
    create(CONFIG_MAPS, settings, { query: { fieldManager: 'x'.repeat(129) } }),
  ],
  'a field manager with unprintable characters is refused': [
    create(CONFIG_MAPS, settings, { query: { fieldManager: 'a\tb' } }),
  ],
  'YAML is taken as well as JSON': [
    create(CONFIG_MAPS, 'metadata:\n  name: a\ndata:\n  color: "red"\n', {
      headers: { 'content-type': 'application/yaml' },
    }),
  ],
  'a dry run tells what a creation would give, and creates nothing': [
    create(CONFIG_MAPS, settings, { query: { dryRun: 'All' } }),
    get(`${CONFIG_MAPS}/settings`),
  ],
  'a dry run with generateName makes a name': [
    create(CONFIG_MAPS, { metadata: { generateName: 'some-' } }, { query: { dryRun: 'All' } }),
  ],
  'a dry run refuses what a creation would': [prepared, create(CONFIG_MAPS, settings, { query: { dryRun: 'All' } })],
  'another value of dryRun than All is refused': [create(CONFIG_MAPS, settings, { query: { dryRun: 'true' } })],
}

const updating: ContractCases = {
  'an update replaces the object': [
    prepared,
    update(`${CONFIG_MAPS}/settings`, configMap('settings', { data: { size: 'big' } })),
    get(`${CONFIG_MAPS}/settings`),
  ],
  'an update of the version that was read succeeds once': [
    prepared,
    update(`${CONFIG_MAPS}/settings`, { data: { color: 'green' } }, { base: 'settings' }),
    update(`${CONFIG_MAPS}/settings`, { data: { color: 'blue' } }, { base: 'settings' }),
  ],
  'an update of another uid conflicts': [
    prepared,
    update(`${CONFIG_MAPS}/settings`, configMap('settings', {}, { uid: '11111111-1111-1111-1111-111111111111' })),
  ],
  'an update of what is missing creates nothing': [
    update(`${CONFIG_MAPS}/settings`, settings),
    update(`${CONFIG_MAPS}/settings`, configMap('settings', {}, { resourceVersion: '1' })),
  ],
  'an update of what is missing, by uid, conflicts': [
    update(`${CONFIG_MAPS}/settings`, configMap('settings', {}, { uid: '11111111-1111-1111-1111-111111111111' })),
  ],
  'an update to another name is refused': [prepared, update(`${CONFIG_MAPS}/settings`, configMap('other'))],
  'an update without a name is refused': [prepared, update(`${CONFIG_MAPS}/settings`, { data: { a: 'b' } })],
  'an update to another namespace is refused': [
    prepared,
    update(`${CONFIG_MAPS}/settings`, configMap('settings', {}, { namespace: 'default' })),
  ],
  'an update that changes nothing writes nothing': [
    prepared,
    update(`${CONFIG_MAPS}/settings`, settings),
    update(`${CONFIG_MAPS}/settings`, {}, { base: 'settings', query: { fieldManager: 'other' } }),
  ],
  'a patch that changes nothing writes nothing': [
    prepared,
    mergePatch(`${CONFIG_MAPS}/settings`, {}),
    mergePatch(`${CONFIG_MAPS}/settings`, { data: { color: 'red' } }, { query: { fieldManager: 'other' } }),
  ],
  'an update by another manager takes what it changes': [
    prepared,
    update(
      `${CONFIG_MAPS}/settings`,
      { data: { size: 'big', color: 'green' } },
      { base: 'settings', query: { fieldManager: 'other' } },
    ),
  ],
  'a dry run tells what an update would give, and updates nothing': [
    prepared,
    update(`${CONFIG_MAPS}/settings`, { data: { color: 'green' } }, { base: 'settings', query: { dryRun: 'All' } }),
    get(`${CONFIG_MAPS}/settings`),
  ],
  'a dry run of an update still minds the version': [
    prepared,
    mergePatch(`${CONFIG_MAPS}/settings`, { data: { a: 'b' } }, { setup: true }),
    update(`${CONFIG_MAPS}/settings`, { data: { color: 'green' } }, { base: 'settings', query: { dryRun: 'All' } }),
  ],
  'a patch of an old resource version conflicts': [
    prepared,
    mergePatch(`${CONFIG_MAPS}/settings`, { data: { a: 'b' } }, { setup: true }),
    mergePatch(`${CONFIG_MAPS}/settings`, {
      metadata: { resourceVersion: '{settings.metadata.resourceVersion}' },
      data: { a: 'c' },
    }),
  ],
  'a patch of another uid conflicts': [
    prepared,
    mergePatch(`${CONFIG_MAPS}/settings`, { metadata: { uid: '11111111-1111-1111-1111-111111111111' } }),
  ],
  'a patch of what is missing creates nothing': [mergePatch(`${CONFIG_MAPS}/settings`, { data: { a: 'b' } })],
  'a patch to another name is refused': [prepared, mergePatch(`${CONFIG_MAPS}/settings`, { metadata: { name: 'b' } })],
  'a patch to another namespace is refused': [
    prepared,
    mergePatch(`${CONFIG_MAPS}/settings`, { metadata: { namespace: 'default' } }),
  ],
  'a patch that makes labels which are none is refused': [
    prepared,
    mergePatch(`${CONFIG_MAPS}/settings`, { metadata: { labels: { 'a b': 'c' } } }),
  ],
  'what only the server says cannot be updated': [
    prepared,
    update(
      `${CONFIG_MAPS}/settings`,
      { metadata: { creationTimestamp: '2020-01-01T00:00:00Z', generation: 3, generateName: 'x-' } },
      { base: 'settings' },
    ),
    mergePatch(`${CONFIG_MAPS}/settings`, { metadata: { creationTimestamp: null, deletionGracePeriodSeconds: 4 } }),
    mergePatch(`${CONFIG_MAPS}/settings`, { metadata: { deletionTimestamp: '2020-01-01T00:00:00Z' } }),
  ],
  'what is immutable stays': [
    create(CONFIG_MAPS, configMap('fixed', { immutable: true, data: { a: '1' } }), { setup: true }),
    mergePatch(`${CONFIG_MAPS}/fixed`, { data: { a: '2' } }),
    mergePatch(`${CONFIG_MAPS}/fixed`, { immutable: false }),
    mergePatch(`${CONFIG_MAPS}/fixed`, { metadata: { labels: { a: 'b' } } }),
  ],
  'generation counts changes of the spec, and not those of metadata': [
    create(INGRESSES, ingress()),
    mergePatch(`${INGRESSES}/web`, { metadata: { labels: { a: 'b' } } }),
    mergePatch(`${INGRESSES}/web`, { spec: { ingressClassName: 'nginx' } }),
    mergePatch(`${INGRESSES}/web`, { spec: { ingressClassName: 'nginx' } }),
    mergePatch(`${INGRESSES}/web`, { metadata: { generation: 9 } }),
  ],
  'an annotation that is emptied stays, one that is null goes': [
    prepared,
    mergePatch(`${CONFIG_MAPS}/settings`, { metadata: { annotations: { a: '', b: '1' } } }),
    mergePatch(`${CONFIG_MAPS}/settings`, { metadata: { annotations: { a: null } } }),
    mergePatch(`${CONFIG_MAPS}/settings`, { metadata: { annotations: { b: null } } }),
  ],
}

const deleting: ContractCases = {
  'deletion of what is missing is told': [remove(`${CONFIG_MAPS}/nothing`)],
  'deletion by another uid is refused': [
    prepared,
    remove(
      `${CONFIG_MAPS}/settings`,
      deleteOptions({ preconditions: { uid: '11111111-1111-1111-1111-111111111111' } }),
    ),
  ],
  'deletion by the uid succeeds': [
    prepared,
    remove(`${CONFIG_MAPS}/settings`, deleteOptions({ preconditions: { uid: '{settings.metadata.uid}' } })),
  ],
  'deletion of an old resource version is refused': [
    prepared,
    mergePatch(`${CONFIG_MAPS}/settings`, { data: { a: 'b' } }, { setup: true }),
    remove(
      `${CONFIG_MAPS}/settings`,
      deleteOptions({ preconditions: { resourceVersion: '{settings.metadata.resourceVersion}' } }),
    ),
  ],
  'a dry run deletes nothing': [
    prepared,
    remove(`${CONFIG_MAPS}/settings`, { query: { dryRun: 'All' } }),
    get(`${CONFIG_MAPS}/settings`),
    remove(`${CONFIG_MAPS}/settings`, deleteOptions({ dryRun: ['All'] })),
    get(`${CONFIG_MAPS}/settings`),
  ],
  'an object with a finalizer is marked, and gone when nobody holds it': [
    held,
    remove(`${CONFIG_MAPS}/held`),
    get(`${CONFIG_MAPS}/held`),
    remove(`${CONFIG_MAPS}/held`),
    release,
    get(`${CONFIG_MAPS}/held`),
  ],
  'a finalizer cannot be added to what is being deleted': [
    held,
    remove(`${CONFIG_MAPS}/held`, { setup: true }),
    jsonPatch(`${CONFIG_MAPS}/held`, [{ op: 'add', path: '/metadata/finalizers/-', value: 'example.com/more' }]),
    release,
  ],
  'the rest of what is being deleted can be changed': [
    held,
    remove(`${CONFIG_MAPS}/held`, { setup: true }),
    mergePatch(`${CONFIG_MAPS}/held`, { data: { a: 'b' }, metadata: { labels: { c: 'd' } } }),
    release,
  ],
  'an object of that name is not created while the old one is held': [
    held,
    remove(`${CONFIG_MAPS}/held`, { setup: true }),
    create(CONFIG_MAPS, configMap('held')),
    release,
  ],
  'deletion in the foreground holds an object by a finalizer': [
    prepared,
    remove(`${CONFIG_MAPS}/settings`, deleteOptions({ propagationPolicy: 'Foreground', dryRun: ['All'] })),
  ],
  'an object is orphaned by a finalizer': [
    prepared,
    remove(`${CONFIG_MAPS}/settings`, deleteOptions({ propagationPolicy: 'Orphan', dryRun: ['All'] })),
  ],
  'a propagation policy may be in the query': [
    prepared,
    remove(`${CONFIG_MAPS}/settings`, { query: { propagationPolicy: 'Foreground', dryRun: 'All' } }),
  ],
  'a propagation policy that is none is refused': [
    prepared,
    remove(`${CONFIG_MAPS}/settings`, deleteOptions({ propagationPolicy: 'Sideways' })),
  ],
  'orphanDependents and a propagation policy exclude each other': [
    prepared,
    remove(`${CONFIG_MAPS}/settings`, deleteOptions({ propagationPolicy: 'Background', orphanDependents: true })),
  ],
  'delete options that are no JSON are refused': [prepared, remove(`${CONFIG_MAPS}/settings`, { body: '{"a' })],
  'delete options of another kind are refused': [prepared, remove(`${CONFIG_MAPS}/settings`, { body: settings })],
  'a negative grace period counts as one second': [
    prepared,
    remove(`${CONFIG_MAPS}/settings`, { query: { gracePeriodSeconds: '-1' } }),
  ],
  'a pod that runs nowhere is deleted at once': [
    create(
      PODS,
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p' },
        spec: { schedulerName: 'nobody', containers: [{ name: 'app', image: 'example.com/app:1' }] },
      },
      { setup: true },
    ),
    remove(`${PODS}/p`),
    get(`${PODS}/p`),
  ],
  'deletion of a Service answers with the object': [
    create(SERVICES, { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }, { setup: true }),
    remove(`${SERVICES}/s`),
  ],
  'a collection is deleted by selector': [
    ...abc,
    remove(CONFIG_MAPS, { query: { labelSelector: 'tier in (web,db)' } }),
    get(CONFIG_MAPS, { query: LISTED }),
  ],
  'a dry run deletes no collection': [
    ...abc,
    remove(CONFIG_MAPS, { query: { ...LISTED, dryRun: 'All' } }),
    get(CONFIG_MAPS, { query: LISTED, headers: METADATA_LIST }),
  ],
  'an empty collection is deleted': [remove(CONFIG_MAPS, { query: LISTED })],
  'of a collection, what has finalizers stays marked': [
    create(CONFIG_MAPS, configMap('held', {}, { finalizers: ['example.com/hold'], labels: { part: 'list' } }), {
      setup: true,
    }),
    remove(CONFIG_MAPS, { query: LISTED }),
    get(CONFIG_MAPS, { query: LISTED }),
    release,
  ],
}

const listing: ContractCases = {
  'a list holds the objects by name': [...abc, get(CONFIG_MAPS, { query: LISTED })],
  'an empty list has no items': [get(CONFIG_MAPS, { query: LISTED })],
  'a list is told in pages': [
    ...abc,
    get(CONFIG_MAPS, { query: { ...LISTED, limit: '2' }, as: 'first', headers: METADATA_LIST }),
    get(CONFIG_MAPS, {
      query: { ...LISTED, limit: '2', continue: '{first.metadata.continue}' },
      headers: METADATA_LIST,
    }),
  ],
  'a page without selector tells how many are left': [
    ...['a', 'b', 'c', 'd'].map((name) =>
      create(SERVICES, { metadata: { name }, spec: { clusterIP: 'None' } }, { setup: true }),
    ),
    get(SERVICES, { query: { limit: '1' }, as: 'first', headers: METADATA_LIST }),
    get(SERVICES, {
      query: { limit: '2', continue: '{first.metadata.continue}' },
      as: 'second',
      headers: METADATA_LIST,
    }),
    get(SERVICES, { query: { continue: '{second.metadata.continue}' }, headers: METADATA_LIST }),
  ],
  'a page goes on where it was though objects come and go': [
    ...abc,
    get(CONFIG_MAPS, { query: { ...LISTED, limit: '1' }, as: 'first', headers: METADATA_LIST }),
    create(CONFIG_MAPS, configMap('aa', {}, { labels: { part: 'list' } }), { setup: true }),
    remove(`${CONFIG_MAPS}/c`, { setup: true }),
    get(CONFIG_MAPS, { query: { ...LISTED, continue: '{first.metadata.continue}' }, headers: METADATA_LIST }),
    get(CONFIG_MAPS, { query: LISTED, headers: METADATA_LIST }),
  ],
  'a continue token that is none is refused': [get(CONFIG_MAPS, { query: { continue: 'nonsense' } })],
  'a continue token and a resource version exclude each other': [
    ...abc,
    get(CONFIG_MAPS, { query: { ...LISTED, limit: '1' }, as: 'first', headers: METADATA_LIST }),
    get(CONFIG_MAPS, { query: { limit: '1', continue: '{first.metadata.continue}', resourceVersion: '1' } }),
  ],
  'label selectors choose by value, set, presence and absence': [
    ...abc,
    ...[
      'tier=web',
      'tier==web',
      'tier!=web,part',
      'tier in (web, db)',
      'tier notin (web),part=list',
      'tier',
      '!tier,part',
    ].map((labelSelector) => get(CONFIG_MAPS, { query: { labelSelector }, headers: METADATA_LIST })),
  ],
  'label selectors compare numbers': [
    ...items({ a: { size: '5' }, b: { size: '10' }, c: { size: 'big' } }),
    get(CONFIG_MAPS, { query: { labelSelector: 'size>7' }, headers: METADATA_LIST }),
    get(CONFIG_MAPS, { query: { labelSelector: 'size<7' }, headers: METADATA_LIST }),
    get(CONFIG_MAPS, { query: { labelSelector: 'size>big' }, headers: METADATA_LIST }),
  ],
  'label selectors that are none are refused': ['a=b=c', 'tier in web', '=x', 'a b', 'a in ()', 'x,,y'].map(
    (labelSelector) => get(CONFIG_MAPS, { query: { labelSelector } }),
  ),
  'field selectors choose by name and namespace': [
    ...abc,
    get(CONFIG_MAPS, { query: { fieldSelector: 'metadata.name=b' }, headers: METADATA_LIST }),
    get(CONFIG_MAPS, { query: { ...LISTED, fieldSelector: 'metadata.name!=b' }, headers: METADATA_LIST }),
    get('/api/v1/configmaps', {
      query: { ...LISTED, fieldSelector: 'metadata.namespace={ns}' },
      headers: METADATA_LIST,
    }),
  ],
  'field selectors that the kind does not know are refused': [
    get(CONFIG_MAPS, { query: { fieldSelector: 'data.color=red' } }),
    get(CONFIG_MAPS, { query: { fieldSelector: 'metadata.name' } }),
    get(DEPLOYMENTS, { query: { fieldSelector: 'spec.replicas=1' } }),
  ],
  'field selectors of some kinds know more': [
    create('/api/v1/namespaces/{ns}/secrets', { metadata: { name: 's' }, type: 'example.com/a' }, { setup: true }),
    get('/api/v1/namespaces/{ns}/secrets', { query: { fieldSelector: 'type=example.com/a' }, headers: METADATA_LIST }),
    get('/api/v1/namespaces/{ns}/secrets', { query: { fieldSelector: 'type=Opaque' }, headers: METADATA_LIST }),
    get(PODS, { query: { fieldSelector: 'spec.nodeName=,status.phase!=Running' }, headers: METADATA_LIST }),
    get('/api/v1/namespaces', {
      query: { fieldSelector: 'metadata.name={ns},status.phase=Active' },
      headers: METADATA_LIST,
    }),
    get('/api/v1/namespaces/{ns}/events', { query: { fieldSelector: 'involvedObject.kind=Pod,type=Warning' } }),
  ],
  'a list over all namespaces is chosen from by label': [
    ...items({ a: { of: '{ns}' }, b: { of: '{ns}' } }),
    get('/api/v1/configmaps', { query: { labelSelector: 'of={ns}' }, headers: METADATA_LIST }),
  ],
  'a list may be from the cache': [
    ...abc,
    get(CONFIG_MAPS, {
      query: { ...LISTED, resourceVersion: '0' },
      headers: METADATA_LIST,
      until: ({ body }) => body.items.length === 3,
    }),
  ],
  'a list of a version that was is not older': [
    prepared,
    get(CONFIG_MAPS, {
      query: { fieldSelector: 'metadata.name=settings', resourceVersion: '{settings.metadata.resourceVersion}' },
      headers: METADATA_LIST,
    }),
    get(CONFIG_MAPS, {
      query: {
        fieldSelector: 'metadata.name=settings',
        resourceVersion: '{settings.metadata.resourceVersion}',
        resourceVersionMatch: 'NotOlderThan',
      },
      headers: METADATA_LIST,
    }),
  ],
  'a list of exactly a version is as it was': [
    prepared,
    create(CONFIG_MAPS, configMap('later'), { setup: true }),
    get(CONFIG_MAPS, {
      query: {
        fieldSelector: 'metadata.name!=kube-root-ca.crt',
        resourceVersion: '{settings.metadata.resourceVersion}',
        resourceVersionMatch: 'Exact',
      },
      headers: METADATA_LIST,
    }),
  ],
  'resourceVersionMatch is refused where it makes no sense': [
    get(CONFIG_MAPS, { query: { resourceVersionMatch: 'Exact' } }),
    get(CONFIG_MAPS, { query: { resourceVersionMatch: 'Exact', resourceVersion: '0' } }),
    get(CONFIG_MAPS, { query: { resourceVersionMatch: 'Sometimes', resourceVersion: '1' } }),
  ],
  'a resource version that is none is refused': [
    get(CONFIG_MAPS, { query: { resourceVersion: 'new' } }),
    get(`${CONFIG_MAPS}/kube-root-ca.crt`, { query: { resourceVersion: 'new' } }),
  ],
  'an object may be read from the cache': [
    prepared,
    get(`${CONFIG_MAPS}/settings`, { query: { resourceVersion: '0' }, until: ({ status }) => status === 200 }),
    get(`${CONFIG_MAPS}/settings`, { query: { resourceVersion: '{settings.metadata.resourceVersion}' } }),
  ],
  'a list of what no kind is called is not found': [get('/api/v1/namespaces/{ns}/nothings')],
  'an object of a namespace that is missing is not found': [
    get('/api/v1/namespaces/{ns}-nowhere/configmaps/a'),
    get('/api/v1/namespaces/{ns}-nowhere/configmaps'),
    get('/api/v1/namespaces/{ns}-nowhere'),
  ],
  'a namespace lies at a path with and without another segment': [
    get('/api/v1/namespaces/{ns}'),
    get('/api/v1/namespaces', { query: { fieldSelector: 'metadata.name={ns}' } }),
  ],
}

const asMetadata: ContractCases = {
  'an object is told by its metadata alone': [prepared, get(`${CONFIG_MAPS}/settings`, { headers: METADATA })],
  'a list is told by its metadata alone': [...abc, get(CONFIG_MAPS, { query: LISTED, headers: METADATA_LIST })],
  'a list as metadata of one object, and the other way round, is refused': [
    prepared,
    get(CONFIG_MAPS, { query: LISTED, headers: METADATA }),
    get(`${CONFIG_MAPS}/settings`, { headers: METADATA_LIST }),
  ],
  'metadata of version v1beta1 is served': [
    prepared,
    get(`${CONFIG_MAPS}/settings`, {
      headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1beta1' },
    }),
  ],
  'metadata of a version that is none falls back to what is accepted, too': [
    prepared,
    get(`${CONFIG_MAPS}/settings`, {
      headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v9' },
    }),
    get(`${CONFIG_MAPS}/settings`, {
      headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v9,application/json' },
    }),
  ],
  'writes answer with metadata alone where that is accepted': [
    create(CONFIG_MAPS, settings, { headers: METADATA }),
    mergePatch(`${CONFIG_MAPS}/settings`, { data: { a: 'b' } }, { headers: METADATA }),
    remove(`${CONFIG_MAPS}/settings`, { headers: METADATA }),
  ],
  'a failure is a Status whatever is accepted': [get(`${CONFIG_MAPS}/nothing`, { headers: METADATA })],
  'of custom resources, too': [
    ...define({
      spec: {
        group: '{ns}.example.com',
        scope: 'Namespaced',
        names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    }),
    create(
      '/apis/{ns}.example.com/v1/namespaces/{ns}/things',
      { apiVersion: '{ns}.example.com/v1', kind: 'Thing', metadata: { name: 'a' }, spec: { any: 1 } },
      { setup: true },
    ),
    get('/apis/{ns}.example.com/v1/namespaces/{ns}/things/a', { headers: METADATA }),
    get('/apis/{ns}.example.com/v1/namespaces/{ns}/things', { headers: METADATA_LIST }),
  ],
}

const validation: ContractCases = {
  'unknown and duplicate fields are warned of': [
    create(CONFIG_MAPS, '{"metadata":{"name":"a","nme":"x"},"dta":{"a":"b"},"data":{"a":"b","a":"c"}}'),
  ],
  'unknown and duplicate fields are refused where validation is strict': [
    create(CONFIG_MAPS, '{"metadata":{"name":"a","nme":"x"},"dta":{"a":"b"},"data":{"a":"b","a":"c"}}', {
      query: { fieldValidation: 'Strict' },
    }),
  ],
  'unknown and duplicate fields are dropped where validation is ignored': [
    create(CONFIG_MAPS, '{"metadata":{"name":"a","nme":"x"},"dta":{"a":"b"},"data":{"a":"b","a":"c"}}', {
      query: { fieldValidation: 'Ignore' },
    }),
  ],
  'a field validation that is none is refused': [create(CONFIG_MAPS, settings, { query: { fieldValidation: 'Hard' } })],
  'strict validation names where deep fields are': [
    create(
      DEPLOYMENTS,
      paused('web', {
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [{ name: 'app', image: 'example.com/app:1', prots: [], env: [{ name: 'a', valu: 'b' }] }],
          },
        },
      }),
      { query: { fieldValidation: 'Strict' } },
    ),
  ],
  'strict validation holds for merge patches': [
    prepared,
    mergePatch(`${CONFIG_MAPS}/settings`, { dta: { a: 'b' } }, { query: { fieldValidation: 'Strict' } }),
    mergePatch(`${CONFIG_MAPS}/settings`, { dta: { a: 'b' } }),
    mergePatch(`${CONFIG_MAPS}/settings`, '{"data":{"a":"b","a":"c"}}', { query: { fieldValidation: 'Strict' } }),
  ],
  'strict validation holds for JSON patches': [
    prepared,
    jsonPatch(`${CONFIG_MAPS}/settings`, [{ op: 'add', path: '/dta', value: { a: 'b' } }], {
      query: { fieldValidation: 'Strict' },
    }),
    jsonPatch(`${CONFIG_MAPS}/settings`, [{ op: 'add', path: '/data/a', value: 'b', extra: 1 }], {
      query: { fieldValidation: 'Strict' },
    }),
  ],
  'a field of the wrong type is refused': [
    create(CONFIG_MAPS, configMap('a', { data: { count: 5 } })),
    create(CONFIG_MAPS, configMap('a', { data: 'text' })),
    create(CONFIG_MAPS, configMap('a', {}, { labels: ['x'] })),
    create(DEPLOYMENTS, paused('web', { replicas: 'three' })),
    create(DEPLOYMENTS, paused('web', { replicas: 1.5 })),
  ],
}

const subresources: ContractCases = {
  'the status is written apart from the rest': [
    create(INGRESSES, { ...ingress(), status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } }),
    mergePatch(`${INGRESSES}/web/status`, {
      spec: { ingressClassName: 'nginx' },
      metadata: { labels: { a: 'b' }, annotations: { c: 'd' }, finalizers: ['example.com/x'] },
      status: { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] } },
    }),
    mergePatch(`${INGRESSES}/web`, { status: null, spec: { ingressClassName: 'other' } }),
    get(`${INGRESSES}/web/status`, { as: 'web' }),
    update(`${INGRESSES}/web/status`, { status: { loadBalancer: null }, spec: null }, { base: 'web' }),
    mergePatch(`${INGRESSES}/web`, { metadata: { finalizers: null } }, { setup: true }),
  ],
  'the status of a Deployment is not taken at creation': [
    create(DEPLOYMENTS, { ...paused('web'), status: { replicas: 5 } }),
  ],
  'the scale is read and written': [
    ...settledDeployment,
    get(`${DEPLOYMENTS}/web/scale`),
    mergePatch(`${DEPLOYMENTS}/web/scale`, { spec: { replicas: -1 } }),
    get(`${DEPLOYMENTS}/nothing/scale`),
  ],
  'scaling to the same number': [
    ...settledDeployment,
    get(`${DEPLOYMENTS}/web/scale`, { as: 'scale' }),
    update(`${DEPLOYMENTS}/web/scale`, { spec: { replicas: 0 } }, { base: 'scale' }),
  ],
  'scaling to another number is an update by a subresource': [
    ...settledDeployment,
    mergePatch(
      `${DEPLOYMENTS}/web/scale`,
      { spec: { replicas: 3 } },
      { query: { fieldManager: 'scaler', dryRun: 'All' } },
    ),
  ],
  'a subresource that is none is not found': [
    prepared,
    get(`${CONFIG_MAPS}/settings/status`),
    get(`${CONFIG_MAPS}/settings/scale`),
    mergePatch(`${DEPLOYMENTS}/web/nothing`, {}),
  ],
  'the status of what is missing is not found': [
    get(`${DEPLOYMENTS}/web/status`),
    mergePatch(`${DEPLOYMENTS}/web/status`, { status: {} }),
  ],
  'a token is made for a service account': [
    create('/api/v1/namespaces/{ns}/serviceaccounts', { metadata: { name: 'robot' } }, { setup: true }),
    create('/api/v1/namespaces/{ns}/serviceaccounts/robot/token', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3600 },
    }),
  ],
  'a namespace is finalized through its subresource': [
    create('/api/v1/namespaces', { metadata: { name: '{ns}-more' } }, { as: 'more' }),
    update(
      '/api/v1/namespaces/{ns}-more/finalize',
      { spec: { finalizers: ['kubernetes', 'example.com/x'] } },
      { base: 'more' },
    ),
    update('/api/v1/namespaces/{ns}-more/finalize', {
      metadata: { name: '{ns}-more' },
      spec: { finalizers: ['kubernetes'] },
    }),
  ],
}

const clusterScope: ContractCases = {
  'an object of the cluster is created, updated, listed and deleted': [
    create(ROLES, {
      metadata: { name: '{ns}-reader', labels: { of: '{ns}' } },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    }),
    mergePatch(`${ROLES}/{ns}-reader`, { rules: [] }),
    get(ROLES, { query: { labelSelector: 'of={ns}' } }),
    remove(`${ROLES}/{ns}-reader`),
  ],
  'an object of the cluster has no namespace': [
    create(ROLES, { metadata: { name: '{ns}-reader', namespace: 'default' } }),
    get('/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/clusterroles'),
  ],
  'kinds in a namespace are not created outside one': [create('/api/v1/configmaps', settings)],
  'an update with upsert is for kinds that allow it': [
    update('/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/lock', {
      metadata: { name: 'lock' },
      spec: { holderIdentity: 'me', renewTime: '2020-01-01T00:00:00.000000Z' },
    }),
    update('/api/v1/namespaces/{ns}/endpoints/e', { metadata: { name: 'e' } }),
    update('/api/v1/namespaces/{ns}/events/e', {
      metadata: { name: 'e', namespace: '{ns}' },
      involvedObject: { namespace: '{ns}' },
    }),
  ],
}

/** What each verb answers. */
export const cases: ContractCases = {
  ...creating,
  ...updating,
  ...deleting,
  ...listing,
  ...asMetadata,
  ...validation,
  ...subresources,
  ...clusterScope,
}
