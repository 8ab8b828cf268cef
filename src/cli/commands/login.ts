import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { toError } from '../../base/errors.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import { loginByBrowser } from '../hub/browser-login.ts'
import { readCredential, saveCredential, toCredentialsFile } from '../hub/credentials.ts'
import type { RemoteOptions } from '../hub/hub-options.ts'
import { openHubClient, parseHubUrl } from '../hub/open-client.ts'
import type { World } from '../world.ts'

/** Options of `lockstep login`. */
export type LoginOptions = RemoteOptions & { readonly browser?: boolean }

/** `lockstep login`: keeps the token of a hub, once the hub says whose it is. */
export const runLogin = async (options: LoginOptions, world: World): Promise<number> => {
  const hub = getHub(options)
  const token = await getToken({ ...options, hub }, world)
  if (!/^[\x21-\x7e]+$/.test(token)) throw createCliError('USAGE_INVALID', 'that is no token')
  const { tokenFile: _, ...rest } = options
  await using client = openHubClient({ ...rest, hub }, { ...world, env: { ...world.env, LOCKSTEP_TOKEN: token } })
  const { name, permissions, expires } = await client.call('getMe', {}, { signal: world.signal })
  saveCredential(parseHubUrl(hub), token, world)
  world.stdout.write(
    `Logged in to ${hub} as ${name}${expires === undefined ? '' : `, until ${expires}`}; may ${permissions.join(', ')}.\n`,
  )
  return EXIT.nothingToReport
}

/** `lockstep logout`: forgets the token of a hub. One that was made by signing in is revoked, another stays valid. */
export const runLogout = async (options: RemoteOptions, world: World): Promise<number> => {
  const hub = getHub(options)
  const url = parseHubUrl(hub)
  const token = readCredential(url, world)
  if (token === undefined)
    throw createCliError('USAGE_INVALID', `not logged in to ${hub}`, { hint: `looked in ${toCredentialsFile(world)}` })
  saveCredential(url, undefined, world)
  const isRevoked = await revokeOwn({ ...options, hub }, token, world)
  world.stdout.write(
    isRevoked
      ? `Logged out of ${hub}.\n`
      : `Forgot the token of ${hub}. Until it expires it is still valid: lockstep token revoke ends it.\n`,
  )
  return EXIT.nothingToReport
}

/** Ends a token that is of use to nobody else. A hub that is away, or knows it no more, is no reason to keep it here. */
const revokeOwn = async (
  options: RemoteOptions & { readonly hub: string },
  token: string,
  world: World,
): Promise<boolean> => {
  const { tokenFile: _, ...rest } = options
  await using client = openHubClient(rest, { ...world, env: { ...world.env, LOCKSTEP_TOKEN: token } })
  try {
    const { name, by } = await client.call('getMe', {}, { signal: world.signal })
    if (by !== 'token' || name.startsWith('token/')) return false
    await client.call('logout', {}, { signal: world.signal })
    return true
  } catch (error) {
    world.stderr.write(`warning: the hub could not be told: ${toError(error).message}\n`)
    return false
  }
}

const getHub = ({ hub }: RemoteOptions): string => {
  if (hub !== undefined) return hub
  throw createCliError('USAGE_INVALID', 'no hub is named', { hint: 'name it: --hub https://hub.example.com' })
}

const getToken = async (
  { tokenFile, browser = true, ...options }: LoginOptions & { readonly hub: string },
  world: World,
): Promise<string> => {
  if (tokenFile !== undefined) return readToken(tokenFile === '-' ? 0 : resolve(world.cwd, tokenFile))
  if (world.env.LOCKSTEP_TOKEN) return world.env.LOCKSTEP_TOKEN.trim()
  await using client = openHubClient(options, world)
  if ((await client.call('getLogin', {}, { signal: world.signal })).browser)
    return loginByBrowser(parseHubUrl(options.hub), client, world, { isOpened: browser })
  if (world.askSecret) return (await world.askSecret('API token: ')).trim()
  throw createCliError('USAGE_INVALID', 'there is no token', {
    hint: 'name a file with --token-file, or give it on stdin: --token-file -',
  })
}

const readToken = (file: string | number): string => {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw createCliError('USAGE_INVALID', `${file} cannot be read`, { cause })
  }
}
