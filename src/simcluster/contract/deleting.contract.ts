import { type ContractCases, create, get, mergePatch, remove, update } from './contract-case.ts'

const CONFIG_MAPS = '/api/v1/namespaces/{ns}/configmaps'
const SERVICE_ACCOUNTS = '/api/v1/namespaces/{ns}/serviceaccounts'
const PODS = '/api/v1/namespaces/{ns}/pods'

const toConfigMap = (name: string, metadata: Record<string, unknown> = {}) =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data: { of: name } }) as never
const makeA = create(CONFIG_MAPS, toConfigMap('a'), { as: 'a', setup: true })
const makeHeld = create(CONFIG_MAPS, toConfigMap('a', { finalizers: ['shop.io/wait'] }), { as: 'a', setup: true })
const letGo = mergePatch(`${CONFIG_MAPS}/a`, { metadata: { finalizers: null } }, { setup: true })
const toOptions = (options: Record<string, unknown>) =>
  ({ body: { apiVersion: 'v1', kind: 'DeleteOptions', ...options } }) as never
const OTHER = '00000000-0000-4000-8000-000000000000'
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { nodeName: 'none-{ns}', containers: [{ name: 'c', image: 'i' }], terminationGracePeriodSeconds: 60 },
}
const makePod = create(PODS, pod, { setup: true })

