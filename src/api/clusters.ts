import Type from 'typebox'
import { choice, flag, freeForm, list, name, object, text, textMap } from '../fleet/schema/common.ts'
import { changeSummary } from './changes.ts'
import { defineOperations, page, pageQuery } from './operation.ts'
import { objectRef, SELECTION, time } from './shapes.ts'

const STATES = ['unknown', 'syncing', 'synced', 'drifted', 'pending', 'failed', 'unreachable', 'suspended'] as const

const state = choice(
  'How it is. `synced`: as Git says, or drift is being healed; `drifted`: something is left; `pending`: Git is ahead.',
  STATES,
)

const count = (description: string) => Type.Integer({ description, minimum: 0 })

const CLUSTER = {
  name: text('Its name in the fleet.'),
  labels: Type.Optional(textMap('Its labels; absent where it left the fleet.')),
  state,
  message: Type.Optional(text('Why it is not synced.')),
  reachable: flag('Did it answer, when it was asked last?'),
  error: Type.Optional(text('Why it is not as Git says, or not known how it is.')),
  version: Type.Optional(text('The version of Kubernetes that it runs.')),
  target: Type.Optional(text('The commit that it is to have.')),
  applied: Type.Optional(text('The commit that was applied and Current last.')),
  objects: count('Objects that are owned on it.'),
  findings: count('Findings that are open.'),
  pending: count('Components that are behind Git.'),
  seen: Type.Optional(time('When it was looked at last.')),
}

const listed = object('A cluster as the hub knows it.', {
  ...CLUSTER,
  provider: Type.Optional(text('What it is made with.')),
  components: count('Components that Git places on it.'),
})

const component = object('A component.', {
  name: text('Its name.'),
  source: freeForm('Where it comes from.'),
  namespace: Type.Optional(text('Its namespace.')),
  owner: Type.Optional(text('Whose it is.')),
  dependsOn: list('Components that come first.', text('A component.')),
  policy: freeForm('How it is applied and kept.'),
  state: Type.Optional(state),
  message: Type.Optional(text('Why it is not synced.')),
  applied: Type.Optional(text('The commit that was applied last.')),
  objects: Type.Optional(count('Objects that are owned of it.')),
  findings: count('Findings that are open.'),
  pending: count('1 where it is behind Git.'),
})

const shown = object('A cluster as the hub knows it, with its components.', {
  ...CLUSTER,
  provider: Type.Optional(freeForm('What it is made with.')),
  template: Type.Optional(freeForm('The template that it is made from.')),
  shape: Type.Optional(freeForm('What it is to look like.')),
  components: list('What Git places on it.', component),
  lastChange: Type.Optional(changeSummary),
})

const ownedObject = object('An object that is owned on a cluster, as it was recorded there last.', {
  component: text('Of which component.'),
  object: objectRef,
  uid: text('Its uid.'),
  resourceVersion: text('Its version after what was applied last.'),
  generation: Type.Optional(Type.Integer({ description: 'Its generation then.' })),
  digest: text('Of the manifest that was applied; keyed for Secrets.'),
  revision: Type.String({ description: 'The commit that it was applied from.' }),
  time: time('When this was stored.'),
})

/** Clusters. */
export const CLUSTER_OPERATIONS = defineOperations({
  listClusters: {
    method: 'GET',
    path: '/api/v1/clusters',
    topic: 'clusters',
    summary: 'Clusters, by name.',
    access: 'read',
    query: pageQuery({ state: Type.Optional(state), ...SELECTION }),
    answer: page('Clusters.', listed),
  },
  getCluster: {
    method: 'GET',
    path: '/api/v1/clusters/{name}',
    topic: 'clusters',
    summary: 'One cluster.',
    access: 'read',
    params: object('Which cluster.', { name: name('The name of the cluster.') }),
    answer: shown,
  },
  listObjects: {
    method: 'GET',
    path: '/api/v1/clusters/{name}/objects',
    topic: 'clusters',
    summary:
      'The objects that are owned on a cluster, with their fingerprints. The cluster is not asked, and may be away.',
    access: 'read',
    params: object('Which cluster.', { name: name('The name of the cluster.') }),
    query: pageQuery({ component: Type.Optional(text('Only of this component.')) }),
    answer: page('Objects.', ownedObject),
  },
})
