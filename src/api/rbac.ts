import Type from 'typebox'
import { freeForm, list, object, text } from '../fleet/schema/common.ts'
import { defineOperations, page, pageQuery } from './operation.ts'
import { SELECTION } from './shapes.ts'

const stated = object('The access that Git states for a cluster, without the roles that every cluster has.', {
  cluster: text('The cluster.'),
  kubernetesVersion: Type.Optional(text('The version that Git states, whose built-in roles it has.')),
  roles: list('Roles.', freeForm('A Role or ClusterRole.')),
  bindings: list('Bindings.', freeForm('A RoleBinding or ClusterRoleBinding.')),
  leftOut: list(
    'Components that cannot be rendered: what access they state is not known.',
    object('A component.', { component: text('Its name.'), message: text('Why not.') }),
  ),
})

const document = object('A document in Git.', {
  name: text('Its name.'),
  at: text('Where it stands: file, line and column.'),
  change: Type.Optional(
    object('The commit that changed it last.', {
      commit: text('The commit, shortened.'),
      author: Type.String({ description: 'Who wrote it.' }),
      date: text('The day.'),
      subject: Type.String({ description: 'The first line of its message.' }),
    }),
  ),
})

/** Who may do what on the clusters, as Git states it. */
export const RBAC_OPERATIONS = defineOperations({
  listAccess: {
    method: 'GET',
    path: '/api/v1/access',
    topic: 'access',
    summary: 'Roles and bindings that the revision of the hub states, by cluster. No cluster is asked.',
    access: 'read',
    query: pageQuery(SELECTION),
    answer: page('Clusters.', stated),
  },
  getGrant: {
    method: 'GET',
    path: '/api/v1/access/grants/{name}',
    topic: 'access',
    summary: 'Where a grant of access stands in Git, and the template that it uses, with who changed them last.',
    access: 'read',
    params: object('Which grant.', { name: text('Its name.', { maxLength: 100 }) }),
    answer: object('Where it stands.', { grant: document, template: Type.Optional(document) }),
  },
})
