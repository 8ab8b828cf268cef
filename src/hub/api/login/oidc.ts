import * as client from 'openid-client'
import { createApiError } from '../../../api/errors.ts'
import { toError } from '../../../base/errors.ts'
import { isLoopback } from '../../../base/proxy.ts'
import { pickName, pickRole, type RoleGroups, readGroups } from './roles.ts'

/** How the hub knows its identity provider. */
export type OidcSettings = {
  readonly issuer: string
  readonly clientId: string
  /** Absent for a public client, which PKCE alone proves. */
  readonly clientSecret?: string
  readonly scopes: readonly string[]
  readonly groupsClaim: string
  readonly roles: RoleGroups
  readonly redirectUri: string
}

/** What only the browser that began knows. */
export type LoginChecks = { readonly state: string; readonly nonce: string; readonly verifier: string }

/** Who signed in. */
export type Person = { readonly name: string; readonly role: ReturnType<typeof pickRole> }

/** The identity provider, by OpenID Connect: authorization code with PKCE. */
export type Oidc = {
  /** Where the browser goes. */
  readonly begin: (checks: LoginChecks) => Promise<string>
  /** Who came back with `url` (`LOGIN_FAILED`). */
  readonly finish: (url: URL, checks: LoginChecks) => Promise<Person>
}

const TIMEOUT_S = 10

/** The provider is asked for its description when somebody signs in first. */
export const createOidc = (settings: OidcSettings): Oidc => {
  let discovered: Promise<client.Configuration> | undefined

  const discover = (): Promise<client.Configuration> => {
    discovered ??= discoverProvider(settings).catch((error: unknown) => {
      discovered = undefined
      throw createApiError('IDENTITY_PROVIDER_UNUSABLE', `${settings.issuer} cannot be asked who you are`, {
        subject: settings.issuer,
        hint: 'try again; if it stays so, whoever runs the hub finds the reason in its log',
        retry: 'transient',
        cause: error,
      })
    })
    return discovered
  }

  return {
    begin: async ({ state, nonce, verifier }) => {
      const url = client.buildAuthorizationUrl(await discover(), {
        redirect_uri: settings.redirectUri,
        scope: settings.scopes.join(' '),
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      return url.href
    },
    finish: async (url, { state, nonce, verifier }) => {
      const config = await discover()
      try {
        const tokens = await client.authorizationCodeGrant(config, url, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        })
        const claims = await withGroups(config, tokens, settings.groupsClaim)
        return { name: pickName(claims), role: pickRole(readGroups(claims[settings.groupsClaim]), settings.roles) }
      } catch (error) {
        throw createApiError('LOGIN_FAILED', 'the identity provider did not say who you are', {
          hint: 'begin again; a link of this kind works once',
          cause: toError(error),
        })
      }
    },
  }
}

/** Groups that are not in the ID token may be at the provider's userinfo. */
const withGroups = async (
  config: client.Configuration,
  tokens: Awaited<ReturnType<typeof client.authorizationCodeGrant>>,
  groupsClaim: string,
): Promise<Readonly<Record<string, unknown>>> => {
  const claims = tokens.claims() as Readonly<Record<string, unknown>> & { readonly sub: string }
  if (claims[groupsClaim] !== undefined || !config.serverMetadata().userinfo_endpoint) return claims
  return { ...(await client.fetchUserInfo(config, tokens.access_token, claims.sub)), ...claims }
}

const discoverProvider = async ({ issuer, clientId, clientSecret }: OidcSettings): Promise<client.Configuration> => {
  const url = new URL(issuer)
  // A provider on this machine, as in a test, may have no certificate; nobody else.
  const isPlain = url.protocol === 'http:' && isLoopback(url)
  const config = await client.discovery(
    url,
    clientId,
    clientSecret,
    clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret),
    { timeout: TIMEOUT_S, ...(isPlain ? { execute: [client.allowInsecureRequests] } : {}) },
  )
  // The signature of an ID token is verified although it comes from the provider itself.
  client.enableNonRepudiationChecks(config)
  return config
}
