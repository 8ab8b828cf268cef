import { apply, type ContractCases, create, mergePatch, read, remove, watch } from './contract-case.ts'

const CONFIG_MAPS = '/api/v1/namespaces/{ns}/configmaps'
const toConfigMap = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { mine: 'yes', ...labels } },
  data: { of: name },
})
const MINE = { labelSelector: 'mine=yes' }
const makeA = create(CONFIG_MAPS, toConfigMap('a'), { as: 'a', setup: true })
const FROM_A = { ...MINE, resourceVersion: '{a.metadata.resourceVersion}' }
const METADATA = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' }

/** How changes are told. */
export const cases: ContractCases = {
  'a watch begins with what is there': [
    makeA,
    create(CONFIG_MAPS, toConfigMap('b'), { setup: true }),
    watch('w', CONFIG_MAPS, { query: MINE }),
    read('w', 2),
  ],
  'a watch of version 0 begins with what is there': [
    makeA,
    watch('w', CONFIG_MAPS, { query: { ...MINE, resourceVersion: '0' } }),
    read('w', 1),
  ],
  'a watch from a version tells what came after': [
    makeA,
    create(CONFIG_MAPS, toConfigMap('b'), { setup: true }),
    watch('w', CONFIG_MAPS, { query: FROM_A }),
    read('w', 1),
    mergePatch(`${CONFIG_MAPS}/a`, { data: { of: 'changed' } }, { setup: true }),
    remove(`${CONFIG_MAPS}/b`, { setup: true }),
    read('w', 2),
  ],
  'a deletion tells the last state at the version of the deletion': [
    makeA,
    watch('w', CONFIG_MAPS, { query: FROM_A }),
    remove(`${CONFIG_MAPS}/a`),
    read('w', 1),
  ],
  'an object that begins to match is added, and one that no longer does deleted': [
    create(CONFIG_MAPS, toConfigMap('a', { colour: 'red' }), { as: 'a', setup: true }),
    watch('w', CONFIG_MAPS, {
      query: { labelSelector: 'colour=blue', resourceVersion: '{a.metadata.resourceVersion}' },
    }),
    mergePatch(`${CONFIG_MAPS}/a`, { metadata: { labels: { colour: 'blue' } } }, { setup: true }),
    mergePatch(`${CONFIG_MAPS}/a`, { data: { of: 'changed' } }, { setup: true }),
    mergePatch(`${CONFIG_MAPS}/a`, { metadata: { labels: { colour: 'red' } } }, { setup: true }),
    read('w', 3),
  ],
  'a watch of one object by its name': [
    makeA,
    watch('w', CONFIG_MAPS, {
      query: { fieldSelector: 'metadata.name=b', resourceVersion: '{a.metadata.resourceVersion}' },
    }),
    mergePatch(`${CONFIG_MAPS}/a`, { data: { of: 'changed' } }, { setup: true }),
    create(CONFIG_MAPS, toConfigMap('b'), { setup: true }),
    read('w', 1),
  ],
  'a change that changes nothing is not told': [
    makeA,
    watch('w', CONFIG_MAPS, { query: FROM_A }),
    mergePatch(`${CONFIG_MAPS}/a`, { data: { of: 'a' } }, { setup: true }),
    create(CONFIG_MAPS, toConfigMap('b'), { setup: true }),
    read('w', 1),
  ],
  'a dry run is not told': [
    makeA,
    watch('w', CONFIG_MAPS, { query: FROM_A }),
    create(CONFIG_MAPS, toConfigMap('dry'), { query: { dryRun: 'All' }, setup: true }),
    create(CONFIG_MAPS, toConfigMap('b'), { setup: true }),
    read('w', 1),
  ],
  'an apply is told with its fields': [
    makeA,
    watch('w', CONFIG_MAPS, { query: FROM_A }),
    apply(`${CONFIG_MAPS}/b`, toConfigMap('b'), { setup: true }),
    read('w', 1),
  ],
  'finalizers make a deletion a change first': [
    create(
      CONFIG_MAPS,
      { ...toConfigMap('a'), metadata: { name: 'a', labels: { mine: 'yes' }, finalizers: ['shop.io/wait'] } },
      { as: 'a', setup: true },
    ),
    watch('w', CONFIG_MAPS, { query: FROM_A }),
    remove(`${CONFIG_MAPS}/a`),
    mergePatch(`${CONFIG_MAPS}/a`, { metadata: { finalizers: null } }),
    read('w', 2),
  ],
  'a watch of metadata': [
    makeA,
    watch('w', CONFIG_MAPS, { query: FROM_A, headers: METADATA }),
    mergePatch(`${CONFIG_MAPS}/a`, { data: { of: 'changed' } }, { setup: true }),
    read('w', 1),
  ],
  'a watch ends after the time that it is given': [
    makeA,
    watch('w', CONFIG_MAPS, { query: { ...FROM_A, timeoutSeconds: '1' } }),
    read('w', 'all'),
  ],
  'initial events end with a bookmark': [
    makeA,
    watch('w', CONFIG_MAPS, {
      query: { ...MINE, sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' },
    }),
    read('w', 2),
  ],
  'initial events of metadata end with a bookmark of metadata': [
    makeA,
    watch('w', CONFIG_MAPS, {
      query: { ...MINE, sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' },
      headers: METADATA,
    }),
    read('w', 2),
  ],
  'the bookmark of a Deployment': {
    steps: [
      watch('w', '/apis/apps/v1/namespaces/{ns}/deployments', {
        query: { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' },
      }),
      read('w', 1),
    ],
    differs:
      'the object in a bookmark has a version and nothing else, where the real server adds empty fields of its kind',
  },
  'without bookmarks, initial events have no end': [
    makeA,
    watch('w', CONFIG_MAPS, {
      query: { ...MINE, sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', timeoutSeconds: '1' },
    }),
    read('w', 'all'),
  ],
  'no initial events are wanted': [
    makeA,
    watch('w', CONFIG_MAPS, {
      query: { ...MINE, sendInitialEvents: 'false', resourceVersionMatch: 'NotOlderThan', timeoutSeconds: '1' },
    }),
    read('w', 'all'),
  ],
  'initial events without a match are refused': [watch('w', CONFIG_MAPS, { query: { sendInitialEvents: 'true' } })],
  'a match without initial events is refused': [
    watch('w', CONFIG_MAPS, { query: { resourceVersionMatch: 'NotOlderThan', resourceVersion: '5' } }),
  ],
  'an exact match is refused': [
    watch('w', CONFIG_MAPS, {
      query: { sendInitialEvents: 'true', resourceVersionMatch: 'Exact', resourceVersion: '5' },
    }),
  ],
  'a malformed version is refused': [watch('w', CONFIG_MAPS, { query: { resourceVersion: 'x' } })],
  'a watch with a malformed selector is refused': [watch('w', CONFIG_MAPS, { query: { labelSelector: '=' } })],
  'a watch of an older form of URL': [
    makeA,
    watch('w', '/api/v1/watch/namespaces/{ns}/configmaps/a', { query: { timeoutSeconds: '1' } }),
    read('w', 'all'),
  ],
}
