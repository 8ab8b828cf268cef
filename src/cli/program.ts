import { Command } from 'commander'
import { ACCESS_COMMANDS } from './access-commands.ts'
import { ALERT_COMMANDS } from './alerts/alert-commands.ts'
import { CLUSTERS, type CommandEntry, FLEET, option, output, repeatable } from './command-entry.ts'
import { EXIT } from './exit-code.ts'
import { assertNoHub, HUB, REFUSED_HUB, settleHub } from './hub/hub-options.ts'
import { LOGIN_COMMANDS } from './hub/login-commands.ts'
import { DATA, HUB_COMMANDS } from './hub-commands.ts'
import { RBAC_COMMANDS } from './rbac/commands.ts'
import { VERSION } from './version.ts'
import type { World } from './world.ts'

/** The program with all its commands; `finish` is told the exit code. */
export const createProgram = (world: World, finish: (exitCode: number) => void): Command => {
  const program = new Command('lockstep')
    .description('Keeps a fleet of Kubernetes clusters in lockstep with Git.')
    .version(VERSION, '-V, --version', 'print the version')
    .option('--no-color', 'no colour')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError()
    .showHelpAfterError('(lockstep --help, or lockstep COMMAND --help, tells more)')
    .configureOutput({
      writeOut: world.stdout.write,
      writeErr: world.stderr.write,
      getOutHelpWidth: () => Math.min(world.stdout.width, 120),
      getErrHelpWidth: () => Math.min(world.stderr.width, 120),
      getOutHasColors: () => world.stdout.color,
      getErrHasColors: () => world.stderr.color,
    })
    .exitOverride()
    .addHelpText('after', `\n${EXIT_TEXT}`)
  for (const entry of COMMANDS) addCommand(program, entry, world, finish)
  return program
}

const EXIT_TEXT = `Exit codes: ${EXIT.nothingToReport} nothing to report, ${EXIT.differences} differences found, ${EXIT.error} errors, ${EXIT.unreachable} a cluster or the hub is out of reach.`

const addCommand = (program: Command, entry: CommandEntry, world: World, finish: (exitCode: number) => void): void => {
  const groups = Object.keys(GROUPS).filter((group) => entry.usage.startsWith(`${group} `))
  const parent = groups.reduce((outer, group) => findOrAddGroup(outer, group), program)
  const command = parent
    .command(entry.usage.slice(groups.length === 0 ? 0 : (groups.at(-1) as string).length + 1))
    .summary(entry.summary)
    .description(entry.details ? `${entry.summary}.\n\n${entry.details}` : `${entry.summary}.`)
    .addHelpText('after', `\nExamples:\n${entry.examples.map((example) => `  $ ${example}`).join('\n')}`)
  for (const option of entry.options) command.addOption(option)
  const asksHub = entry.options.some(({ long }) => long === '--hub')
  if (!asksHub) for (const option of REFUSED_HUB) command.addOption(option)
  command.action(async (...received: unknown[]) => {
    const args = received.slice(0, -2).filter((argument) => typeof argument === 'string')
    const options = command.optsWithGlobals()
    if (!asksHub) assertNoHub(options, entry.usage)
    const run = await entry.load()
    finish(await run(args, (asksHub ? settleHub(options, command) : options) as never, world))
  })
}

/** Commands of several words, the outer group first. */
const GROUPS: Readonly<Record<string, string>> = {
  cluster: 'Look at the clusters of the fleet',
  audit: 'Look at what a hub recorded, and verify it',
  token: 'Tokens for the API of a hub',
  alert: 'Look at alerts, silence them, and see who is told',
  rbac: 'Ask who may do what, and give and take access',
  'rbac template': 'Make, change and show RBAC templates',
}

const findOrAddGroup = (outer: Command, group: string): Command => {
  const name = group.split(' ').at(-1) as string
  return (
    outer.commands.find((command) => command.name() === name) ??
    outer.command(name).description(GROUPS[group] as string)
  )
}

const COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'init [dir]',
    summary: 'Write a working, commented example fleet',
    details: 'Files that are there already are never overwritten.',
    examples: ['lockstep init my-fleet', 'lockstep init . --force'],
    options: [option('--force', 'also into a folder that holds other files')],
    load: async () => {
      const { runInit } = await import('./commands/init.ts')
      return ([dir], options, world) => runInit(dir ?? '.', options, world)
    },
  },
  {
    usage: 'validate',
    summary: 'Check the fleet repository: every file, every cluster, every rendering',
    details: 'Tells all problems at once, each with file, line, column and a hint. No cluster is asked.',
    examples: ['lockstep validate', 'lockstep validate --revision my-branch', 'lockstep validate --no-render -o json'],
    options: [...FLEET, option('--no-render', 'check the documents only'), output('table', 'json', 'yaml')],
    load: async () => {
      const { runValidate } = await import('./commands/validate.ts')
      return (_, options, world) => runValidate(options, world)
    },
  },
  {
    usage: 'render',
    summary: 'Print the manifests that clusters get',
    details:
      'A cluster is asked what it can do, as charts depend on it; where it does not answer, or with --offline, charts see no cluster. Values of Secrets are masked.',
    examples: [
      'lockstep render -c prod-eu',
      'lockstep render -c prod-eu --component web',
      'lockstep render --offline -o json',
    ],
    options: [
      ...CLUSTERS,
      repeatable('--component <name>', 'only this component'),
      option('--show-secrets', 'print the values of Secrets'),
      output('yaml', 'json'),
    ],
    load: async () => {
      const { runRender } = await import('./commands/render.ts')
      return (_, options, world) => runRender(options, world)
    },
  },
  {
    usage: 'diff',
    summary: 'Show field by field what a sync would do, deletions included',
    details: 'The servers are asked by dry run. Nothing is written. Exits with 1 where a sync would change something.',
    examples: [
      'lockstep diff',
      'lockstep diff -l env=prod',
      'lockstep diff --revision my-branch -o markdown',
      'lockstep diff --hub https://hub.example.com -c prod-eu',
    ],
    options: [
      ...CLUSTERS,
      option('--all', 'do not shorten anything'),
      ...HUB,
      output('table', 'json', 'yaml', 'markdown'),
    ],
    load: async () => {
      const { runDiff } = await import('./commands/diff.ts')
      return (_, options, world) => runDiff(options, world)
    },
  },
  {
    usage: 'sync',
    summary: 'Make clusters as Git says',
    details:
      'Applies what is new or changed in Git, undoes what others changed, deletes what Git dropped. Interrupted at any point, the next sync finishes the work. Exits with 1 where something is left to be confirmed or adopted.',
    examples: [
      'lockstep sync',
      'lockstep sync --dry-run -c staging',
      'lockstep sync -l env=prod --wait 10m',
      'lockstep sync -c prod-eu --confirm-deletions sha256:4f2c…',
      'lockstep sync -c prod-eu --hub https://hub.example.com',
    ],
    options: [
      ...CLUSTERS,
      option('--dry-run', 'plan only, write nothing'),
      option('--confirm-deletions <digest>', 'agree to the deletions that an earlier run listed'),
      option('--wait [duration]', 'how long to wait for objects to become ready (default: as the components say)'),
      option('--no-wait', 'do not wait for objects to become ready'),
      option('--bypass-hub', 'write to clusters that a hub enforces'),
      option('--reason <text>', 'why the hub is bypassed'),
      option('--all', 'do not shorten anything'),
      ...HUB,
      output('table', 'json', 'yaml', 'markdown'),
    ],
    load: async () => {
      const { runSync } = await import('./commands/sync.ts')
      return (_, options, world) => runSync(options, world)
    },
  },
  {
    usage: 'drift',
    summary: 'Show what others changed on the clusters, field by field',
    details:
      'Writes nothing without --heal. Exits with 1 where there is drift, or where some is left after --heal. What is new in Git is listed as pending and is not drift.',
    examples: [
      'lockstep drift',
      'lockstep drift --heal -c prod-eu',
      'lockstep drift -o json',
      'lockstep drift --history --since 30d -o html > drift.html',
      'lockstep drift --hub https://hub.example.com -l env=prod',
    ],
    options: [
      ...CLUSTERS,
      option('--heal', 'undo the drift of components whose policy says heal'),
      option('--deep', 'read every object in full, whatever its metadata says'),
      option('--all', 'every finding on a line of its own, whatever its severity'),
      option('--history', 'what a hub saw over a time, instead of what is there now'),
      option('--since <time>', 'with --history: 30d, 12h, 2026-11-01 or a time (default: 30d)'),
      option('--until <time>', 'with --history: before then (default: now)'),
      DATA,
      ...HUB,
      output('table', 'json', 'yaml', 'markdown', 'html'),
    ],
    load: async () => {
      const { runDrift } = await import('./commands/drift.ts')
      return (_, options, world) => runDrift(options, world)
    },
  },
  {
    usage: 'cluster list',
    summary: 'List the clusters: labels, provider, version, components, in sync or not',
    examples: [
      'lockstep cluster list',
      'lockstep cluster list -l env=prod -o json',
      'lockstep cluster list --hub https://hub.example.com',
    ],
    options: [...CLUSTERS, ...HUB, output('table', 'json', 'yaml', 'markdown')],
    load: async () => {
      const { runClusterList } = await import('./commands/cluster-list.ts')
      return (_, options, world) => runClusterList(options, world)
    },
  },
  {
    usage: 'cluster show <name>',
    summary: 'Show one cluster and its components',
    examples: ['lockstep cluster show prod-eu', 'lockstep cluster show prod-eu -o yaml'],
    options: [...CLUSTERS.slice(2), ...HUB, output('table', 'json', 'yaml')],
    load: async () => {
      const { runClusterShow } = await import('./commands/cluster-show.ts')
      return ([name = ''], options, world) => runClusterShow(name, options, world)
    },
  },
  ...RBAC_COMMANDS,
  ...HUB_COMMANDS,
  ...ALERT_COMMANDS,
  ...ACCESS_COMMANDS,
  ...LOGIN_COMMANDS,
  {
    usage: 'completion <shell>',
    summary: 'Print a completion script for bash, zsh or fish',
    examples: [
      'source <(lockstep completion bash)',
      'source <(lockstep completion zsh)',
      'lockstep completion fish > ~/.config/fish/completions/lockstep.fish',
    ],
    options: [],
    load: async () => {
      const { runCompletion } = await import('./commands/completion.ts')
      return ([shell = '']) => runCompletion(shell)
    },
  },
  {
    usage: 'version',
    summary: 'Print the versions of Lockstep and of what runs it',
    examples: ['lockstep version'],
    options: [],
    load: async () => async (_, __, world) => {
      world.stdout.write(`lockstep ${VERSION} on Node ${process.versions.node}\n`)
      return EXIT.nothingToReport
    },
  },
]
