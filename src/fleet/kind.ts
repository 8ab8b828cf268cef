/** The API version of every document. */
export const API_VERSION = 'lockstep.dev/v1alpha1'

/** Every kind of document. */
export const KIND_NAMES = ['Fleet', 'Cluster', 'ClusterTemplate', 'Placement', 'RbacTemplate', 'RbacGrant'] as const

/** The name of a kind. */
export type Kind = (typeof KIND_NAMES)[number]

/** Is it the name of a kind? */
export const isKind = (kind: unknown): kind is Kind => (KIND_NAMES as readonly unknown[]).includes(kind)
