import type { ApiUser } from '../api.ts'
import { createForbidden } from './failures.ts'
import { ANONYMOUS } from './identity.ts'
import type { RequestInfo } from './request-info.ts'

/** What somebody wants to do, as an authoriser is asked. */
export type AccessAttributes = {
  readonly user: ApiUser
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** Of a request that is about no resource. */
  readonly path: string | undefined
}

/** Says whether a request is denied, and why if there is more to say. */
export type DenyRule = (attributes: AccessAttributes) => boolean | string

/** The attributes of a request. */
export const toAttributes = (user: ApiUser, info: RequestInfo): AccessAttributes =>
  info.kind === 'other'
    ? {
        user,
        verb: info.verb,
        group: '',
        version: '',
        plural: '',
        subresource: '',
        namespace: '',
        name: '',
        path: info.path,
      }
    : {
        user,
        verb: info.verb,
        group: info.group,
        version: info.version,
        plural: info.plural,
        subresource: info.subresource ?? '',
        namespace: info.namespace ?? '',
        name: info.name ?? '',
        path: undefined,
      }

/** Everybody may everything that no rule denies, but for the unknown, who may only see that the server is well. */
export const isDenied = (attributes: AccessAttributes, rules: Iterable<DenyRule>): boolean | string => {
  if (attributes.user.username === ANONYMOUS.username && !PUBLIC.test(attributes.path ?? '')) return true
  for (const rule of rules) {
    const denied = rule(attributes)
    if (denied !== false) return denied
  }
  return false
}

const PUBLIC = /^\/(?:healthz|livez|readyz|version)\/?$/

/** The server's words for a request that is denied. */
export const createDenied = (attributes: AccessAttributes, denied: boolean | string): Error => {
  const { group, plural, name } = attributes
  const why = typeof denied === 'string' && denied !== '' ? `: ${denied}` : ''
  return createForbidden({ group, plural }, name, `${describe(attributes)}${why}`)
}

const describe = ({ user, verb, group, plural, subresource, namespace, path }: AccessAttributes): string => {
  const who = `User ${JSON.stringify(user.username)} cannot ${verb}`
  if (path !== undefined) return sanitize(`${who} path ${JSON.stringify(path)}`)
  const what = subresource === '' ? plural : `${plural}/${subresource}`
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`
  return sanitize(`${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`)
}

const sanitize = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
