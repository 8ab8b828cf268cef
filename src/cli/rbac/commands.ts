import { Option } from 'commander'
import { CLUSTERS, type CommandEntry, FLEET, option, output, repeatable } from '../command-entry.ts'
import { HUB } from '../hub/hub-options.ts'

const ACCESS = [
  ...CLUSTERS,
  ...HUB,
  new Option(
    '--from <source>',
    'ask the clusters, Git alone, or both and compare (default: live; git with --hub)',
  ).choices(['live', 'git', 'both']),
]
const WRITES = [
  FLEET[0] as Option,
  option('--dry-run', 'show what it means, write nothing'),
  option('--commit', 'commit the change'),
  option('--push', 'push the change as a branch lockstep/… to be reviewed, and leave the working tree alone'),
]
const ENDS = [
  option('--expires <time>', 'when the access ends, with its offset: 2027-01-31T18:00:00+01:00'),
  option('--for <duration>', 'how long it lasts from now: 8h'),
]
const ROLE = [
  option('--role <name>', 'what the role is called (default: as the preset)'),
  new Option('--scope <scope>', 'where it holds').choices(['Namespace', 'Cluster']).default('Namespace'),
  option('--preset <name>', 'view, edit, admin, debugger, deployer, secret-reader or auditor'),
  option('--cluster-role <name>', 'a ClusterRole that exists on the clusters'),
  repeatable('--rule <rule>', 'verbs and resources, like "get,list pods,pods/log"'),
  repeatable(
    '--aggregate <labels>',
    'the rules of all ClusterRoles with these labels, like for-team=a, as they come and go',
  ),
]
const GROUP = repeatable('--group <name>', 'a group that the user is in')

