/** The API version of every document. */
export const API_VERSION = 'lockstep.dev/v1alpha1'

/** Every kind of document. */
export const KIND_NAMES = [
  'Fleet',
  'Cluster',
  'ClusterTemplate',
  'Placement',
  'RbacTemplate',
  'RbacGrant',
  'AlertPolicy',
] as const

/** The name of a kind. */
export type Kind = (typeof KIND_NAMES)[number]

/** Is it the name of a kind? */
export const isKind = (kind: unknown): kind is Kind => (KIND_NAMES as readonly unknown[]).includes(kind)

/** May `${…}` stand for a value in its spec? Of a kind that no cluster is made of, there is nothing to replace it by. */
export const takesReferences = (kind: Kind): boolean => kind !== 'Fleet' && kind !== 'AlertPolicy'
