/** To whom a binding gives a role. */
export type RbacSubject = {
  readonly kind: 'User' | 'Group' | 'ServiceAccount'
  readonly name: string
  /** Of a ServiceAccount. */
  readonly namespace?: string
}

/** Who asks, as the API server knows him after authentication. */
export type Identity = { readonly user: string; readonly groups: readonly string[] }

/** May everything, whatever roles say. */
export const SUPERUSERS = 'system:masters'
const AUTHENTICATED = 'system:authenticated'
const UNAUTHENTICATED = 'system:unauthenticated'
const SERVICE_ACCOUNTS = 'system:serviceaccounts'

/**
 * The identity that a subject stands for: a service account with the groups it is in, a user with those given, a group as
 * a user who is in it and whom no binding names. Everybody but the anonymous user is in `system:authenticated`.
 */
export const toIdentity = (subject: RbacSubject, groups: readonly string[] = []): Identity => {
  switch (subject.kind) {
    case 'User': {
      const known = subject.name === 'system:anonymous' ? UNAUTHENTICATED : AUTHENTICATED
      return { user: subject.name, groups: unique([...groups, ...toOwnGroups(subject.name), known]) }
    }
    case 'Group': {
      const known = subject.name === UNAUTHENTICATED ? UNAUTHENTICATED : AUTHENTICATED
      return { user: '', groups: unique([subject.name, ...groups, known]) }
    }
    case 'ServiceAccount':
      return toIdentity({ kind: 'User', name: toServiceAccountUser(subject.namespace ?? '', subject.name) }, groups)
    default:
      return subject.kind satisfies never
  }
}

/** The user that a service account is: `system:serviceaccount:NAMESPACE:NAME`. */
export const toServiceAccountUser = (namespace: string, name: string): string =>
  `system:serviceaccount:${namespace}:${name}`

/** A subject as people write it: `group:oidc:team-a`, `user:alice`, `serviceaccount:shop/deployer`; a bare name is a user. */
export const parseSubject = (text: string): RbacSubject | undefined => {
  const [, word, rest] = /^(user|group|serviceaccount|sa):(.+)$/is.exec(text) ?? []
  const kind = word?.toLowerCase()
  if (kind === 'group') return { kind: 'Group', name: rest as string }
  if (kind === 'user') return { kind: 'User', name: rest as string }
  const account = kind
    ? /^([^/:]+)[/:]([^/:]+)$/.exec(rest as string)
    : /^system:serviceaccount:([^:]+):([^:]+)$/.exec(text)
  if (account) return { kind: 'ServiceAccount', namespace: account[1] as string, name: account[2] as string }
  return kind || text === '' ? undefined : { kind: 'User', name: text }
}

/** The inverse of {@link parseSubject}. */
export const formatSubject = ({ kind, name, namespace }: RbacSubject): string => {
  switch (kind) {
    case 'User':
      return `user:${name}`
    case 'Group':
      return `group:${name}`
    case 'ServiceAccount':
      return `serviceaccount:${namespace ?? ''}/${name}`
    default:
      return kind satisfies never
  }
}

const toOwnGroups = (user: string): string[] => {
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(user) ?? []
  return namespace === undefined ? [] : [SERVICE_ACCOUNTS, `${SERVICE_ACCOUNTS}:${namespace}`]
}

const unique = (names: readonly string[]): string[] => [...new Set(names)]
