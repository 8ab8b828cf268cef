import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { parseDuration } from '../base/duration.ts'
import { isLoopback } from '../base/proxy.ts'
import type { Store } from '../store/store.ts'
import { createAuthenticate } from './api/authenticate.ts'
import { openBootstrapToken } from './api/bootstrap-token.ts'
import { createLogin } from './api/login/login.ts'
import { createOidc } from './api/login/oidc.ts'
import type { ServerDeps } from './api/server.ts'
import type { HubConfig } from './config.ts'
import { createHubError } from './errors.ts'

/** The world of access. */
export type AccessDeps = {
  readonly dataDir: string
  readonly store: Store
  readonly clock: Clock
  readonly log: ServerDeps['log']
}

type Access = Pick<ServerDeps, 'authenticate' | 'login' | 'publicUrl' | 'trustedProxies' | 'isMetricsClosed'>
type OidcConfig = NonNullable<NonNullable<HubConfig['auth']>['oidc']>

const [IDLE, LIFETIME] = ['1h', '12h']
const SCOPES = ['openid', 'profile', 'email']

/** Who may speak to the hub, as its settings say. */
export const openAccess = (config: HubConfig, { dataDir, store, clock, log }: AccessDeps): Access => {
  const { auth = {}, publicUrl } = config
  const sessionLifetimeMs = parseDuration(auth.sessionLifetime ?? LIFETIME)
  const sessionIdleMs = parseDuration(auth.sessionIdle ?? IDLE)
  const admin = auth.adminToken === false ? undefined : openBootstrapToken(dataDir)
  if (admin?.isNew) log('info', 'made a token for the first administrator', { file: admin.file })
  const authenticate = createAuthenticate({
    ...{ store, clock, sessionIdleMs },
    ...(admin ? { bootstrapHash: admin.hash } : {}),
  })
  const shared = {
    authenticate,
    isMetricsClosed: auth.metrics === 'token',
    ...(auth.trustedProxies ? { trustedProxies: auth.trustedProxies } : {}),
    ...(publicUrl === undefined ? {} : { publicUrl }),
  }
  if (!auth.oidc) return shared
  if (publicUrl === undefined)
    throw createHubError('HUB_CONFIG_INVALID', 'auth.oidc needs publicUrl: people are sent back to it', {
      hint: 'set publicUrl to the address under which browsers reach the hub',
    })
  if (new URL(publicUrl).protocol === 'http:' && !isLoopback(new URL(publicUrl)))
    log('warn', 'sessions and tokens go to browsers in plain text: give the hub an https publicUrl', { publicUrl })
  const oidc = createOidc(toSettings(auth.oidc, publicUrl, config.secretsDir))
  return { ...shared, login: createLogin({ oidc, store, clock, publicUrl, sessionLifetimeMs, sessionIdleMs, log }) }
}

const toSettings = (oidc: OidcConfig, publicUrl: string, secretsDir: string | undefined) => {
  const { issuer, clientId, clientSecret, scopes = SCOPES, groupsClaim = 'groups', roles } = oidc
  return {
    ...{ issuer, clientId, scopes, groupsClaim, roles },
    ...(clientSecret ? { clientSecret: readSecret(clientSecret.secret, secretsDir) } : {}),
    redirectUri: `${publicUrl.replace(/\/+$/, '')}/auth/callback`,
  }
}

const readSecret = (name: string, secretsDir: string | undefined): string => {
  if (secretsDir === undefined)
    throw createHubError('HUB_CONFIG_INVALID', `auth.oidc names the secret ${name}, and there is no secretsDir`, {
      hint: 'set secretsDir to the folder with a file of that name',
    })
  try {
    return readFileSync(join(secretsDir, name), 'utf8').trim()
  } catch (cause) {
    throw createHubError('HUB_SETTING_UNREADABLE', `the secret ${name} cannot be read from ${secretsDir}`, {
      subject: name,
      hint: 'put it into a file of that name, which this user may read',
      cause,
    })
  }
}
