import Type from 'typebox'
import { parameters } from './cluster-template.ts'
import { choice, document, list, name, object, type Typed, text, textMap } from './common.ts'

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

/** Roles that are useful everywhere, made by Lockstep. */
export const PRESET_NAMES = ['view', 'edit', 'admin', 'debugger', 'deployer', 'secret-reader', 'auditor'] as const

const labelSelector = object('Labels of ClusterRoles.', {
  matchLabels: textMap('Labels that must be there with exactly these values.'),
})

const role = object(
  'A role: rules of its own, a preset, a ClusterRole that exists, or the rules of several.',
  {
    name: name('The name by which grants refer to it.'),
    scope: choice('Does it hold in namespaces that a grant names, or on the whole cluster?', ['Namespace', 'Cluster']),
    rules: Type.Optional(list('What may be done.', rule, { minItems: 1 })),
    preset: Type.Optional(choice('A role that Lockstep brings along.', PRESET_NAMES)),
    clusterRole: Type.Optional(text('A ClusterRole that exists on the clusters.')),
    aggregate: Type.Optional(
      list('The rules of all ClusterRoles with these labels, followed as they come and go.', labelSelector, {
        minItems: 1,
      }),
    ),
  },
  {
    oneOf: ['rules', 'preset', 'clusterRole', 'aggregate'].map((field) => ({ required: [field] })),
    'x-message': 'must have exactly one of rules, preset, clusterRole and aggregate',
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
