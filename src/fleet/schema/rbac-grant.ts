import Type from 'typebox'
import { choice, document, freeForm, list, object, selector, type Typed, text, time } from './common.ts'

const subject = object(
  'Who: a group, a user, or a service account.',
  {
    group: Type.Optional(text('A group, as the cluster sees it: oidc:team-a.')),
    user: Type.Optional(text('A user, as the cluster sees it.')),
    serviceAccount: Type.Optional(
      text('A service account, as namespace/name.', {
        pattern: '^[^/]+/[^/]+$',
        'x-message': 'must be namespace/name',
      }),
    ),
  },
  { minProperties: 1, maxProperties: 1, 'x-message': 'must have exactly one of group, user and serviceAccount' },
)

const breakGlass = object('Access in an emergency, for a short time.', {
  reason: text('Why it is needed: the incident, the ticket.'),
  since: time('When it was given. It ends at most 24 hours later.'),
})

const binding = object('Who gets which role, where and until when.', {
  role: text('A role of the template.'),
  subjects: list('Who gets it.', subject, { minItems: 1 }),
  namespaces: Type.Optional(selector('Where a role of scope Namespace holds.', 'namespace')),
  expires: Type.Optional(time('When it ends.')),
  breakGlass: Type.Optional(breakGlass),
})

/** The spec of an RbacGrant. */
const rbacGrantSpec = object('Who gets which roles on which clusters.', {
  template: object('The template with the roles.', {
    name: text('The name of an RbacTemplate.'),
    arguments: Type.Optional(freeForm("Values for the template's parameters.")),
  }),
  clusters: selector('The clusters.', 'cluster'),
  bindings: list('Who gets which role.', binding, { minItems: 1 }),
  owner: Type.Optional(text('Who is told about it: a team, a person. The default comes from CODEOWNERS.')),
  drift: Type.Optional(choice('What happens to changes made by others.', ['heal', 'report', 'ignore'])),
  unmanaged: Type.Optional(
    choice(
      'What happens to access that no grant made: bindings in the namespaces of this grant or to its subjects, and ClusterRoles that aggregate into its roles. The default is report.',
      ['report', 'remove', 'ignore'],
    ),
  ),
})

/** Roles of a template given to people on clusters. */
export const rbacGrant = document(
  'RbacGrant',
  'grant',
  'Roles of a template, given to people on clusters.',
  rbacGrantSpec,
)

/** The spec of an RbacGrant as a document has it. */
export type RbacGrantSpec = Typed<typeof rbacGrantSpec>
