import type { JsonObject } from '../../kube/object.ts'
import {
  apply,
  type ContractCases,
  create,
  define,
  get,
  mergePatch,
  read,
  remove,
  update,
  watch,
} from './contract-case.ts'

const CONFIG_MAPS = '/api/v1/namespaces/{ns}/configmaps'
const SERVICES = '/api/v1/namespaces/{ns}/services'
const LISTED = { labelSelector: 'part=list' }
const METADATA = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' }
const listed = (name: string, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { part: 'list' } },
  ...more,
})
const a = create(CONFIG_MAPS, listed('a'), { setup: true, as: 'a' })
const b = create(CONFIG_MAPS, listed('b'), { setup: true, as: 'b' })
const bump = mergePatch(`${CONFIG_MAPS}/a`, { data: { color: 'red' } }, { setup: true, as: 'bumped' })
const since = (step: string) => ({ ...LISTED, resourceVersion: `{${step}.metadata.resourceVersion}` })

/** What a watch tells. */
export const cases: ContractCases = {
  'a watch from a version tells what came after it': [
    a,
    watch('w', CONFIG_MAPS, { query: since('a') }),
    create(CONFIG_MAPS, listed('c')),
    mergePatch(`${CONFIG_MAPS}/c`, { data: { x: 'y' } }),
    remove(`${CONFIG_MAPS}/c`),
    read('w', 3),
  ],
  'a watch from an old version catches up': [
    a,
    bump,
    b,
    remove(`${CONFIG_MAPS}/b`, { setup: true }),
    watch('w', CONFIG_MAPS, { query: since('a') }),
    read('w', 3),
  ],
  'a watch without a version begins with what there is': [
    a,
    b,
    watch('w', CONFIG_MAPS, { query: LISTED }),
    read('w', 2),
    bump,
    read('w', 1),
  ],
  'a watch from version 0 begins with what there is': [
    a,
    get(CONFIG_MAPS, {
      query: { ...LISTED, resourceVersion: '0' },
      setup: true,
      until: ({ body }) => body.items.length === 1,
    }),
    watch('w', CONFIG_MAPS, { query: { ...LISTED, resourceVersion: '0' } }),
    read('w', 1),
    bump,
    read('w', 1),
  ],
  'a watch ends after the time it was asked for': [
    a,
    watch('w', CONFIG_MAPS, { query: { ...since('a'), timeoutSeconds: '1' } }),
    read('w', 'all'),
  ],
  'an object that begins to match is added, one that ceases to is deleted as it was': [
    create(CONFIG_MAPS, listed('x'), { setup: true, as: 'x' }),
    watch('w', CONFIG_MAPS, { query: { labelSelector: 'tier=web', resourceVersion: '{x.metadata.resourceVersion}' } }),
    mergePatch(`${CONFIG_MAPS}/x`, { metadata: { labels: { tier: 'web' } } }, { setup: true }),
    mergePatch(`${CONFIG_MAPS}/x`, { data: { seen: 'yes' } }, { setup: true }),
    mergePatch(`${CONFIG_MAPS}/x`, { metadata: { labels: { tier: 'db' } }, data: { seen: 'no' } }, { setup: true }),
    mergePatch(`${CONFIG_MAPS}/x`, { data: { seen: 'never' } }, { setup: true }),
    mergePatch(`${CONFIG_MAPS}/x`, { metadata: { labels: { tier: 'web' } } }, { setup: true }),
    read('w', 4),
  ],
  'a watch of one object is chosen by its name': [
    a,
    b,
    watch('w', CONFIG_MAPS, {
      query: { fieldSelector: 'metadata.name=b', resourceVersion: '{b.metadata.resourceVersion}' },
    }),
    bump,
    mergePatch(`${CONFIG_MAPS}/b`, { data: { x: 'y' } }, { setup: true }),
    read('w', 1),
  ],
  'a watch of metadata alone': [
    a,
    watch('w', CONFIG_MAPS, { query: since('a'), headers: METADATA }),
    bump,
    remove(`${CONFIG_MAPS}/a`, { setup: true }),
    read('w', 2),
  ],
  'a watch over all namespaces': [
    create(CONFIG_MAPS, listed('x', { metadata: { name: 'x', labels: { of: '{ns}' } } }), { setup: true, as: 'x' }),
    watch('w', '/api/v1/configmaps', {
      query: { labelSelector: 'of={ns}', resourceVersion: '{x.metadata.resourceVersion}' },
    }),
    mergePatch(`${CONFIG_MAPS}/x`, { data: { a: 'b' } }, { setup: true }),
    read('w', 1),
  ],
  'a watch by the old path': [
    a,
    watch('w', '/api/v1/watch/namespaces/{ns}/configmaps', { query: since('a') }),
    bump,
    read('w', 1),
  ],
  'a watch of one object by the old path': [
    a,
    watch('w', '/api/v1/watch/namespaces/{ns}/configmaps/a', {
      query: { resourceVersion: '{a.metadata.resourceVersion}' },
    }),
    b,
    bump,
    read('w', 1),
  ],
  'what writes nothing is not told': [
    a,
    watch('w', CONFIG_MAPS, { query: since('a') }),
    mergePatch(`${CONFIG_MAPS}/a`, {}, { setup: true }),
    update(`${CONFIG_MAPS}/a`, {}, { base: 'a', setup: true }),
    mergePatch(`${CONFIG_MAPS}/a`, { data: { x: 'y' } }, { query: { dryRun: 'All' }, setup: true }),
    bump,
    read('w', 1),
  ],
  'an apply is told like any change': [
    a,
    watch('w', CONFIG_MAPS, { query: since('a') }),
    apply(`${CONFIG_MAPS}/a`, listed('a', { data: { x: 'y' } }), { setup: true }),
    apply(`${CONFIG_MAPS}/z`, listed('z'), { setup: true }),
    read('w', 2),
  ],
  'a deletion that waits for finalizers is told twice': [
    create(
      CONFIG_MAPS,
      listed('held', { metadata: { name: 'held', labels: { part: 'list' }, finalizers: ['example.com/hold'] } }),
      { setup: true, as: 'held' },
    ),
    watch('w', CONFIG_MAPS, { query: since('held') }),
    remove(`${CONFIG_MAPS}/held`, { setup: true }),
    mergePatch(`${CONFIG_MAPS}/held`, { metadata: { finalizers: null } }, { setup: true }),
    read('w', 2),
  ],
  'a deleted collection is told one by one': [
    a,
    b,
    watch('w', CONFIG_MAPS, { query: since('b') }),
    remove(CONFIG_MAPS, { query: LISTED, setup: true }),
    read('w', 2),
  ],
  'a watch begins with a bookmark after what there is, where initial events are asked for': [
    a,
    b,
    watch('w', CONFIG_MAPS, {
      query: {
        ...LISTED,
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: 'true',
      },
    }),
    read('w', 3),
    bump,
    read('w', 1),
  ],
  'initial events of metadata alone end with a bookmark of that kind': [
    a,
    watch('w', CONFIG_MAPS, {
      query: {
        ...LISTED,
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: 'true',
      },
      headers: METADATA,
    }),
    read('w', 2),
  ],
  'initial events without a version match are refused': [
    watch('w', CONFIG_MAPS, { query: { sendInitialEvents: 'true' } }),
  ],
  'a version match without initial events is refused in a watch': [
    watch('w', CONFIG_MAPS, { query: { resourceVersionMatch: 'NotOlderThan', resourceVersion: '1' } }),
  ],
  'initial events are refused in a list': [
    get(CONFIG_MAPS, { query: { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' } }),
  ],
  'a watch from a version that is none is refused': [watch('w', CONFIG_MAPS, { query: { resourceVersion: 'new' } })],
  'a watch from a version of the future is told so': [
    a,
    watch('w', CONFIG_MAPS, { query: { ...LISTED, resourceVersion: '999999999' } }),
    read('w', 'all'),
  ],
  'a watch with a label selector that is none is refused': [
    watch('w', CONFIG_MAPS, { query: { labelSelector: 'a=b=c' } }),
  ],
  'a watch with a field selector that the kind does not know is refused': [
    watch('w', CONFIG_MAPS, { query: { fieldSelector: 'data.x=y' } }),
  ],
  'a watch of what no kind is called is not found': [watch('w', '/api/v1/namespaces/{ns}/nothings')],
  'a watch of what one may not read is forbidden': [watch('w', CONFIG_MAPS, { user: 'alice' })],
  'a Service is told as it came to be': [
    create(SERVICES, { metadata: { name: 'before' }, spec: { clusterIP: 'None' } }, { setup: true, as: 'before' }),
    watch('w', SERVICES, { query: { resourceVersion: '{before.metadata.resourceVersion}' } }),
    create(SERVICES, { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }, { setup: true }),
    remove(`${SERVICES}/s`, { setup: true }),
    read('w', 2),
  ],
  'custom resources are watched': [
    ...define({
      spec: {
        group: '{ns}.example.com',
        scope: 'Cluster',
        names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: { spec: { type: 'object', properties: { a: { type: 'integer' } } } },
              },
            },
          },
        ],
      },
    }),
    create(
      '/apis/{ns}.example.com/v1/things',
      { apiVersion: '{ns}.example.com/v1', kind: 'Thing', metadata: { name: 'x' } },
      { setup: true, as: 'x' },
    ),
    watch('w', '/apis/{ns}.example.com/v1/things', { query: { resourceVersion: '{x.metadata.resourceVersion}' } }),
    mergePatch('/apis/{ns}.example.com/v1/things/x', { spec: { a: 1, b: 2 } }, { setup: true }),
    remove('/apis/{ns}.example.com/v1/things/x', { setup: true }),
    read('w', 2),
  ],
}
