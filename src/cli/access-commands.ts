import { type CommandEntry, option, output, repeatable } from './command-entry.ts'
import { HUB } from './hub/hub-options.ts'
import { DATA } from './hub-commands.ts'

/** Commands about who may speak to a hub. */
export const ACCESS_COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'token create <name>',
    summary: 'Make a token for the API of a hub',
    details:
      'Prints the token, which is not told again: the hub keeps a hash of it. It may read, unless other permissions or a role are named.',
    examples: [
      'lockstep token create ci --permission read --permission sync --expires-in 30d',
      'lockstep token create on-call --role operator --hub https://hub.example.com',
    ],
    options: [
      repeatable('--permission <name>', 'what it may do'),
      option('--role <name>', 'what this role may: viewer, operator, approver or admin'),
      option('--expires-in <duration>', 'how long it lives (default: 90d)'),
      DATA,
      ...HUB,
    ],
    load: async () => {
      const { runTokenCreate } = await import('./commands/token.ts')
      return ([name = ''], options, world) => runTokenCreate(name, options, world)
    },
  },
  {
    usage: 'token list',
    summary: 'List the tokens for the API of a hub',
    examples: ['lockstep token list', 'lockstep token list --all -o json'],
    options: [option('--all', 'also those that are revoked or expired'), DATA, ...HUB, output('table', 'json', 'yaml')],
    load: async () => {
      const { runTokenList } = await import('./commands/token.ts')
      return (_, options, world) => runTokenList(options, world)
    },
  },
  {
    usage: 'token revoke <id>',
    summary: 'Revoke a token for the API of a hub, from now on',
    examples: ['lockstep token revoke 3k9x0c2m1q'],
    options: [DATA, ...HUB],
    load: async () => {
      const { runTokenRevoke } = await import('./commands/token.ts')
      return ([id = ''], options, world) => runTokenRevoke(id, options, world)
    },
  },
]
