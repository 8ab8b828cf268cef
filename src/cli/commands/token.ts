import { PERMISSIONS, type Permission, ROLE_PERMISSIONS, ROLES } from '../../api/access.ts'
import { issueToken } from '../../api/issue-token.ts'
import { DEFAULT_LIFETIME, MAX_LIFETIME } from '../../api/tokens.ts'
import { parseDuration } from '../../base/duration.ts'
import type { StoredToken } from '../../store/access.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import { type HubDataOptions, openHubStore } from '../hub-data.ts'
import { parseDurationOption } from '../options.ts'
import { formatData } from '../report/data.ts'
import { layoutTable } from '../report/table.ts'
import { toPrintable } from '../report/text.ts'
import type { World } from '../world.ts'

/** Options of `lockstep token create`. */
export type TokenCreateOptions = HubDataOptions & {
  readonly permission?: readonly string[]
  readonly role?: string
  readonly expiresIn?: string
}

/** Options of `lockstep token list`. */
export type TokenListOptions = HubDataOptions & {
  readonly all?: boolean
  readonly output: 'table' | 'json' | 'yaml'
}

/** `lockstep token create`: makes an API token of the hub on this machine, and prints it. */
export const runTokenCreate = async (name: string, options: TokenCreateOptions, world: World): Promise<number> => {
  if (!/^[A-Za-z0-9][-A-Za-z0-9_.@/ ]{0,99}$/.test(name))
    throw createCliError('USAGE_INVALID', `"${name}" cannot be the name of a token`, {
      hint: 'use letters, digits, blanks and -_.@/, 100 at most',
    })
  const permissions = parsePermissions(options)
  const lifetimeMs = parseDurationOption(options.expiresIn ?? DEFAULT_LIFETIME, '--expires-in')
  if (lifetimeMs <= 0 || lifetimeMs > parseDuration(MAX_LIFETIME))
    throw createCliError('USAGE_INVALID', `--expires-in: a token lives longer than 0s and ${MAX_LIFETIME} at most`)
  await using store = await openHubStore(options, world)
  const { token, stored } = await issueToken(store, { name, permissions, lifetimeMs, by: toBy(world) })
  world.stderr.write(
    `Made the token ${stored.id}, which may ${permissions.join(', ')} until ${stored.expires}. It is not told again:\n`,
  )
  world.stdout.write(`${token}\n`)
  return EXIT.nothingToReport
}

/** `lockstep token list`: the tokens of the hub on this machine. */
export const runTokenList = async (options: TokenListOptions, world: World): Promise<number> => {
  await using store = await openHubStore(options, world)
  const now = world.clock.now().toISOString()
  const tokens = await store.listTokens(options.all ? {} : { usableAt: now })
  const { output } = options
  if (output === 'table') world.stdout.write(layoutTokens(tokens, now, world))
  else
    world.stdout.write(
      formatData(
        tokens.map(({ hash: _, ...told }) => told),
        output,
      ),
    )
  return EXIT.nothingToReport
}

/** `lockstep token revoke`: from now on the token is nobody's. */
export const runTokenRevoke = async (id: string, options: HubDataOptions, world: World): Promise<number> => {
  await using store = await openHubStore(options, world)
  // A whole token names itself, too; its secret is of no use here.
  const revoked = await store.revokeToken(id.replace(/^lsk_([a-z0-9]+).*$/s, '$1'), toBy(world))
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

const layoutTokens = (tokens: readonly StoredToken[], now: string, { stdout }: World): string => {
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

const toBy = ({ holder, clock }: World): { readonly actor: string; readonly time: string } => ({
  actor: holder.replace(/\/[^/]*$/, ''),
  time: clock.now().toISOString(),
})
