import type { Command, Option } from 'commander'
import { option } from '../command-entry.ts'
import { createCliError } from '../errors.ts'

/** Options of commands that can ask a hub over its API. */
export const HUB = [
  option('--hub <url>', 'ask this hub over its API, instead of this machine').env('LOCKSTEP_HUB'),
  option('--token-file <file>', 'the API token (default: LOCKSTEP_TOKEN, or what lockstep login keeps)').env(
    'LOCKSTEP_TOKEN_FILE',
  ),
  option('--ca-file <file>', 'the authority that vouches for the hub, where the system does not know it (PEM)').env(
    'LOCKSTEP_CA_FILE',
  ),
]

/** How a hub is asked over its API. */
export type RemoteOptions = { readonly hub?: string; readonly tokenFile?: string; readonly caFile?: string }

/** Options that are about this machine, and mean nothing to a hub. */
const LOCAL = new Set([
  ...[
    'data',
    'fleet',
    'revision',
    'cacheDir',
    'offline',
    'allowPrivate',
    'kubeconfig',
    'allowExec',
    'bypassHub',
    'wait',
  ],
])

/**
 * The options of a command that can ask a hub. With `--hub` those that are about this machine are refused; where the
 * environment alone names the hub, they win: the hub is not asked.
 */
export const settleHub = <Options extends RemoteOptions>(options: Options, command: Command): Options => {
  const source = command.getOptionValueSource('hub')
  const local = command.options.filter(
    (known) => LOCAL.has(known.attributeName()) && command.getOptionValueSource(known.attributeName()) === 'cli',
  )
  const [first] = local
  if (options.hub === undefined || first === undefined) return options
  if (source === 'cli')
    throw createCliError('USAGE_INVALID', `${first.long} is about this machine: it goes with no --hub`, {
      hint: 'leave one of them out',
    })
  const { hub: _, ...rest } = options
  return rest as Options
}

/** {@link HUB} of a command that can ask no hub: taken to be refused with a hint, and not told in its help. */
export const REFUSED_HUB: readonly Option[] = HUB.map(({ flags }) => option(flags, 'not here').hideHelp())

/** Refuses `--hub` where a command works on this machine alone. */
export const assertNoHub = ({ hub }: RemoteOptions, usage: string): void => {
  if (hub === undefined) return
  const words = usage.replace(/ [[<].*/, '')
  throw createCliError('USAGE_INVALID', `lockstep ${words} works on this machine alone`, {
    hint: 'leave --hub out, and run it where the fleet repository or the data of the hub is',
  })
}
