import type { ApiRequest, ApiUser } from '../api.ts'
import { createBadRequest } from './failures.ts'

/** Who nobody is. */
export const ANONYMOUS: ApiUser = { username: 'system:anonymous', groups: ['system:unauthenticated'] }

/** Who a request acts as, and who sent it. */
export type Identity = { readonly user: ApiUser; readonly impersonated: ApiUser | undefined }

const EXTRA = 'impersonate-extra-'

/** Reads the impersonation headers; 400 where they lack a user. */
export const readIdentity = ({ user, headers }: Pick<ApiRequest, 'user' | 'headers'>): Identity => {
  const name = headers['impersonate-user'] ?? ''
  const uid = headers['impersonate-uid'] ?? ''
  const groups = splitValues(headers['impersonate-group'])
  const extra = Object.fromEntries(
    Object.entries(headers)
      .filter(([key]) => key.startsWith(EXTRA))
      .map(([key, value]) => [decodeURIComponent(key.slice(EXTRA.length)), splitValues(value)]),
  )
  const hasExtra = Object.keys(extra).length > 0
  if (name === '') {
    if (uid === '' && groups.length === 0 && !hasExtra) return { user, impersonated: undefined }
    throw createBadRequest(
      `requested &user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${formatGroups(groups)}, Extra:map[string][]string(nil)} without impersonating a user name`,
    )
  }
  return {
    user,
    impersonated: {
      username: name,
      groups: completeGroups(name, groups),
      ...(uid === '' ? {} : { uid }),
      ...(hasExtra ? { extra } : {}),
    },
  }
}

/** What every user is in besides the groups somebody gave him. */
export const completeGroups = (username: string, given: readonly string[]): readonly string[] => {
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(username) ?? []
  const own =
    given.length === 0 && namespace !== undefined
      ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
      : given
  const last = username === ANONYMOUS.username ? 'system:unauthenticated' : 'system:authenticated'
  return own.includes('system:authenticated') || own.includes('system:unauthenticated') ? own : [...own, last]
}

const splitValues = (value: string | undefined): string[] =>
  value === undefined || value === '' ? [] : value.split(/,\s*/)

const formatGroups = (groups: readonly string[]): string =>
  groups.length === 0 ? '[]string(nil)' : `[]string{${groups.map((group) => JSON.stringify(group)).join(', ')}}`
