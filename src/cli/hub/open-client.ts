import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createHubClient, type HubClient } from '../../api/client.ts'
import { isLockstepError, LockstepError } from '../../base/errors.ts'
import { findProxy, isLoopback } from '../../base/proxy.ts'
import { createCliError } from '../errors.ts'
import { VERSION } from '../version.ts'
import type { World } from '../world.ts'
import { readCredential } from './credentials.ts'
import type { RemoteOptions } from './hub-options.ts'

/** Opens a client of the hub that the options name; refusals say what can be done about them here. */
export const openHubClient = (options: RemoteOptions & { readonly hub: string }, world: World): HubClient => {
  const url = parseHubUrl(options.hub)
  const token = findToken(options, url, world)
  if (token !== undefined && url.protocol === 'http:' && !isLoopback(url))
    world.stderr.write(`warning: the token goes to ${url.origin} in plain text: use https\n`)
  const proxy = isLoopback(url) ? undefined : findProxy(url, world.env)
  const ca = options.caFile === undefined ? undefined : readText(resolve(world.cwd, options.caFile))
  const client = createHubClient({
    url: url.href,
    userAgent: `lockstep/${VERSION}`,
    pause: (ms, call) => world.clock.sleep(ms, call),
    ...(token === undefined ? {} : { token }),
    ...(ca === undefined ? {} : { ca }),
    ...(proxy === undefined ? {} : { proxy }),
  })
  return explainRefusals(client, options.hub)
}

/** The address of a hub, as people write it. */
export const parseHubUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash) return url
  throw createCliError('USAGE_INVALID', '--hub is no address of a hub', {
    hint: 'write it like https://hub.example.com, without a user and without /api',
  })
}

const findToken = ({ tokenFile }: RemoteOptions, url: URL, world: World): string | undefined => {
  if (tokenFile !== undefined) return readText(resolve(world.cwd, tokenFile)).trim()
  return world.env.LOCKSTEP_TOKEN?.trim() || readCredential(url, world)
}

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw createCliError('USAGE_INVALID', `${file} cannot be read`, { cause })
  }
}

const HINTS: Readonly<Record<string, (hub: string) => string>> = {
  AUTHENTICATION_REQUIRED: (hub) => `log in with: lockstep login --hub ${hub}`,
  AUTHENTICATION_FAILED: (hub) => `it may have expired or been revoked; log in again with: lockstep login --hub ${hub}`,
  PERMISSION_DENIED: () => 'an administrator of the hub can make a token that may do it, or give you the role',
}

const explainRefusals = (client: HubClient, hub: string): HubClient => {
  const explain = (error: unknown): unknown => {
    if (!isLockstepError(error)) return error
    const hint = HINTS[error.code]?.(hub)
    return hint === undefined ? error : new LockstepError(error.code, error.message, { hint, cause: error })
  }
  return {
    ...client,
    call: async (...asked) => {
      try {
        return await client.call(...asked)
      } catch (error) {
        throw explain(error)
      }
    },
    iterate: async function* (...asked) {
      try {
        yield* client.iterate(...asked)
      } catch (error) {
        throw explain(error)
      }
    } as HubClient['iterate'],
  }
}
