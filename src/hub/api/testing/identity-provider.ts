import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

/** Who there is at the provider. */
export type Account = Readonly<Record<string, unknown>>

/** An identity provider on this machine, at which whoever is `account` signs in without being asked. */
export type IdentityProvider = AsyncDisposable & {
  readonly issuer: string
  /** Who signs in next, by name; undefined refuses. */
  account: string | undefined
}

/** What the hub is registered with. */
export const CLIENT = { id: 'lockstep', secret: 'a-secret-of-the-hub-at-the-provider' }

/** Listens first: a provider has to know its own address. */
export const listen = async (
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly server: Server; readonly url: string }> => {
  const server = createServer(answer)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

export const startIdentityProvider = async (
  accounts: Readonly<Record<string, Account>>,
  redirectUri: string,
): Promise<IdentityProvider> => {
  const state: { account: string | undefined } = { account: Object.keys(accounts)[0] }
  const { server, url } = await listen((request, response) => answer(request, response))
  const provider = new Provider(url, {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    scopes: ['openid', 'profile', 'email', 'groups'],
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    cookies: { keys: ['of a test'] },
    ttl: Object.fromEntries(['Interaction', 'Session', 'Grant', 'AccessToken', 'IdToken'].map((name) => [name, 600])),
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub, ...accounts[sub] }) }),
  })
  const serve = provider.callback()

  const interact = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { prompt, params, session } = await provider.interactionDetails(request, response)
    const { account } = state
    const finish = (result: object) =>
      provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true })
    if (account === undefined) return finish({ error: 'access_denied' })
    if (prompt.name === 'login') return finish({ login: { accountId: account } })
    const grant = new provider.Grant({ accountId: session?.accountId ?? account, clientId: params.client_id })
    grant.addOIDCScope('openid profile email groups')
    return finish({ consent: { grantId: await grant.save() } })
  }

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url?.startsWith('/interaction/')) void interact(request, response)
    else serve(request, response)
  }

  return Object.assign(state, {
    issuer: url,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  })
}
