import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createCliError } from '../errors.ts'
import type { World } from '../world.ts'

type Place = Pick<World, 'env' | 'home'>
type Tokens = Readonly<Record<string, string>>

/** The file of tokens by hub, which only its user can read. */
export const toCredentialsFile = ({ env, home }: Place): string =>
  join(env.XDG_CONFIG_HOME || join(home, '.config'), 'lockstep', 'credentials.json')

/** The token that `lockstep login` kept of a hub. */
export const readCredential = (hub: URL, place: Place): string | undefined => readTokens(place)[toKey(hub)]

/** Keeps the token of a hub, or drops it. */
export const saveCredential = (hub: URL, token: string | undefined, place: Place): void => {
  const { [toKey(hub)]: _, ...others } = readTokens(place)
  const file = toCredentialsFile(place)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const next = `${file}.${process.pid}`
  writeFileSync(next, `${JSON.stringify({ ...others, ...(token === undefined ? {} : { [toKey(hub)]: token }) })}\n`, {
    mode: 0o600,
  })
  renameSync(next, file)
}

const toKey = ({ origin, pathname }: URL): string => origin + pathname.replace(/\/+$/, '')

const readTokens = (place: Place): Tokens => {
  const file = toCredentialsFile(place)
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Tokens
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw createCliError('USAGE_INVALID', `${file} cannot be read`, { hint: 'delete it, and log in again', cause })
  }
}
