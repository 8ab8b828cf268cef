import type { FastifyReply } from 'fastify'
import { createApiError } from '../../../api/errors.ts'
import type { LOGIN_OPERATIONS } from '../../../api/login.ts'
import type { ApiDeps, Handlers } from '../handler.ts'
import type { Login, Redirect, WaitingCli } from './login.ts'

export const LOGIN_HANDLERS: Handlers<typeof LOGIN_OPERATIONS> = {
  getLogin: async (_, { login }) => ({ browser: login !== undefined }),
  beginLogin: async ({ query }, reply, deps) => {
    const { return: returnTo = '/api/v1/me' } = query as { return?: string }
    return redirect(reply, await useLogin(deps).begin({ returnTo }))
  },
  beginCliLogin: async ({ query }, reply, deps) =>
    redirect(reply, await useLogin(deps).begin({ returnTo: '/', cli: query as WaitingCli })),
  finishLogin: async ({ url, headers, ip }, reply, deps) => {
    const at = url.indexOf('?')
    const query = at < 0 ? '' : url.slice(at)
    return redirect(reply, await useLogin(deps).finish({ query, cookie: headers.cookie, address: ip }))
  },
  exchangeLogin: ({ body, address }, deps) => useLogin(deps).exchange(body, address),
  logout: async ({ principal, by, setCookies }, { store, login }) => {
    if (principal.by === 'session') await store.endSession(principal.key, by)
    if (principal.by === 'token') await store.revokeToken(principal.key, by)
    if (login) setCookies(login.dropCookies())
  },
}

const useLogin = ({ login }: ApiDeps): Login => {
  if (login) return login
  throw createApiError('NOT_FOUND', 'nobody signs in here with a browser: there is no identity provider', {
    hint: 'use a token, or set auth.oidc in the configuration of the hub',
  })
}

const redirect = (reply: FastifyReply, { location, cookies }: Redirect): FastifyReply =>
  reply.header('set-cookie', [...cookies]).redirect(location, 302)
