import { type ContractCases, create, get } from './contract-case.ts'

const CONFIG_MAPS = '/api/v1/namespaces/{ns}/configmaps'
const EVENTS = '/api/v1/namespaces/{ns}/events'
const SECRETS = '/api/v1/namespaces/{ns}/secrets'

const toConfigMap = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(Object.keys(labels).length > 0 ? { labels } : {}) },
  data: { of: name },
})
const four = [
  create(CONFIG_MAPS, toConfigMap('a', { app: 'web', tier: 'front' }), { setup: true }),
  create(CONFIG_MAPS, toConfigMap('b', { app: 'web', tier: 'back' }), { setup: true }),
  create(CONFIG_MAPS, toConfigMap('c', { app: 'db', weight: '7' }), { setup: true }),
  create(CONFIG_MAPS, toConfigMap('d'), { setup: true }),
]
// The controllers put a ConfigMap of their own into every namespace.
const MINE = 'metadata.name!=kube-root-ca.crt'
const list = (query: Record<string, string>, path = CONFIG_MAPS) =>
  get(path, { query: { ...query, fieldSelector: [query.fieldSelector, MINE].filter(Boolean).join(',') } })
const METADATA = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' }
const METADATA_LIST = { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' }

const selectsByLabels = (labelSelector: string) => [...four, list({ labelSelector })]
const refusesLabels = (labelSelector: string) => [get(CONFIG_MAPS, { query: { labelSelector } })]
const refusesFields = (fieldSelector: string, path = CONFIG_MAPS) => [get(path, { query: { fieldSelector } })]

/** How objects are read, alone and in lists. */
export const cases: ContractCases = {
  'a list has kind and version once, its items have none': selectsByLabels('app'),
  'an empty list has items': [get(EVENTS)],
  'a list of a namespace that does not exist is empty': [get('/api/v1/namespaces/{ns}-none/configmaps')],
  'labels are selected by equality': selectsByLabels('app=web'),
  'labels are selected by two equal signs': selectsByLabels('app==web,tier==back'),
  'labels are selected by inequality': selectsByLabels('app!=web'),
  'labels are selected by sets': selectsByLabels('app in (web,db),tier notin (back)'),
  'labels are selected by being there': selectsByLabels('tier'),
  'labels are selected by not being there': selectsByLabels('!app'),
  'labels are selected by being greater': selectsByLabels('weight>6'),
  'labels are selected by being less': selectsByLabels('weight<7'),
  'a label selector with three equal signs is refused': refusesLabels('a===b'),
  'a label selector with two values is refused': refusesLabels('a=b=c'),
  'a label selector that ends with a comma is refused': refusesLabels('a=b,'),
  'a label selector that begins with an operator is refused': refusesLabels('=b'),
  'a set without parentheses is refused': refusesLabels('a in b'),
  'a set that does not end is refused': refusesLabels('a in (b'),
  'a label selector with an unknown operator is refused': refusesLabels('a is b'),
  'a label selector with a malformed key is refused': refusesLabels('-a=b'),
  'a label selector with a malformed prefix is refused': refusesLabels('A_B/a=b'),
  'a label selector with a malformed value is refused': refusesLabels('a=-b'),
  'a label selector that compares with a word is refused': refusesLabels('a>b'),
  'names are selected by field': [...four, list({ fieldSelector: 'metadata.name=a' })],
  'a name that is not there selects nothing': [get(CONFIG_MAPS, { query: { fieldSelector: 'metadata.name=none' } })],
  'namespaces are selected by field': [
    ...four,
    list({ fieldSelector: 'metadata.namespace={ns},metadata.name=a' }, '/api/v1/configmaps'),
  ],
  'a field that ConfigMaps are not selected by is refused': refusesFields('data.of=a'),
  'a field that Pods are not selected by is refused': refusesFields('spec.x=a', '/api/v1/namespaces/{ns}/pods'),
  'a field that Jobs are not selected by is refused': refusesFields('spec.x=a', '/apis/batch/v1/namespaces/{ns}/jobs'),
  'a field that Namespaces are not selected by is refused': refusesFields('metadata.namespace=a', '/api/v1/namespaces'),
  'a field selector without an operator is refused': refusesFields('metadata.name'),
  'Secrets are selected by type': [
    create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, type: 'shop.io/a' }, { setup: true }),
    create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b' }, type: 'shop.io/b' }, { setup: true }),
    get(SECRETS, { query: { fieldSelector: 'type=shop.io/b' } }),
  ],
  'Namespaces are selected by phase and name': [
    get('/api/v1/namespaces', { query: { fieldSelector: 'status.phase=Active,metadata.name={ns}' } }),
  ],
  'Events are selected by what they are about': [
    ...['a', 'b'].map((name) =>
      create(
        EVENTS,
        {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name: `event-${name}` },
          involvedObject: { kind: 'Pod', namespace: '{ns}', name, uid: `uid-${name}` },
          reason: 'Tried',
          type: 'Normal',
        },
        { setup: true },
      ),
    ),
    get(EVENTS, { query: { fieldSelector: 'involvedObject.name=b,involvedObject.kind=Pod,type=Normal' } }),
  ],
  'a list comes in pages': [
    ...four,
    get(CONFIG_MAPS, { query: { limit: '2', labelSelector: 'app' }, as: 'first' }),
    get(CONFIG_MAPS, { query: { limit: '2', labelSelector: 'app', continue: '{first.metadata.continue}' } }),
  ],
  'a page without a selector tells how much is left': [
    ...four,
    get(CONFIG_MAPS, { query: { limit: '2' }, as: 'first' }),
    get(CONFIG_MAPS, { query: { limit: '2', continue: '{first.metadata.continue}' }, as: 'second' }),
    get(CONFIG_MAPS, { query: { limit: '2', continue: '{second.metadata.continue}' } }),
  ],
  'a second page is of the version of the first': [
    ...four,
    get(CONFIG_MAPS, { query: { limit: '2', labelSelector: 'app' }, as: 'first', setup: true }),
    create(CONFIG_MAPS, toConfigMap('e', { app: 'late' }), { setup: true }),
    get(CONFIG_MAPS, { query: { limit: '5', labelSelector: 'app', continue: '{first.metadata.continue}' } }),
  ],
  'a limit of zero is none': [...four, list({ limit: '0', labelSelector: 'app' })],
  'a negative limit': [...four, list({ limit: '-1', labelSelector: 'app' })],
  'a malformed limit is refused': [get(CONFIG_MAPS, { query: { limit: 'x' } })],
  'a malformed place to go on is refused': [get(CONFIG_MAPS, { query: { continue: 'e30' } })],
  'a place and a version are refused together': [
    ...four,
    get(CONFIG_MAPS, { query: { limit: '2' }, as: 'first', setup: true }),
    get(CONFIG_MAPS, { query: { continue: '{first.metadata.continue}', resourceVersion: '5' } }),
  ],
  'a list of version 0 is as good as any': [...four, list({ resourceVersion: '0', labelSelector: 'app' })],
  'a list not older than an object': [
    ...four.slice(0, 3),
    create(CONFIG_MAPS, toConfigMap('d'), { as: 'd', setup: true }),
    list({
      resourceVersion: '{d.metadata.resourceVersion}',
      resourceVersionMatch: 'NotOlderThan',
      labelSelector: 'app',
    }),
  ],
  'a list exactly as of an object': [
    ...four.slice(0, 2),
    create(CONFIG_MAPS, toConfigMap('c', { app: 'db' }), { as: 'c', setup: true }),
    create(CONFIG_MAPS, toConfigMap('d', { app: 'late' }), { setup: true }),
    get(CONFIG_MAPS, {
      query: { resourceVersion: '{c.metadata.resourceVersion}', resourceVersionMatch: 'Exact', labelSelector: 'app' },
    }),
  ],
  'a limited list of a version is exactly of it': [
    ...four.slice(0, 2),
    create(CONFIG_MAPS, toConfigMap('c', { app: 'db' }), { as: 'c', setup: true }),
    create(CONFIG_MAPS, toConfigMap('d', { app: 'late' }), { setup: true }),
    get(CONFIG_MAPS, { query: { resourceVersion: '{c.metadata.resourceVersion}', limit: '10', labelSelector: 'app' } }),
  ],
  'a match without a version is refused': [get(CONFIG_MAPS, { query: { resourceVersionMatch: 'Exact' } })],
  'an exact match of version 0 is refused': [
    get(CONFIG_MAPS, { query: { resourceVersion: '0', resourceVersionMatch: 'Exact' } }),
  ],
  'an unknown match is refused': [get(CONFIG_MAPS, { query: { resourceVersion: '5', resourceVersionMatch: 'Near' } })],
  'a malformed version is refused': [get(CONFIG_MAPS, { query: { resourceVersion: 'x' } })],
  'a version of the future is refused': [get(CONFIG_MAPS, { query: { resourceVersion: '999999999999' } })],
  'initial events are for watches': [get(CONFIG_MAPS, { query: { sendInitialEvents: 'true' } })],
  'an object is read': [...four, get(`${CONFIG_MAPS}/a`)],
  'an object is read at version 0': [...four, get(`${CONFIG_MAPS}/a`, { query: { resourceVersion: '0' } })],
  'an object of a version of the future is refused': [
    ...four,
    get(`${CONFIG_MAPS}/a`, { query: { resourceVersion: '999999999999' } }),
  ],
  'an object with a malformed version is refused': [
    ...four,
    get(`${CONFIG_MAPS}/a`, { query: { resourceVersion: 'x' } }),
  ],
  'an object that does not exist is not found': [get(`${CONFIG_MAPS}/none`)],
  'an object of a group that does not exist is not found in it': [
    get('/apis/apps/v1/namespaces/{ns}/deployments/none'),
  ],
  'the metadata of an object': [...four, get(`${CONFIG_MAPS}/a`, { headers: METADATA })],
  'the metadata of a list': [...four, get(CONFIG_MAPS, { headers: METADATA_LIST, query: { labelSelector: 'app=db' } })],
  'the metadata of a list, in the form for one object, is refused': [...four, get(CONFIG_MAPS, { headers: METADATA })],
  'the metadata of an object, in the form for lists, is refused': [
    ...four,
    get(`${CONFIG_MAPS}/a`, { headers: METADATA_LIST }),
  ],
  'metadata of an older version': [
    ...four,
    get(`${CONFIG_MAPS}/a`, {
      headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1beta1' },
    }),
  ],
  'metadata, or else the object': [
    ...four,
    get(`${CONFIG_MAPS}/a`, { headers: { accept: `${METADATA.accept},application/json` } }),
  ],
  'what no form can be made of gives the next one': [
    ...four,
    get(`${CONFIG_MAPS}/a`, { headers: { accept: 'application/json;as=Thing;g=meta.k8s.io;v=v1,application/json' } }),
  ],
  'a form that does not exist is refused': [
    get(CONFIG_MAPS, { headers: { accept: 'application/json;as=Thing;g=meta.k8s.io;v=v1' } }),
  ],
  'a type that nobody can write is refused': [get(CONFIG_MAPS, { headers: { accept: 'text/html' } })],
  'an object as YAML': [...four, get(`${CONFIG_MAPS}/a`, { headers: { accept: 'application/yaml' } })],
}
