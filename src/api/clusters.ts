import Type from 'typebox'
import { choice, name, object, text, textMap } from '../fleet/schema/common.ts'
import { defineOperations, page, pageQuery } from './operation.ts'

const STATES = ['unknown', 'syncing', 'synced', 'drifted', 'pending', 'failed', 'unreachable', 'suspended'] as const

const state = choice(
  'How it is. `synced`: as Git says, or drift is being healed; `drifted`: something is left; `pending`: Git is ahead.',
  STATES,
)

const cluster = object('A cluster as the hub knows it.', {
  name: text('Its name in the fleet.'),
  labels: Type.Optional(textMap('Its labels; absent where it left the fleet.')),
  state,
  message: Type.Optional(text('Why it is not synced.')),
  target: Type.Optional(text('The commit that it is to have.')),
  applied: Type.Optional(text('The commit that was applied and Current last.')),
  objects: Type.Integer({ description: 'Objects that are owned on it.' }),
  seen: Type.Optional(text('When it was looked at last.')),
})

/** Clusters. */
export const CLUSTER_OPERATIONS = defineOperations({
  listClusters: {
    method: 'GET',
    path: '/api/v1/clusters',
    topic: 'clusters',
    summary: 'Clusters, by name.',
    access: 'read',
    query: pageQuery({ state: Type.Optional(state) }),
    answer: page('Clusters.', cluster),
  },
  getCluster: {
    method: 'GET',
    path: '/api/v1/clusters/{name}',
    topic: 'clusters',
    summary: 'One cluster.',
    access: 'read',
    params: object('Which cluster.', { name: name('The name of the cluster.') }),
    answer: cluster,
  },
})
