import type { Permission } from '../../api/access.ts'
import { issueToken } from '../../api/issue-token.ts'
import { MAX_PAGE } from '../../api/operation.ts'
import { isLockstepError } from '../../base/errors.ts'
import type { StoredToken } from '../../store/access.ts'
import { type HubDataOptions, openHubStore } from '../hub-data.ts'
import type { World } from '../world.ts'
import type { RemoteOptions } from './hub-options.ts'

/** A token as people see it. */
export type ToldToken = Omit<StoredToken, 'hash'>

/** The tokens of a hub: in its data folder on this machine, or over its API. */
export type TokenBook = AsyncDisposable & {
  readonly create: (request: {
    readonly name: string
    readonly permissions: readonly Permission[]
    readonly lifetimeMs: number
  }) => Promise<ToldToken & { readonly token: string }>
  readonly list: (options: { readonly isAll: boolean }) => Promise<readonly ToldToken[]>
  /** Undefined where there is none. */
  readonly revoke: (id: string) => Promise<ToldToken | undefined>
}

/** Opens the tokens of the hub that is named, or of the one on this machine. */
export const openTokenBook = async (options: HubDataOptions & RemoteOptions, world: World): Promise<TokenBook> =>
  options.hub === undefined ? openLocalBook(options, world) : openRemoteBook({ ...options, hub: options.hub }, world)

const openLocalBook = async (options: HubDataOptions, world: World): Promise<TokenBook> => {
  const store = await openHubStore(options, world)
  const toBy = () => ({ actor: world.holder.replace(/\/[^/]*$/, ''), time: world.clock.now().toISOString() })
  return {
    create: async (request) => {
      const { token, stored } = await issueToken(store, { ...request, by: toBy() })
      return { ...toTold(stored), token }
    },
    list: async ({ isAll }) => (await store.listTokens(isAll ? {} : { usableAt: toBy().time })).map(toTold),
    revoke: async (id) => {
      const stored = await store.revokeToken(id, toBy())
      return stored && toTold(stored)
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

const toTold = ({ hash: _, ...told }: StoredToken): ToldToken => told

const openRemoteBook = async (options: RemoteOptions & { readonly hub: string }, world: World): Promise<TokenBook> => {
  const { openHubClient } = await import('./open-client.ts')
  const client = openHubClient(options, world)
  const { signal } = world
  return {
    create: ({ name, permissions, lifetimeMs }) =>
      client.call('createToken', { body: { name, permissions, expiresIn: `${lifetimeMs}ms` } }, { signal }),
    list: async ({ isAll }) => {
      const tokens: ToldToken[] = []
      const query = { limit: MAX_PAGE, ...(isAll ? {} : { usable: true }) }
      for await (const token of client.iterate('listTokens', { query }, { signal })) tokens.push(token)
      return tokens
    },
    revoke: async (id) => {
      try {
        return await client.call('revokeToken', { params: { id } }, { signal })
      } catch (error) {
        if (isLockstepError(error, 'NOT_FOUND')) return undefined
        throw error
      }
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}
