import Type from 'typebox'
import { parameters } from './cluster-template.ts'
import { choice, document, list, name, object, type Typed, text } from './common.ts'

const words = (description: string) =>
  Type.Optional(list(description, Type.String({ description: 'One of them; "*" for all.' })))

const rule = object('What may be done, as Kubernetes has it.', {
  apiGroups: words('API groups; "" for the core group.'),
  resources: words('Resources, in the plural: deployments, pods/log.'),
  resourceNames: words('Only objects of these names.'),
  nonResourceURLs: words('Paths that are no resources: /healthz.'),
  verbs: list('What may be done: get, list, watch, create, update, patch, delete.', text('A verb; "*" for all.'), {
    minItems: 1,
  }),
})

const role = object(
  'A role: rules of its own, or a ClusterRole that exists.',
  {
    name: name('The name by which grants refer to it.'),
    scope: choice('Does it hold in namespaces that a grant names, or on the whole cluster?', ['Namespace', 'Cluster']),
    rules: Type.Optional(list('What may be done.', rule, { minItems: 1 })),
    clusterRole: Type.Optional(text('A ClusterRole that exists on the clusters: view, edit, admin.')),
  },
  {
    oneOf: [{ required: ['rules'] }, { required: ['clusterRole'] }],
    'x-message': 'must have either rules or clusterRole',
  },
)

/** The spec of an RbacTemplate. */
const rbacTemplateSpec = object('The roles.', {
  parameters: Type.Optional(parameters),
  roles: list('The roles.', role, { minItems: 1 }),
})

/** Roles that grants give to people. */
export const rbacTemplate = document('RbacTemplate', 'template', 'Roles that grants give to people.', rbacTemplateSpec)

/** The spec of an RbacTemplate as a document has it. */
export type RbacTemplateSpec = Typed<typeof rbacTemplateSpec>