/** How objects go. */
export const cases: ContractCases = {
  'most kinds answer with a status': [makeA, remove(`${CONFIG_MAPS}/a`)],
  'some kinds answer with the object': [
    create(SERVICE_ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a' } }, { setup: true }),
    remove(`${SERVICE_ACCOUNTS}/a`),
  ],
  'an object that does not exist is not found': [remove(`${CONFIG_MAPS}/none`)],
  'finalizers hold an object': [
    makeHeld,
    remove(`${CONFIG_MAPS}/a`),
    get(`${CONFIG_MAPS}/a`),
    remove(`${CONFIG_MAPS}/a`),
    mergePatch(`${CONFIG_MAPS}/a`, { metadata: { finalizers: null } }),
    get(`${CONFIG_MAPS}/a`),
  ],
  'an object that is being deleted can change': [
    makeHeld,
    remove(`${CONFIG_MAPS}/a`, { setup: true }),
    mergePatch(`${CONFIG_MAPS}/a`, { data: { of: 'changed' } }),
    letGo,
  ],
  'an object that is being deleted gets no new finalizers': [
    makeHeld,
    remove(`${CONFIG_MAPS}/a`, { setup: true }),
    mergePatch(`${CONFIG_MAPS}/a`, { metadata: { finalizers: ['shop.io/wait', 'shop.io/more'] } }),
    letGo,
  ],
  'an object that is being deleted stays so': [
    makeHeld,
    remove(`${CONFIG_MAPS}/a`, { setup: true }),
    mergePatch(`${CONFIG_MAPS}/a`, { metadata: { deletionTimestamp: null } }),
    letGo,
  ],
  'the name of an object that is being deleted is taken': [
    makeHeld,
    remove(`${CONFIG_MAPS}/a`, { setup: true }),
    create(CONFIG_MAPS, toConfigMap('a')),
    letGo,
  ],
  'nobody sets a deletion time': [
    create(CONFIG_MAPS, toConfigMap('a', { deletionTimestamp: '2026-01-01T00:00:00Z' })),
    update(`${CONFIG_MAPS}/a`, toConfigMap('a', { deletionTimestamp: '2026-01-01T00:00:00Z' })),
  ],
  'a uid that is another is a conflict': [
    makeA,
    remove(`${CONFIG_MAPS}/a`, toOptions({ preconditions: { uid: OTHER } })),
  ],
  'a uid that is right is none': [
    makeA,
    remove(`${CONFIG_MAPS}/a`, toOptions({ preconditions: { uid: '{a.metadata.uid}' } })),
  ],
  'a version that is another is a conflict': [
    makeA,
    remove(`${CONFIG_MAPS}/a`, toOptions({ preconditions: { resourceVersion: '1' } })),
  ],
  'a version that is right is none': [
    makeA,
    remove(`${CONFIG_MAPS}/a`, toOptions({ preconditions: { resourceVersion: '{a.metadata.resourceVersion}' } })),
  ],
  'a Namespace with another uid is a conflict in other words': [
    remove('/api/v1/namespaces/{ns}', toOptions({ preconditions: { uid: OTHER } })),
  ],
  'a dry run deletes nothing': [
    makeA,
    remove(`${CONFIG_MAPS}/a`, { query: { dryRun: 'All' } }),
    remove(`${CONFIG_MAPS}/a`, toOptions({ dryRun: ['All'] })),
    get(`${CONFIG_MAPS}/a`),
  ],
  'a dry run of an object that is held': [
    makeHeld,
    remove(`${CONFIG_MAPS}/a`, { query: { dryRun: 'All' } }),
    get(`${CONFIG_MAPS}/a`),
    remove(`${CONFIG_MAPS}/a`, { setup: true }),
    letGo,
  ],
  'another dry run is refused': [makeA, remove(`${CONFIG_MAPS}/a`, { query: { dryRun: 'Some' } })],
  'an unknown propagation is refused': [
    makeA,
    remove(`${CONFIG_MAPS}/a`, { query: { propagationPolicy: 'Sideways' } }),
  ],
  'two ways of propagation are refused': [
    makeA,
    remove(`${CONFIG_MAPS}/a`, toOptions({ propagationPolicy: 'Background', orphanDependents: true })),
  ],
  'a malformed grace period is refused': [makeA, remove(`${CONFIG_MAPS}/a`, { query: { gracePeriodSeconds: 'x' } })],
  'options that are none are refused': [
    makeA,
    remove(`${CONFIG_MAPS}/a`, { body: { apiVersion: 'v1', kind: 'ConfigMap' } }),
  ],
  'options that are no JSON are refused': [makeA, remove(`${CONFIG_MAPS}/a`, { body: 'no' })],
  'options without a kind are fine': [makeA, remove(`${CONFIG_MAPS}/a`, { body: { propagationPolicy: 'Background' } })],
  'a Namespace that every cluster needs stays': [
    remove('/api/v1/namespaces/kube-system', { query: { dryRun: 'All' } }),
  ],
  'a Namespace is terminating first': [
    create(CONFIG_MAPS, toConfigMap('a', { finalizers: ['shop.io/wait'] }), { as: 'a', setup: true }),
    remove('/api/v1/namespaces/{ns}'),
    create('/api/v1/namespaces/{ns}/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }),
    mergePatch(`${CONFIG_MAPS}/a`, { data: { of: 'changed' } }, { setup: true }),
    letGo,
  ],
  'a Pod on a node has time to end': [
    makePod,
    remove(`${PODS}/p`),
    remove(`${PODS}/p`),
    remove(`${PODS}/p`, { query: { gracePeriodSeconds: '90' } }),
    remove(`${PODS}/p`, { query: { gracePeriodSeconds: '0' } }),
    get(`${PODS}/p`),
  ],
  'a Pod on a node is given less time': [
    makePod,
    remove(`${PODS}/p`, { query: { gracePeriodSeconds: '30' } }),
    remove(`${PODS}/p`, { query: { gracePeriodSeconds: '0' }, setup: true }),
  ],
  'a Pod on a node is given a negative time': [
    makePod,
    remove(`${PODS}/p`, { query: { gracePeriodSeconds: '-1' } }),
    remove(`${PODS}/p`, { query: { gracePeriodSeconds: '0' }, setup: true }),
  ],
  'a collection is deleted': [
    makeA,
    create(CONFIG_MAPS, toConfigMap('b', { labels: { app: 'web' } }), { setup: true }),
    remove(CONFIG_MAPS, { query: { labelSelector: 'app=web' } }),
    get(`${CONFIG_MAPS}/a`),
    get(`${CONFIG_MAPS}/b`),
  ],
  'a collection is deleted in a dry run': [
    create(CONFIG_MAPS, toConfigMap('b', { labels: { app: 'web' } }), { setup: true }),
    remove(CONFIG_MAPS, { query: { labelSelector: 'app=web', dryRun: 'All' } }),
    get(`${CONFIG_MAPS}/b`),
  ],
  'an empty collection is deleted': [remove(CONFIG_MAPS, { query: { labelSelector: 'app=web' } })],
  'Namespaces are not deleted as a collection': [remove('/api/v1/namespaces', { query: { labelSelector: 'app=web' } })],
}
