import Type from 'typebox'
import { choice, duration, flag, list, object, text } from '../fleet/schema/common.ts'

const optional = Type.Optional

const groups = (role: string) => optional(list(`Groups whose members are ${role}.`, text('A group.')))

const oidc = object('The identity provider that people sign in at, by OpenID Connect. Needs `publicUrl`.', {
  issuer: Type.String({
    description: 'Its address, as it names itself. https, or a provider on this machine.',
    pattern: '^https?://[^\\s?#]+$',
    'x-message': 'is no http(s) address',
  }),
  clientId: text('What the hub is called there.'),
  clientSecret: optional(
    object('What proves it, for a client that has a secret.', {
      secret: Type.String({ description: 'Its file in `secretsDir`.', pattern: '^[a-z0-9][a-z0-9.-]*$' }),
    }),
  ),
  scopes: optional(list('What is asked for. By default openid, profile, email.', text('A scope.'))),
  groupsClaim: optional(text('The claim with the groups. By default groups.')),
  roles: object('Which groups have which role; the highest counts, and without one nobody comes in.', {
    viewer: groups('viewers, who read'),
    operator: groups('operators, who also suspend, acknowledge, silence, sync and heal'),
    approver: groups('approvers, who also confirm deletions'),
    admin: groups('administrators, who also manage tokens'),
  }),
})

/** Who may speak to a hub. */
export const AUTH_CONFIG = object('Who may speak to the API.', {
  adminToken: optional(flag('Whether the token in the data folder (`admin-token`) is one. By default it is.')),
  oidc: optional(oidc),
  sessionIdle: optional(duration('A session that is not used for so long is over. By default 1h.')),
  sessionLifetime: optional(duration('So long a session, or the token of `lockstep login`, lives. By default 12h.')),
  metrics: optional(
    choice('Whether /metrics is open to whoever reaches the port, or needs a token that may read. By default open.', [
      'open',
      'token',
    ]),
  ),
  trustedProxies: optional(
    list('Addresses and networks of proxies whose x-forwarded-for says who asks.', text('An address or a network.')),
  ),
})
