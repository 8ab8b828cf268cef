import { type CommandEntry, option, output, repeatable } from './command-entry.ts'
import { HUB } from './hub/hub-options.ts'
import { DATA } from './hub-commands.ts'

/** Commands about who may speak to a hub, and what is heard of it as it happens. */
export const ACCESS_COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'audit follow',
    summary: 'Print what happens as it happens',
    details:
      'Records of the trail, one a line, until it is interrupted. Over the API it goes on where it was when the connection breaks, and leaves nothing out.',
    examples: [
      'lockstep audit follow',
      'lockstep audit follow --hub https://hub.example.com --cluster prod-eu --type finding.opened',
      'lockstep audit follow --after 0 -o jsonl > audit.jsonl',
    ],
    options: [
      option('-c, --cluster <name>', 'only this cluster'),
      option('--type <event>', 'only events of this type, like finding.opened'),
      option('--after <seq>', 'from the record after this one (default: from now)'),
      DATA,
      ...HUB,
      output('text', 'jsonl'),
    ],
    load: async () => {
      const { runAuditFollow } = await import('./commands/audit-follow.ts')
      return (_, options, world) => runAuditFollow(options, world)
    },
  },
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
