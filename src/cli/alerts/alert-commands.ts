import { type CommandEntry, FLEET, option, output, repeatable } from '../command-entry.ts'
import { HUB } from '../hub/hub-options.ts'
import { DATA } from '../hub-commands.ts'

const LIST_OUTPUT = output('table', 'json', 'yaml')

/** Commands about alerts: what there is, who is told, and what did not arrive. */
export const ALERT_COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'alert list',
    summary: 'List the alerts that are open, the worst first',
    examples: [
      'lockstep alert list',
      'lockstep alert list --matching \'cluster="prod-eu",severity=~"critical|high"\' -o json',
    ],
    options: [option('--matching <matchers>', 'only those for which these matchers hold'), DATA, ...HUB, LIST_OUTPUT],
    load: async () => {
      const { runAlertList } = await import('./alert-list.ts')
      return (_, options, world) => runAlertList(options, world)
    },
  },
  {
    usage: 'alert show <id>',
    summary: 'Show an alert whole, and what silences it',
    examples: ['lockstep alert show 4f2a91c0'],
    options: [DATA, ...HUB, output('yaml', 'json')],
    load: async () => {
      const { runAlertShow } = await import('./alert-list.ts')
      return ([id = ''], options, world) => runAlertShow(id, options, world)
    },
  },
  {
    usage: 'alert route',
    summary: 'Say which receivers an alert with some labels would reach',
    details:
      'Follows the routes of every AlertPolicy of the fleet repository, as the hub does. The labels of the cluster are added where the cluster is named.',
    examples: [
      'lockstep alert route --labels cluster=prod-eu,severity=critical,namespace=shop',
      'lockstep alert route --labels alertname=LockstepRolloutHalted --revision my-branch',
    ],
    options: [
      repeatable('--labels <labels>', 'labels of the alert, like severity=critical,owner=@net').makeOptionMandatory(),
      ...FLEET,
      LIST_OUTPUT,
    ],
    load: async () => {
      const { runAlertRoute } = await import('./alert-route.ts')
      return (_, options, world) => runAlertRoute(options, world)
    },
  },
  {
    usage: 'alert test',
    summary: 'Send a sample to the receivers of the fleet repository, and say what came back',
    details:
      'Goes to the real receivers, by the secrets in the folder. An incident that it opens in PagerDuty is closed at once. Exits with 1 where one of them did not take it. With --hub the hub sends it, by its own secrets.',
    examples: [
      'lockstep alert test --secrets-dir /etc/lockstep/secrets',
      'lockstep alert test --policy default --receiver platform --secrets-dir ./secrets',
      'lockstep alert test --hub https://hub.example.com --receiver platform',
    ],
    options: [
      option('--policy <name>', 'only receivers of this AlertPolicy'),
      option('--receiver <name>', 'only this receiver'),
      option('--secrets-dir <dir>', 'folder with one file a secret').env('LOCKSTEP_SECRETS_DIR'),
      ...FLEET,
      ...HUB,
      LIST_OUTPUT,
    ],
    load: async () => {
      const { runAlertTest } = await import('./alert-test.ts')
      return (_, options, world) => runAlertTest(options, world)
    },
  },
  {
    usage: 'alert silence <matchers>',
    summary: 'Send no alerts that match, for a while',
    details:
      'Alerts are made all the same, and listed. A silence ends by itself; who made it, and why, is recorded. One that should be reviewed belongs into an AlertPolicy.',
    examples: [
      'lockstep alert silence \'cluster="eu-1"\' --for 2h --reason "INC-1234: node is being replaced"',
      'lockstep alert silence \'alertname="LockstepDrift",namespace=~"team-.*"\' --for 1d --reason migration',
    ],
    options: [
      option('--for <duration>', 'how long').makeOptionMandatory(),
      option('--reason <text>', 'why').makeOptionMandatory(),
      DATA,
      ...HUB,
    ],
    load: async () => {
      const { runAlertSilence } = await import('./alert-silence.ts')
      return ([matchers = ''], options, world) => runAlertSilence(matchers, options, world)
    },
  },
  {
    usage: 'alert silences',
    summary: 'List the silences that were made in the hub and are in force',
    examples: ['lockstep alert silences', 'lockstep alert silences --hub https://hub.example.com'],
    options: [DATA, ...HUB, LIST_OUTPUT],
    load: async () => {
      const { runAlertSilences } = await import('./alert-silence.ts')
      return (_, options, world) => runAlertSilences(options, world)
    },
  },
  {
    usage: 'alert unsilence <id>',
    summary: 'End a silence',
    examples: ['lockstep alert unsilence 7'],
    options: [DATA, ...HUB],
    load: async () => {
      const { runAlertUnsilence } = await import('./alert-silence.ts')
      return ([id = ''], options, world) => runAlertUnsilence(id, options, world)
    },
  },
  {
    usage: 'alert failed',
    summary: 'List notifications that were given up, and those that wait for another try',
    details: 'Exits with 1 where there are any that were given up.',
    examples: ['lockstep alert failed', 'lockstep alert failed -o json'],
    options: [DATA, ...HUB, LIST_OUTPUT],
    load: async () => {
      const { runAlertFailed } = await import('./alert-failed.ts')
      return (_, options, world) => runAlertFailed(options, world)
    },
  },
  {
    usage: 'alert retry [id]',
    summary: 'Try a notification again that was given up',
    examples: ['lockstep alert retry 42', 'lockstep alert retry --all'],
    options: [option('--all', 'all that were given up'), DATA, ...HUB],
    load: async () => {
      const { runAlertRetry } = await import('./alert-failed.ts')
      return ([id], options, world) => runAlertRetry(id, options, world)
    },
  },
]