/** The commands of `lockstep rbac`. */
export const RBAC_COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'rbac who-can <verb> <resource>',
    summary: 'List everybody who may do something, over the fleet',
    details:
      'A resource is written as pods, pods/log, deployments.apps or /metrics. Without a namespace: who may do it on the whole cluster.',
    examples: [
      'lockstep rbac who-can delete secrets -n shop',
      'lockstep rbac who-can create pods/exec -n shop -l env=prod',
      'lockstep rbac who-can get secrets --from both',
      'lockstep rbac who-can delete secrets -n shop --hub https://hub.example.com',
    ],
    options: [
      ...ACCESS,
      option('-n, --namespace <name>', 'in this namespace'),
      option('--name <name>', 'to the object of this name'),
      output('table', 'json', 'yaml', 'markdown', 'csv'),
    ],
    load: async () => {
      const { runWhoCan } = await import('../commands/rbac-who-can.ts')
      return runWhoCan
    },
  },
  {
    usage: 'rbac can <subject>',
    summary: 'Show everything that somebody may, everywhere',
    details: 'A subject is written as user:alice, group:team-a or serviceaccount:NAMESPACE/NAME.',
    examples: [
      'lockstep rbac can group:oidc:team-a',
      'lockstep rbac can alice --group oidc:team-a -l env=prod',
      'lockstep rbac can serviceaccount:ci/deployer --from both',
    ],
    options: [...ACCESS, GROUP, output('table', 'json', 'yaml', 'markdown', 'csv')],
    load: async () => {
      const { runCan } = await import('../commands/rbac-can.ts')
      return runCan
    },
  },
  {
    usage: 'rbac explain <subject> <verb> <resource> <cluster>',
    summary: 'Tell why somebody may do something: grant, template, binding, role, rule',
    details: 'With the commit and author of the grant and its template. Exits with 1 where he may not.',
    examples: ['lockstep rbac explain group:oidc:team-a delete pods prod-eu -n shop'],
    options: [
      ...ACCESS.slice(2),
      GROUP,
      option('-n, --namespace <name>', 'in this namespace'),
      option('--name <name>', 'to the object of this name'),
      output('table', 'json', 'yaml'),
    ],
    load: async () => {
      const { runExplain } = await import('../commands/rbac-explain.ts')
      return runExplain
    },
  },
  {
    usage: 'rbac review',
    summary: 'List the access to look at: over-broad, hand-made, expired, duplicate',
    details: 'For an access review, as a table, Markdown or CSV. Exits with 1 where there is something to look at.',
    examples: ['lockstep rbac review', 'lockstep rbac review -o csv > review.csv', 'lockstep rbac review --from git'],
    options: [...ACCESS, output('table', 'json', 'yaml', 'markdown', 'csv')],
    load: async () => {
      const { runReview } = await import('../commands/rbac-review.ts')
      return (_, options, world) => runReview(options, world)
    },
  },
  {
    usage: 'rbac list',
    summary: 'List what is granted, to whom, where, and until when',
    examples: ['lockstep rbac list', 'lockstep rbac list -o csv'],
    options: [FLEET[0] as Option, output('table', 'json', 'yaml', 'markdown', 'csv')],
    load: async () => {
      const { runGrantList } = await import('../commands/rbac-list.ts')
      return (_, options, world) => runGrantList(options, world)
    },
  },
  {
    usage: 'rbac grant [role]',
    summary: 'Grant a role of a template, and show who gains what',
    details:
      'A role is written as TEMPLATE/ROLE. Writes a document, or adds to one that is there, comments and style kept. What is not said is asked for on a terminal.',
    examples: [
      'lockstep rbac grant team/deployer --to group:oidc:team-a -n shop -l env=prod',
      'lockstep rbac grant team/deployer --to user:bob -n shop -c prod-eu --for 8h --push',
      'lockstep rbac grant ops/admin --to user:eve -n shop -c prod-eu --break-glass "INC-42: orders are stuck" --commit',
    ],
    options: [
      repeatable('--to <subject>', 'user:NAME, group:NAME or serviceaccount:NAMESPACE/NAME'),
      repeatable('-c, --cluster <name>', 'on this cluster'),
      option('-l, --selector <labels>', 'on the clusters with these labels, like env=prod'),
      repeatable('-n, --namespace <name>', 'in this namespace'),
      option('--namespace-labels <labels>', 'in the namespaces with these labels, as they come and go'),
      ...ENDS,
      option('--break-glass <reason>', 'for an emergency: ends after 4 hours, or within 24 as --for says'),
      option('--name <name>', 'of the grant (default: from who and what)'),
      repeatable('--set <argument>', 'a parameter of the template, like team=a'),
      ...WRITES,
    ],
    load: async () => {
      const { runGrant } = await import('../commands/rbac-grant.ts')
      return runGrant
    },
  },
  {
    usage: 'rbac revoke [subject]',
    summary: 'Take away what grants give to somebody, or a whole grant',
    examples: [
      'lockstep rbac revoke user:bob --push',
      'lockstep rbac revoke --grant team-a-prod --role deployer --commit',
    ],
    options: [
      option('--grant <name>', 'only what this grant gives'),
      option('--role <name>', 'only this role'),
      ...WRITES,
    ],
    load: async () => {
      const { runRevoke } = await import('../commands/rbac-revoke.ts')
      return runRevoke
    },
  },
  {
    usage: 'rbac extend [grant]',
    summary: 'Let access that ends, end at another time',
    examples: [
      'lockstep rbac extend team-a-prod --expires 2027-03-31T18:00:00+02:00',
      'lockstep rbac extend eve-ops --for 2h --commit',
    ],
    options: [
      ...ENDS,
      option('--role <name>', 'only this role'),
      repeatable('--to <subject>', 'only where it names this subject'),
      ...WRITES,
    ],
    load: async () => {
      const { runExtend } = await import('../commands/rbac-extend.ts')
      return runExtend
    },
  },
  {
    usage: 'rbac template new [template]',
    summary: 'Make an RBAC template with one role',
    examples: [
      'lockstep rbac template new team --preset deployer',
      'lockstep rbac template new ops --role logs --scope Cluster --rule "get,list pods,pods/log"',
    ],
    options: [...ROLE, ...WRITES],
    load: async () => {
      const { runTemplateNew } = await import('../commands/rbac-template.ts')
      return runTemplateNew
    },
  },
  {
    usage: 'rbac template edit [template]',
    summary: 'Add a role to an RBAC template, replace or remove one, and show who gains and loses what',
    examples: [
      'lockstep rbac template edit team --preset debugger',
      'lockstep rbac template edit team --remove-role debugger',
    ],
    options: [...ROLE, option('--remove-role <name>', 'take this role away'), ...WRITES],
    load: async () => {
      const { runTemplateEdit } = await import('../commands/rbac-template.ts')
      return runTemplateEdit
    },
  },
  {
    usage: 'rbac template show <template>',
    summary: 'Show the roles of an RBAC template in words, with their risks and the grants that use them',
    examples: ['lockstep rbac template show team'],
    options: [FLEET[0] as Option, output('table', 'json', 'yaml')],
    load: async () => {
      const { runTemplateShow } = await import('../commands/rbac-template.ts')
      return runTemplateShow
    },
  },
]
