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

/** What decides who may what. */
export type Authorizer = {
  readonly denyRules: ReadonlySet<DenyRule>
  /** Asked for what no rule denies; by default, everybody may everything. */
  readonly allow: ((attributes: AccessAttributes) => { readonly reason: string } | undefined) | undefined
}

/** Whether somebody may do something, and why. The unknown may only see that the server is well. */
export type Decision = { readonly allowed: boolean; readonly reason: string }

/** Decides. */
export const authorize = (attributes: AccessAttributes, { denyRules, allow }: Authorizer): Decision => {
  for (const rule of denyRules) {
    const denied = rule(attributes)
    if (denied !== false) return { allowed: false, reason: denied === true ? '' : denied }
  }
  if (PUBLIC.test(attributes.path ?? '')) return { allowed: true, reason: '' }
  if (attributes.user.username === ANONYMOUS.username) return { allowed: false, reason: '' }
  const allowance = allow ? allow(attributes) : { reason: '' }
  return { allowed: allowance !== undefined, reason: allowance?.reason ?? '' }
}

const PUBLIC = /^\/(?:healthz|livez|readyz|version)\/?$/

/** The server's words for a request that is denied. */
export const createDenied = (attributes: AccessAttributes, reason: string): Error => {
  const { group, plural, name } = attributes
  const why = reason === '' ? '' : `: ${reason}`
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
