import { Option } from 'commander'
import { type CommandEntry, FLEET, option, output, repeatable, toggle } from './command-entry.ts'
import { HUB } from './hub/hub-options.ts'

/** Where a hub on this machine keeps what it knows. */
export const DATA = option('--data <dir>', 'folder of what the hub records (default: ~/.local/share/lockstep/hub)').env(
  'LOCKSTEP_DATA',
)

const SCOPE = [
  option('-c, --cluster <name>', 'this cluster'),
  option('--component <name>', 'this component, on the named cluster or on all'),
  option('--all', 'the whole fleet'),
]

const RECORDS = [
  option('--since <time>', 'from then on: 30d, 12h, 2026-11-01 or a time'),
  option('--until <time>', 'before then'),
  option('-c, --cluster <name>', 'only this cluster'),
  option('--type <event>', 'only events of this type, like finding.opened'),
]

/** Commands that run a hub, or speak to one. */
export const HUB_COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'hub',
    summary: 'Keep every cluster at what Git says, and record what happens',
    details:
      'Follows the commits of the fleet repository, brings them to the clusters in the order of Fleet.spec.rollout, and undoes what others change as it happens. Ends in order with Ctrl-C or SIGTERM; killed, it goes on where it was when it is started again.',
    examples: [
      'lockstep hub',
      'lockstep hub --fleet https://git.example.com/fleet.git --branch main --data /var/lib/lockstep',
      'lockstep hub --config /etc/lockstep/hub.yaml',
    ],
    options: [
      option('--config <file>', 'a file with these settings in YAML, as docs/spec/hub.md lists them').env(
        'LOCKSTEP_CONFIG',
      ),
      option(
        '--fleet <dir-or-url>',
        'the fleet repository (default: the nearest folder with a fleet.yaml, upwards)',
      ).env('LOCKSTEP_FLEET'),
      option('--branch <name>', 'the branch to follow (default: what is checked out, or the default branch)').env(
        'LOCKSTEP_BRANCH',
      ),
      option(
        '--git-credentials-file <file>',
        "user:password or a token for the fleet repository, where git's own helpers have none",
      ).env('LOCKSTEP_GIT_CREDENTIALS_FILE'),
      option('--name <name>', "the hub's name on clusters and in the trail (default: the host name)").env(
        'LOCKSTEP_HUB_NAME',
      ),
      DATA,
      option(
        '--listen <host:port>',
        'where the API, health, metrics and webhooks are served (default: 127.0.0.1:8080)',
      ).env('LOCKSTEP_LISTEN'),
      option('--public-url <url>', 'under which address people reach the hub, for links').env('LOCKSTEP_PUBLIC_URL'),
      option('--poll <duration>', 'how often Git is asked (default: 1s for a folder, 30s for a URL)').env(
        'LOCKSTEP_POLL',
      ),
      option('--webhook-secret-file <file>', 'what webhooks are signed with; without it there are none').env(
        'LOCKSTEP_WEBHOOK_SECRET_FILE',
      ),
      toggle(
        '--push-checkpoints',
        'push the signed ends of the trail to refs/lockstep/audit of the fleet repository',
      ).env('LOCKSTEP_PUSH_CHECKPOINTS'),
      option('--tls-cert-file <file>', 'serve HTTPS with this certificate (PEM, with its chain)').env(
        'LOCKSTEP_TLS_CERT_FILE',
      ),
      option('--tls-key-file <file>', 'the key of the certificate (PEM)').env('LOCKSTEP_TLS_KEY_FILE'),
      option('--secrets-dir <dir>', 'folder with one file a secret, for alert receivers and OIDC').env(
        'LOCKSTEP_SECRETS_DIR',
      ),
      option('--kubeconfig <file>', 'instead of KUBECONFIG and ~/.kube/config').env('LOCKSTEP_KUBECONFIG'),
      repeatable('--allow-exec <command>', 'a credential plugin that kubeconfigs may run'),
      option('--connect-timeout <duration>', 'how long a cluster may take to answer at first (default: 10s)').env(
        'LOCKSTEP_CONNECT_TIMEOUT',
      ),
      option('--cache-dir <dir>', 'where fetched sources and renderings are kept (default: ~/.cache/lockstep)').env(
        'LOCKSTEP_CACHE_DIR',
      ),
      ...FLEET.filter(({ long }) => long === '--allow-private'),
      new Option('--log-format <format>', 'how messages are printed (default: text)')
        .choices(['text', 'json'])
        .env('LOCKSTEP_LOG_FORMAT'),
    ],
    load: async () => {
      const { runHubCommand } = await import('./commands/hub.ts')
      return (_, options, world) => runHubCommand(options, world)
    },
  },
  {
    usage: 'suspend',
    summary: 'Hold back applying and healing for a while',
    details:
      'The hub leaves alone what is named until the time is over or `lockstep resume` ends it. Drift is told all the same. Who, why and how long is recorded.',
    examples: [
      'lockstep suspend --cluster prod-eu --for 2h --reason "INC-1234: debugging by hand"',
      'lockstep suspend --component ingress --for 30m --reason "load test"',
      'lockstep suspend --all --for 1h --reason "network maintenance"',
      'lockstep suspend --hub https://hub.example.com --cluster prod-eu --for 2h --reason "INC-1234"',
    ],
    options: [
      ...SCOPE,
      option('--for <duration>', 'how long').makeOptionMandatory(),
      option('--reason <text>', 'why').makeOptionMandatory(),
      DATA,
      ...HUB,
    ],
    load: async () => {
      const { runSuspend } = await import('./commands/suspend.ts')
      return (_, options, world) => runSuspend(options, world)
    },
  },
  {
    usage: 'resume',
    summary: 'End what was suspended',
    examples: ['lockstep resume --cluster prod-eu', 'lockstep resume --all'],
    options: [...SCOPE, DATA, ...HUB],
    load: async () => {
      const { runResume } = await import('./commands/suspend.ts')
      return (_, options, world) => runResume(options, world)
    },
  },
  {
    usage: 'acknowledge <finding>',
    summary: 'Say that somebody knows of a finding',
    details:
      'The finding stays open and is told with who knows of it. Its number is in lockstep drift --hub -o json, and in the trail.',
    examples: ['lockstep acknowledge 4711 --note "INC-1234: we are on it" --hub https://hub.example.com'],
    options: [option('--note <text>', 'for whoever sees it next').makeOptionMandatory(), DATA, ...HUB],
    load: async () => {
      const { runAcknowledge } = await import('./commands/acknowledge.ts')
      return ([id = ''], options, world) => runAcknowledge(id, options, world)
    },
  },
  {
    usage: 'audit list',
    summary: 'List what happened: commits, drift, changes, what operators did',
    examples: ['lockstep audit list', 'lockstep audit list --since 7d --cluster prod-eu --type change.ended'],
    options: [
      ...RECORDS,
      option('--limit <count>', 'the newest so many').default('50'),
      DATA,
      ...HUB,
      output('table', 'json', 'yaml'),
    ],
    load: async () => {
      const { runAuditList } = await import('./commands/audit.ts')
      return (_, options, world) => runAuditList(options, world)
    },
  },
  {
    usage: 'audit show <seq>',
    summary: 'Show a record whole, with the commit that it belongs to',
    examples: ['lockstep audit show 4711', 'lockstep audit show 4711 -o json'],
    options: [DATA, ...HUB, output('yaml', 'json')],
    load: async () => {
      const { runAuditShow } = await import('./commands/audit.ts')
      return ([seq = ''], options, world) => runAuditShow(seq, options, world)
    },
  },
  {
    usage: 'audit trace <commit-or-change>',
    summary: 'From a commit to everything done with it, and from a change of a cluster back to its commit',
    details:
      'A commit is named by its first digits, 7 or more: its author, signature and trailers, its way over the clusters, and every change made with it. A change is named by its number: its commit, and what became of each object.',
    examples: ['lockstep audit trace 4f2c1a9', 'lockstep audit trace 17 --hub https://hub.example.com -o json'],
    options: [DATA, ...HUB, output('table', 'json', 'yaml')],
    load: async () => {
      const { runAuditTrace } = await import('./commands/audit-trace.ts')
      return ([of = ''], options, world) => runAuditTrace(of, options, world)
    },
  },
  {
    usage: 'audit verify',
    summary: 'Verify that no record was altered, deleted, reordered or cut off',
    details:
      'Follows the chain from its first record and checks every signed checkpoint. Exits with 1 and names the first record that is wrong. Checkpoints that were kept elsewhere show a database that was rewritten whole. A hub is asked for its records, not for its word: they are verified here.',
    examples: [
      'lockstep audit verify',
      'lockstep audit verify --public-key audit.pub --witness checkpoints.jsonl --data /var/lib/lockstep',
      'lockstep audit verify --hub https://hub.example.com --public-key audit.pub --witness-fleet .',
    ],
    options: [
      option('--public-key <file>', 'the first key has to be this one (PEM)'),
      option('--witness <file>', 'checkpoints that were kept elsewhere, one JSON a line'),
      option('--witness-fleet <dir>', 'a clone of the fleet repository that the hub pushes its checkpoints to'),
      DATA,
      ...HUB,
      output('table', 'json', 'yaml'),
    ],
    load: async () => {
      const { runAuditVerify } = await import('./commands/audit.ts')
      return (_, options, world) => runAuditVerify(options, world)
    },
  },
  {
    usage: 'audit report',
    summary: 'Report on a period for an auditor: who changed what where, and who approved it',
    details:
      'Commits that nobody but their author approved, direct changes to clusters and how long they lived, changes by Lockstep, what operators did. Exits with 1 where the trail that it rests on is broken.',
    examples: [
      'lockstep audit report --since 2026-10-01 --until 2027-01-01 -o html > q4.html',
      'lockstep audit report --since 7d --cluster prod-eu',
    ],
    options: [
      option('--since <time>', 'from then on: 30d, 2026-10-01 or a time (default: 30d)'),
      option('--until <time>', 'before then (default: now)'),
      option('-c, --cluster <name>', 'only this cluster'),
      DATA,
      ...HUB,
      output('markdown', 'html', 'json', 'yaml'),
    ],
    load: async () => {
      const { runAuditReport } = await import('./commands/audit.ts')
      return (_, options, world) => runAuditReport(options, world)
    },
  },
  {
    usage: 'audit export',
    summary: 'Print all records, one a line, as JSON or CSV',
    examples: ['lockstep audit export > audit.jsonl', 'lockstep audit export --since 2026-01-01 -o csv > audit.csv'],
    options: [...RECORDS, DATA, ...HUB, output('jsonl', 'csv')],
    load: async () => {
      const { runAuditExport } = await import('./commands/audit.ts')
      return (_, options, world) => runAuditExport(options, world)
    },
  },
]
