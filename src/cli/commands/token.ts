import { PERMISSIONS, type Permission, ROLE_PERMISSIONS, ROLES } from '../../api/access.ts'
import { DEFAULT_LIFETIME, MAX_LIFETIME } from '../../api/tokens.ts'
import { parseDuration } from '../../base/duration.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import type { RemoteOptions } from '../hub/hub-options.ts'
import { openTokenBook, type ToldToken } from '../hub/token-book.ts'
import type { HubDataOptions } from '../hub-data.ts'
import { parseDurationOption } from '../options.ts'
import { formatData } from '../report/data.ts'
import { layoutTable } from '../report/table.ts'
import { toPrintable } from '../report/text.ts'
import type { World } from '../world.ts'

/** Which hub. */
export type TokenOptions = HubDataOptions & RemoteOptions

/** Options of `lockstep token create`. */
export type TokenCreateOptions = TokenOptions & {
  readonly permission?: readonly string[]
  readonly role?: string
  readonly expiresIn?: string
}

/** Options of `lockstep token list`. */
export type TokenListOptions = TokenOptions & {
  readonly all?: boolean
  readonly output: 'table' | 'json' | 'yaml'
}

/** `lockstep token create`: makes an API token of a hub, and prints it. */
export const runTokenCreate = async (name: string, options: TokenCreateOptions, world: World): Promise<number> => {
  if (!/^[A-Za-z0-9][-A-Za-z0-9_.@/ ]{0,99}$/.test(name))
    throw createCliError('USAGE_INVALID', `"${name}" cannot be the name of a token`, {
      hint: 'use letters, digits, blanks and -_.@/, 100 at most',
    })
  const permissions = parsePermissions(options)
  const lifetimeMs = parseDurationOption(options.expiresIn ?? DEFAULT_LIFETIME, '--expires-in')
  if (lifetimeMs <= 0 || lifetimeMs > parseDuration(MAX_LIFETIME))
    throw createCliError('USAGE_INVALID', `--expires-in: a token lives longer than 0s and ${MAX_LIFETIME} at most`)
  await using book = await openTokenBook(options, world)
  const { id, token, expires } = await book.create({ name, permissions, lifetimeMs })
  world.stderr.write(
    `Made the token ${id}, which may ${permissions.join(', ')} until ${expires}. It is not told again:\n`,
  )
  world.stdout.write(`${token}\n`)
  return EXIT.nothingToReport
}

/** `lockstep token list`: the tokens of a hub. */
export const runTokenList = async (options: TokenListOptions, world: World): Promise<number> => {
  await using book = await openTokenBook(options, world)
  const now = world.clock.now().toISOString()
  const tokens = await book.list({ isAll: options.all === true })
  const { output } = options
  world.stdout.write(output === 'table' ? layoutTokens(tokens, now, world) : formatData(tokens, output))
  return EXIT.nothingToReport
}

/** `lockstep token revoke`: from now on the token is nobody's. */
export const runTokenRevoke = async (id: string, options: TokenOptions, world: World): Promise<number> => {
  await using book = await openTokenBook(options, world)
  // A whole token names itself, too; its secret is of no use here.
  const revoked = await book.revoke(id.replace(/^lsk_([a-z0-9]+).*$/s, '$1'))
  if (!revoked)
    throw createCliError('USAGE_INVALID', 'there is no token of this id', {
      hint: 'lockstep token list --all shows them',
    })
  world.stdout.write(`Revoked the token ${revoked.id} (${revoked.name}).\n`)
  return EXIT.nothingToReport
}

const parsePermissions = ({ permission = [], role }: TokenCreateOptions): Permission[] => {
  const unknown = permission.filter((one) => !(PERMISSIONS as readonly string[]).includes(one))
  if (unknown.length > 0)
    throw createCliError('USAGE_INVALID', `--permission: there is no permission ${unknown.join(', ')}`, {
      hint: `there are ${PERMISSIONS.join(', ')}`,
    })
  const known = ROLES.find((one) => one === role)
  if (role !== undefined && known === undefined)
    throw createCliError('USAGE_INVALID', `--role: there is no role ${role}`, { hint: `there are ${ROLES.join(', ')}` })
  const all = [...(permission as Permission[]), ...(known ? ROLE_PERMISSIONS[known] : [])]
  return all.length === 0 ? ['read'] : [...new Set(all)]
}

const layoutTokens = (tokens: readonly ToldToken[], now: string, { stdout }: World): string => {
  if (tokens.length === 0) return 'no tokens\n'
  const rows = tokens.map(({ id, name, permissions, createdBy, expires, lastUsed = 'never', revoked }) =>
    [
      ...[id, name, permissions.join(','), createdBy, lastUsed.slice(0, 16).replace('T', ' ')],
      revoked !== undefined
        ? 'revoked'
        : expires <= now
          ? 'expired'
          : `until ${expires.slice(0, 16).replace('T', ' ')}`,
    ].map(toPrintable),
  )
  const titles = ['ID', 'NAME', 'MAY', 'MADE BY', 'LAST USED (UTC)', 'STATE'].map((title) => ({ title }))
  return `${layoutTable(titles, rows, { width: stdout.width, styleTitle: (text) => text }).join('\n')}\n`
}
