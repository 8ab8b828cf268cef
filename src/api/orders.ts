import Type from 'typebox'
import { choice, duration, flag, freeForm, list, name, object, text } from '../fleet/schema/common.ts'
import { defineOperations } from './operation.ts'
import { objectRef, SELECTION, time } from './shapes.ts'

const order = object('What the hub was asked to do.', {
  id: text('Its name.'),
  kind: choice('What.', ['sync', 'heal', 'look', 'diff', 'confirmDeletions']),
  clusters: list('On which clusters.', text('The name of a cluster.')),
  actor: text('Who asked for it.'),
  state: choice('Whether it is done. Where clusters failed it is done, and its report says so.', [
    'running',
    'done',
    'failed',
  ]),
  started: time('When it began.'),
  ended: Type.Optional(time('When it was done.')),
  error: Type.Optional(
    object('Why there is no report.', {
      code: Type.Optional(text('The code, as docs/errors.md explains it.')),
      message: text('What went wrong.'),
      hint: Type.Optional(text('What can be done.')),
    }),
  ),
  report: Type.Optional(
    freeForm(
      'What became of it, as the command prints it with -o json: `lockstep sync`, `drift --heal`, `drift`, or `diff` with its differences as trees.',
    ),
  ),
})

const wait = object('How long to wait for it.', {
  wait: Type.Optional(duration('At most 60s; not at all by default. Ask for the order again until it is not running.')),
})

const oneCluster = object('Which cluster.', { name: name('The name of the cluster.') })

const dryRun = { dryRun: Type.Optional(flag('Plan only, write nothing.')) }
const deep = { deep: Type.Optional(flag('Read every object in full, whatever its metadata says.')) }

const LONG = 'Answers at once, or after `wait`.'

/** What a hub is asked to do on clusters. It takes its time: what is begun is an order, which can be asked for. */
export const ORDER_OPERATIONS = defineOperations({
  sync: {
    method: 'POST',
    path: '/api/v1/sync',
    topic: 'operations',
    summary: `Applies what Git says to clusters, and undoes all drift. ${LONG}`,
    access: 'sync',
    query: wait,
    body: object('Which clusters; all where nothing is said.', { ...SELECTION, ...dryRun }),
    answer: order,
    status: 202,
  },
  syncCluster: {
    method: 'POST',
    path: '/api/v1/clusters/{name}/sync',
    topic: 'operations',
    summary: `Applies what Git says to a cluster, and undoes all drift. ${LONG}`,
    access: 'sync',
    params: oneCluster,
    query: wait,
    body: object('How.', dryRun),
    answer: order,
    status: 202,
  },
  heal: {
    method: 'POST',
    path: '/api/v1/heal',
    topic: 'operations',
    summary: `Undoes the drift of components whose policy says heal, now. ${LONG}`,
    access: 'heal',
    query: wait,
    body: object('Which clusters; all where nothing is said.', SELECTION),
    answer: order,
    status: 202,
  },
  healCluster: {
    method: 'POST',
    path: '/api/v1/clusters/{name}/heal',
    topic: 'operations',
    summary: `Undoes the drift of components of a cluster whose policy says heal, now. ${LONG}`,
    access: 'heal',
    params: oneCluster,
    query: wait,
    answer: order,
    status: 202,
  },
  look: {
    method: 'POST',
    path: '/api/v1/look',
    topic: 'operations',
    summary: `Looks at whole clusters now for drift, and writes nothing. ${LONG}`,
    access: 'read',
    query: wait,
    body: object('Which clusters; all where nothing is said.', { ...SELECTION, ...deep }),
    answer: order,
    status: 202,
  },
  diff: {
    method: 'POST',
    path: '/api/v1/diff',
    topic: 'operations',
    summary: `What a sync would do, field by field; writes nothing. ${LONG}`,
    access: 'read',
    query: wait,
    body: object('Which clusters; all where nothing is said.', SELECTION),
    answer: order,
    status: 202,
  },
  getOrder: {
    method: 'GET',
    path: '/api/v1/orders/{id}',
    topic: 'operations',
    summary: 'What became of an order. The hub remembers the last ones until it ends.',
    access: 'read',
    params: object('Which order.', { id: text('Its name.', { maxLength: 64 }) }),
    query: wait,
    answer: order,
  },
  listDeletions: {
    method: 'GET',
    path: '/api/v1/deletions',
    topic: 'operations',
    summary: 'Deletions that wait for somebody to confirm them.',
    access: 'read',
    answer: object('What waits.', {
      items: list(
        'By cluster.',
        object('Deletions of a cluster.', {
          cluster: text('The cluster.'),
          digest: text('What confirms exactly these.'),
          reasons: list('Why somebody has to.', text('A reason.')),
          deletions: list('What would be deleted.', objectRef),
        }),
      ),
    }),
  },
  confirmDeletions: {
    method: 'POST',
    path: '/api/v1/deletions/{digest}/confirm',
    topic: 'operations',
    summary: `Carries out exactly the deletions of this digest, of one cluster or of all that wait. ${LONG}`,
    access: 'confirm-deletions',
    params: object('Which deletions.', { digest: text('Their digest.', { maxLength: 200 }) }),
    query: wait,
    answer: order,
    status: 202,
  },
})
