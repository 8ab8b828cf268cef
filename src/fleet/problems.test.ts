import { expect, test } from 'vitest'
import { createMemoryTree } from '../base/file-tree.ts'
import { loadFleet } from './load.ts'
import { formatProblem } from './problem.ts'

const API = 'apiVersion: lockstep.dev/v1alpha1\n'
const FLEET = `${API}kind: Fleet
metadata: {name: acme}
spec:
  repositories:
    - {name: charts, helm: {url: https://charts.example.com}}
    - {name: platform, git: {url: https://git.example.com/platform.git}}
`
const cluster = (spec: string, name = 'eu', labels = ''): string =>
  `${API}kind: Cluster\nmetadata: {name: ${name}, labels: {${labels}}}\nspec:\n${spec}`
const template = (spec: string, name = 'web'): string =>
  `${API}kind: ClusterTemplate\nmetadata: {name: ${name}}\nspec:\n${spec}`
const placement = (spec: string, name = 'apps'): string =>
  `${API}kind: Placement\nmetadata: {name: ${name}}\nspec:\n${spec}`
const policy = (spec: string, name = 'default'): string =>
  `${API}kind: AlertPolicy\nmetadata: {name: ${name}}\nspec:\n${spec}`
const SIMULATED = '  provider: {simulated: {}}\n'

/** Sentence → files → the problems, whole. */
const CASES: Readonly<Record<string, readonly [Readonly<Record<string, string>>, readonly string[]]>> = {
  'a repository without fleet.yaml': [
    { 'fleet.yml': FLEET, 'a.yaml': cluster(SIMULATED) },
    [
      'fleet.yaml: there is no fleet.yaml (rename fleet.yml to fleet.yaml)',
      'fleet.yml:2:7: a Fleet can only be in fleet.yaml (move it there, or remove it)',
    ],
  ],
  'a fleet.yaml without a Fleet': [
    { 'fleet.yaml': 'a: 1\n' },
    ['fleet.yaml: fleet.yaml holds no Fleet (lockstep init makes an example; --fleet names another folder)'],
  ],
  'malformed YAML': [
    { 'fleet.yaml': FLEET, 'c.yaml': `${API}kind: [Cluster\nmetadata: {}\n` },
    ['c.yaml:3:1: not valid YAML: deficient indentation'],
  ],
  'a key that is there twice': [
    { 'fleet.yaml': FLEET, 'c.yaml': `${API}kind: Cluster\nkind: Cluster\n` },
    ['c.yaml:3:1: not valid YAML: duplicated mapping key'],
  ],
  'an unknown kind': [
    { 'fleet.yaml': FLEET, 'c.yaml': `${API}kind: Clutser\n` },
    ['c.yaml:2:7: unknown kind "Clutser" (did you mean `Cluster`?)'],
  ],
  'a missing kind': [
    { 'fleet.yaml': FLEET, 'c.yaml': `${API}metadata: {}\n` },
    [
      'c.yaml:1:1: "kind" is missing (known: AlertPolicy, Cluster, ClusterTemplate, Fleet, Placement, RbacGrant, RbacTemplate)',
    ],
  ],
  'an unknown version': [
    { 'fleet.yaml': FLEET, 'c.yaml': 'apiVersion: lockstep.dev/v1\nkind: Cluster\n' },
    ['c.yaml:1:13: unknown version "lockstep.dev/v1" (write lockstep.dev/v1alpha1)'],
  ],
  'unknown and missing fields, all at once': [
    {
      'fleet.yaml': FLEET,
      'p.yaml': placement('  clusters: {matchlabels: {env: prod}}\n  component: []\n'),
      'c.yaml': cluster(`${SIMULATED}  componets: []\n`),
    },
    [
      'c.yaml:6:3: unknown field "componets" (did you mean `components`?)',
      'p.yaml:5:3: "components" is missing',
      'p.yaml:5:14: unknown field "matchlabels" (did you mean `matchLabels`?)',
      'p.yaml:6:3: unknown field "component" (did you mean `components`?)',
    ],
  ],
  'values of the wrong type': [
    {
      'fleet.yaml': FLEET,
      'm/a.yaml': '',
      'c.yaml': cluster(
        `${SIMULATED}  components:\n    - {name: a, source: {path: ./m}, prune: "yes", wait: 5, drift: heel, adopt: allways}\n    - {name: b, source: {chart: b, repository: charts, version: 4.11}}\n`,
      ),
    },
    [
      'c.yaml:7:45: "prune" must be true or false, not "yes"',
      'c.yaml:7:58: "wait" must be a duration: 5 (write it like 30s, 5m or 1h30m)',
      'c.yaml:7:68: "drift" is "heel", not one of heal, report, ignore (did you mean `heal`?)',
      'c.yaml:7:81: "adopt" must be never, ifUnowned, always or {from: [argocd, flux, helm, kubectl]}: "allways" (did you mean `always`?)',
      'c.yaml:8:65: "version" must be text, not 4.11 (write it in quotes)',
    ],
  ],
  'a selector of names and labels': [
    {
      'fleet.yaml': FLEET,
      'c.yaml': cluster(SIMULATED),
      'p.yaml': placement('  clusters: {names: [eu], matchLabels: {a: b}}\n  components: []\n'),
    },
    [
      'p.yaml:5:13: "clusters" mixes names with labels (select either by names, or by matchLabels and matchExpressions)',
    ],
  ],
  'a source of two kinds': [
    {
      'fleet.yaml': FLEET,
      'c.yaml': cluster(`${SIMULATED}  components:\n    - {name: a, source: {path: ./m, chart: x}}\n`),
    },
    [
      'c.yaml:7:25: "source" is not one of the three kinds of source (write {path}, {chart, repository, version} or {repository, path, ref})',
    ],
  ],
  'a label value that YAML reads as something else': [
    { 'fleet.yaml': FLEET, 'c.yaml': cluster(SIMULATED, 'eu', 'canary: yes') },
    ['c.yaml:3:39: "canary" must be text, not true (write it in quotes)'],
  ],
  'a Fleet in another file': [
    { 'fleet.yaml': FLEET, 'other/fleet.yaml': FLEET },
    ['other/fleet.yaml:2:7: a Fleet can only be in fleet.yaml (move it there, or remove it)'],
  ],
  'two documents of one name': [
    { 'fleet.yaml': FLEET, 'a.yaml': cluster(SIMULATED), 'b.yaml': cluster(SIMULATED) },
    ['b.yaml:3:18: Cluster "eu" is also at a.yaml:3:18 (names are unique among a kind: rename or remove one)'],
  ],
  'a freeze that never is, or nobody knows when': [
    {
      'fleet.yaml': `${API}kind: Fleet
metadata: {name: acme}
spec:
  freeze:
    - {reason: a, from: 2026-12-20T25:00:00Z, until: 2027-02-31T00:00:00Z}
    - {reason: b, from: 2027-01-04T00:00:00Z, until: 2026-12-20T00:00:00+01:00}
    - {reason: c, weekly: {days: [Fri], timeZone: Europe/Berln}}
    - {reason: d, clusters: {names: [eu]}, weekly: {days: [Fri], timeZone: Europe/Berlin}}
`,
    },
    [
      'fleet.yaml:6:25: "2026-12-20T25:00:00Z" is not in the calendar',
      'fleet.yaml:6:54: "2027-02-31T00:00:00Z" is not in the calendar',
      'fleet.yaml:7:54: it ends before it begins',
      'fleet.yaml:8:51: unknown time zone "Europe/Berln" (write it as the IANA database does: Europe/Berlin, America/New_York, UTC)',
      'fleet.yaml:9:38: unknown cluster "eu" (there is no cluster)',
    ],
  ],
  'a policy that names what is not there': [
    {
      'fleet.yaml': FLEET,
      'c.yaml': cluster(SIMULATED, 'eu', 'env: prod'),
      'a.yaml': policy(`  clusters: {names: [ue]}
  route:
    receiver: platfrom
    groupBy: [cluster, componnet, cluster, cluster_label_env, cluster_label_evn]
    routes:
      - {matchers: ['severity="critcal"'], receiver: nett}
      - matchers: ['onwer=~"@net.*"', alertname=LockstepDritf]
        routes: [{receiver: plat}]
  receivers:
    - {name: platform}
    - {name: net}
    - {name: net}
`),
    },
    [
      'a.yaml:5:22: unknown cluster "ue" (did you mean `eu`?)',
      'a.yaml:7:15: unknown receiver "platfrom" (did you mean `platform`?)',
      'a.yaml:8:24: alerts have no label "componnet" (did you mean `component`?)',
      'a.yaml:8:35: "cluster" is in this list twice (remove one)',
      'a.yaml:8:63: no cluster has the label of "cluster_label_evn" (did you mean `cluster_label_env`?)',
      'a.yaml:10:21: there is no severity "critcal" (did you mean `critical`?)',
      'a.yaml:10:54: unknown receiver "nett" (did you mean `net`?)',
      'a.yaml:11:20: alerts have no label "onwer" (did you mean `owner`?)',
      'a.yaml:11:39: there is no alertname "LockstepDritf" (did you mean `LockstepDrift`?)',
      'a.yaml:12:29: unknown receiver "plat" (known: net, net, platform)',
      'a.yaml:14:14: no route sends anything to receiver "platform" (name it in a route, or remove it)',
      'a.yaml:15:14: no route sends anything to receiver "net" (name it in a route, or remove it)',
      'a.yaml:16:14: "net" is in this list twice (rename or remove one)',
      'a.yaml:16:14: no route sends anything to receiver "net" (name it in a route, or remove it)',
    ],
  ],
  'conditions and matchers that are none': [
    {
      'fleet.yaml': FLEET,
      'a.yaml': policy(`  severity:
    - {name: a, when: "object.knd == 'ConfigMap'", severity: high}
    - {name: a, when: "objct.kind == 'ConfigMap'", severity: high}
    - {name: b, when: "object.kind ==", severity: high}
    - {name: c, when: "object.kind", severity: high}
    - {name: d, when: "field == 3", severity: high}
    - {name: e, when: "cluster.labels.env == 'prod' && live.spec.x > git", severity: high}
  route: {receiver: a, groupBy: ['...', cluster], repeatInterval: 0s}
  receivers: [{name: a}]
  silences:
    - {matchers: ['cluster'], until: 2027-01-31T18:00:00+01:00, reason: r}
    - {matchers: ['cluster=~".*"'], until: 2027-01-31T18:00:00+01:00, reason: r}
    - {matchers: ['cluster="eu"'], from: 2027-01-31T25:00:00Z, until: 2027-01-31T00:00:00Z, reason: r}
    - {matchers: ['cluster="eu"'], from: 2027-02-01T00:00:00Z, until: 2027-01-31T18:00:00Z, reason: r}
`),
    },
    [
      'a.yaml:6:23: "when" is not a condition: no such key: knd (at character 8 of it) (did you mean `kind`?)',
      'a.yaml:7:14: "a" is in this list twice (rename or remove one)',
      'a.yaml:7:23: "when" is not a condition: unknown variable: objct (at character 1 of it) (did you mean `object`?)',
      'a.yaml:8:23: "when" is not a condition: unexpected token: EOF (at character 15 of it)',
      'a.yaml:9:23: "when" is not a condition: it gives a string, not true or false',
      'a.yaml:10:23: "when" is not a condition: no such overload: string == int (at character 1 of it)',
      'a.yaml:12:33: "..." is every label: no other can stand beside it (keep "..." alone, or leave it out)',
      'a.yaml:12:67: "repeatInterval" must be longer than nothing (write 5m)',
      'a.yaml:15:19: "cluster" is not a matcher: it is not a label, =, !=, =~ or !~, and a value (write it like severity="critical", owner=~"@net.*", namespace!="dev")',
      'a.yaml:16:18: these matchers hold for any alert (add a matcher that does not hold for an empty value)',
      'a.yaml:17:42: "2027-01-31T25:00:00Z" is not in the calendar',
      'a.yaml:18:71: it ends before it begins',
    ],
  ],
  'a policy with fields that cannot be': [
    {
      'fleet.yaml': FLEET,
      'a.yaml': policy(`  severity: [{name: a, when: "true", severity: hihg}]
  owners: [{owner: "@a", namespaces: {matchLabels: {a: b}}}]
  route: {receiver: "${'${parameters.x}'}", groupWait: soon, matchers: ['a=b'], routes: [{continue: maybe, routes: [{reciever: a}]}]}
  silences: [{matchers: ['cluster="eu"'], until: 2027-01-31, reason: ""}]
`),
    },
    [
      'a.yaml:5:48: "severity" is "hihg", not one of critical, high, medium, low, info (did you mean `high`?)',
      'a.yaml:6:38: "names" is missing',
      'a.yaml:6:39: unknown field "matchLabels" (known: names)',
      'a.yaml:7:51: "groupWait" must be a duration: "soon" (write it like 30s, 5m or 1h30m)',
      'a.yaml:7:57: unknown field "matchers" (known: groupBy, groupInterval, groupWait, receiver, repeatInterval, routes)',
      'a.yaml:7:96: "continue" must be true or false, not "maybe"',
      'a.yaml:7:113: unknown field "reciever" (did you mean `receiver`?)',
      'a.yaml:8:50: "until" must be a time with its offset: "2027-01-31" (write it like 2027-01-31T18:00:00+01:00)',
      'a.yaml:8:70: "reason" must not be empty',
    ],
  ],
  'receivers with addresses that cannot be, and secrets in Git': [
    {
      'fleet.yaml': FLEET,
      'a.yaml': policy(`  route: {receiver: a}
  receivers:
    - name: a
      slack: [{url: https://hooks.slack.com/services/T0/B0/canary}, {url: {secret: ../passwd}}]
      msteams: [{url: {name: teams}}]
      webhook: [{url: "ftp://example.com"}, {url: "https://user:canary@example.com"}, {url: {secret: Hook}}]
      email:
        - {to: [ops], from: "Ops <ops@example.com>", smtp: {host: "a b", tls: none, username: u, port: 0}}
        - {to: [ops@example.com], from: ops@example.com, smtp: {host: mail, tls: none, username: u, password: {secret: p}}}
      pagerduty: [{routingKey: canary}]
      alertmanager: [{url: "alertmanager:9093"}]
      discord: []
`),
    },
    [
      `a.yaml:8:21: "url" must be {secret: name}, not the secret itself (Git is no place for secrets: put it into the hub's folder of secrets)`,
      'a.yaml:8:84: "secret" must be the name of a secret: "../passwd" (small letters, digits, - and ., beginning with a letter or digit)',
      'a.yaml:9:23: "secret" is missing',
      'a.yaml:9:24: unknown field "name" (known: secret)',
      'a.yaml:10:23: "url" must be an http or https URL, or {secret: name}: "ftp://example.com" (write https://host/path without user and password, or {secret: name} where nobody should know the URL)',
      'a.yaml:10:51: "url" must be an http or https URL, or {secret: name}: "https://(masked)@example.com" (write https://host/path without user and password, or {secret: name} where nobody should know the URL)',
      'a.yaml:10:93: "url" must be an http or https URL, or {secret: name} (write https://host/path without user and password, or {secret: name} where nobody should know the URL)',
      'a.yaml:12:17: "to[0]" must be an e-mail address: "ops" (write it like ops@example.com)',
      'a.yaml:12:29: "from" must be an e-mail address: "Ops <ops@example.com>" (write it like ops@example.com)',
      'a.yaml:12:60: "smtp" must have both username and password, or neither',
      'a.yaml:12:67: "host" must be a host: "a b"',
      'a.yaml:12:104: "port" must be >= 1',
      `a.yaml:14:32: "routingKey" must be {secret: name}, not the secret itself (Git is no place for secrets: put it into the hub's folder of secrets)`,
      'a.yaml:15:28: "url" must be an http or https URL: "alertmanager:9093" (write https://host/path, without user and password)',
      'a.yaml:16:7: unknown field "discord" (known: alertmanager, email, msteams, name, pagerduty, sendResolved, slack, webhook)',
    ],
  ],
  'two entries of one name': [
    {
      'fleet.yaml': FLEET,
      'm/a.yaml': '',
      'c.yaml': cluster(
        `${SIMULATED}  components:\n    - {name: a, source: {path: m}}\n    - {name: a, source: {path: m}}\n`,
      ),
    },
    ['c.yaml:8:14: "a" is in this list twice (rename or remove one)'],
  ],
  'unknown templates, clusters and repositories': [
    {
      'fleet.yaml': FLEET,
      't.yaml': template('  extends: bsae\n', 'web'),
      'b.yaml': template('  {}\n', 'base'),
      'c.yaml': cluster(`${SIMULATED}  template: {name: wbe}\n`),
      'p.yaml': placement(
        '  clusters: {names: [ue]}\n  components:\n    - {name: a, source: {repository: platfrom, path: x}}\n    - {name: b, source: {repository: charts, path: x}}\n',
      ),
    },
    [
      'c.yaml:6:20: unknown template "wbe" (did you mean `web`?)',
      'p.yaml:5:22: unknown cluster "ue" (did you mean `eu`?)',
      'p.yaml:7:38: unknown repository "platfrom" (did you mean `platform`?)',
      'p.yaml:8:38: repository "charts" is a Helm repository (a chart needs a Helm repository, a path a Git repository)',
      't.yaml:5:12: unknown template "bsae" (did you mean `base`?)',
    ],
  ],
  'templates that extend each other': [
    {
      'fleet.yaml': FLEET,
      'a.yaml': template('  extends: b\n', 'a'),
      'b.yaml': template('  extends: c\n', 'b'),
      'c.yaml': template('  extends: a\n', 'c'),
      'x.yaml': template('  extends: c\n', 'x'),
      'eu.yaml': cluster(`${SIMULATED}  template: {name: x}\n`),
    },
    ['a.yaml:5:12: templates extend each other: a → b → c → a (remove one extends of the circle)'],
  ],
  'bad arguments': [
    {
      'fleet.yaml': FLEET,
      't.yaml': template(
        '  provider: {simulated: {}}\n  parameters: {properties: {nodes: {type: integer, minimum: 1}, zone: {enum: [a, b]}, class: {type: string}}, required: [class]}\n',
      ),
      'a.yaml': cluster('  template: {name: web, arguments: {nodes: 0, zon: a}}\n', 'a'),
      'b.yaml': cluster('  template: {name: web, arguments: {nodes: three, zone: c, class: x}}\n', 'b'),
      'c.yaml': cluster('  template: {name: web}\n', 'c'),
    },
    [
      'a.yaml:5:36: "class" is missing',
      'a.yaml:5:44: "nodes" must be >= 1',
      'a.yaml:5:47: unknown field "zon" (did you mean `zone`?)',
      'b.yaml:5:44: "nodes" must be a whole number, not "three"',
      'b.yaml:5:57: "zone" is "c", not one of a, b',
      'c.yaml:5:13: "class" is missing',
    ],
  ],
  'parameters that are no JSON Schema': [
    {
      'fleet.yaml': FLEET,
      't.yaml': template('  parameters: {properties: {nodes: {type: integer, defualt: 3}}}\n'),
      'u.yaml': template('  extends: web\n', 'sub'),
    },
    [
      't.yaml:5:15: the parameters are not a JSON Schema: unknown keyword: "defualt" (write type: object and properties: {name: {type: …}})',
    ],
  ],
  'unknown variables, in unused templates as well': [
    {
      'fleet.yaml': FLEET,
      'm/a.yaml': '',
      't.yaml': template(
        '  parameters: {properties: {nodes: {}}}\n  components:\n    - {name: a, source: {path: m}, namespace: "${parameter.nodes}", owner: "${parameters.nods}"}\n',
      ),
      'c.yaml': cluster(
        `${SIMULATED}  components:\n    - {name: a, source: {path: m}, owner: "\${cluster.labels.regoin}"}\n`,
        'eu',
        'region: x',
      ),
    },
    [
      'c.yaml:7:43: ${cluster.labels.regoin} names nothing on cluster eu (did you mean `cluster.labels.region`?)',
      't.yaml:7:47: ${parameter.nodes} names nothing (did you mean `parameters.nodes`?)',
      't.yaml:7:76: ${parameters.nods} names nothing (did you mean `parameters.nodes`?)',
    ],
  ],
  'a value that is wrong once its reference is replaced': [
    {
      'fleet.yaml': FLEET,
      'm/a.yaml': '',
      't.yaml': template(
        '  provider: {simulated: {}}\n  parameters: {properties: {time: {}}}\n  components:\n    - {name: a, source: {path: m}, wait: "${parameters.time}"}\n',
      ),
      'c.yaml': cluster('  template: {name: web, arguments: {time: soon}}\n'),
    },
    ['t.yaml:8:42: "wait" must be a duration: "soon" (write it like 30s, 5m or 1h30m)'],
  ],
  'one component twice on a cluster': [
    {
      'fleet.yaml': FLEET,
      'm/a.yaml': '',
      'c.yaml': `${cluster(SIMULATED, 'eu')}---\n${cluster(SIMULATED, 'us')}`,
      'p.yaml': placement('  clusters: {}\n  components:\n    - {name: shop, source: {path: m}}\n', 'a'),
      'q.yaml': placement('  clusters: {}\n  components:\n    - {name: shop, source: {path: m}}\n', 'b'),
    },
    [
      'q.yaml:7:14: component "shop" is on cluster eu twice: here and at p.yaml:7:14, and on 1 more (rename one; to change a component that is there, leave out its source)',
    ],
  ],
  'a change to a component that is not there': [
    {
      'fleet.yaml': FLEET,
      'm/a.yaml': '',
      't.yaml': template('  components:\n    - {name: ingress, source: {path: m}}\n'),
      'c.yaml': cluster(`${SIMULATED}  template: {name: web}\n  components: [{name: ingres, enabled: false}]\n`),
    },
    [
      'c.yaml:7:23: component "ingres" has no source, and cluster eu has no component of this name to change (did you mean `ingress`?)',
    ],
  ],
  'dependencies on nothing, on something disabled, and in a circle': [
    {
      'fleet.yaml': FLEET,
      'm/a.yaml': '',
      'c.yaml': cluster(`${SIMULATED}  components:
    - {name: a, source: {path: m}, dependsOn: [b]}
    - {name: b, source: {path: m}, dependsOn: [a, cret-manager, spare]}
    - {name: cert-manager, source: {path: m}}
    - {name: spare, source: {path: m}, enabled: false}
`),
    },
    [
      'c.yaml:7:47: components depend on each other: a → b → a (remove one dependency of the circle)',
      'c.yaml:8:51: component "b" depends on "cret-manager", which is not on cluster eu (did you mean `cert-manager`?)',
      'c.yaml:8:65: component "b" depends on "spare", which is disabled on cluster eu (enable "spare" or remove the dependency)',
    ],
  ],
  'a cluster without a provider': [
    { 'fleet.yaml': FLEET, 'c.yaml': cluster('  components: []\n') },
    [
      'c.yaml:5:3: neither cluster eu nor its template has a provider (for a cluster that exists: provider: {existing: {kubeconfig: {context: …}}})',
    ],
  ],
  'paths that lead nowhere and outside': [
    {
      'fleet.yaml': FLEET,
      'apps/shop/a.yaml': '',
      'clusters/c.yaml': cluster(`${SIMULATED}  components:
    - {name: a, source: {path: ../apps/shp}}
    - {name: b, source: {path: ../../etc}}
    - {name: c, source: {path: /etc}}
    - {name: d, source: {repository: platform, path: a/../../b}}
`),
    },
    [
      'clusters/c.yaml:7:32: there is nothing at apps/shp (did you mean `apps/shop`?)',
      'clusters/c.yaml:8:32: "../../etc" leads out of the repository (keep every path inside, or name another repository)',
      'clusters/c.yaml:9:32: "path" must be a relative path: "/etc" (relative to this document, or to the root of the named repository)',
      'clusters/c.yaml:10:54: "a/../../b" leads out of repository platform (keep every path inside, or name another repository)',
    ],
  ],
  'a source that holds its own document': [
    { 'fleet.yaml': FLEET, 'c/c.yaml': cluster(`${SIMULATED}  components: [{name: a, source: {path: .}}]\n`) },
    [
      'c/c.yaml:6:41: the source holds a document of the fleet: c/c.yaml (keep the manifests of a component in a folder of their own)',
    ],
  ],
  'a Placement on no cluster': [
    { 'fleet.yaml': FLEET, 'p.yaml': placement('  clusters: {matchLabels: {env: prod}}\n  components: []\n') },
    ['p.yaml:5:13: no cluster is selected (compare the labels with those of the clusters)'],
  ],
  'wrong grants': [
    {
      'fleet.yaml': FLEET,
      'r.yaml': `${API}kind: RbacTemplate
metadata: {name: team}
spec:
  parameters: {properties: {team: {type: string}}, required: [team]}
  roles: [{name: viewer, scope: Cluster, clusterRole: view}, {name: both, scope: Namespaced, clusterRole: view, rules: [{verbs: [get]}]}]
`,
      's.yaml': `${API}kind: RbacTemplate
metadata: {name: ops}
spec: {parameters: {properties: {team: {}}}, roles: [{name: viewer, scope: Cluster, clusterRole: view}]}
`,
      'g.yaml': `${API}kind: RbacGrant
metadata: {name: g}
spec:
  template: {name: ops, arguments: {taem: a}}
  clusters: {}
  bindings:
    - {role: veiwer, subjects: [{group: a, user: b}], expires: 2027-01-31}
`,
      'h.yaml': `${API}kind: RbacGrant
metadata: {name: h}
spec:
  template: {name: ops, arguments: {taem: a}}
  clusters: {}
  bindings: [{role: veiwer, subjects: [{group: a}]}]
`,
    },
    [
      'g.yaml:8:33: "subjects[0]" must have exactly one of group, user and serviceAccount',
      'g.yaml:8:64: "expires" must be a time with its offset: "2027-01-31" (write it like 2027-01-31T18:00:00+01:00)',
      'h.yaml:5:37: unknown field "taem" (did you mean `team`?)',
      'h.yaml:7:21: unknown role "veiwer" of template "ops" (did you mean `viewer`?)',
      'r.yaml:6:62: "roles[1]" must have exactly one of rules, preset, clusterRole and aggregate',
      'r.yaml:6:82: "scope" is "Namespaced", not one of Namespace, Cluster (did you mean `Namespace`?)',
    ],
  ],
  'aliases that expand without end': [
    {
      'fleet.yaml': FLEET,
      'c.yaml': `${API}kind: Cluster\na: &a [x, x]\n${Array.from({ length: 40 }, (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : 'a'}, *${i ? `b${i - 1}` : 'a'}]\n`).join('')}`,
    },
    ['c.yaml: c.yaml holds aliases that expand without end (write out what the aliases stand for)'],
  ],
  'nesting without end': [
    { 'fleet.yaml': FLEET, 'c.yaml': `${API}kind: Cluster\nspec: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n` },
    ['c.yaml:3:106: not valid YAML: nesting exceeded maxDepth (100)'],
  ],
  'a Fleet that is wrong, and the rest with it': [
    {
      'fleet.yaml': `${API}kind: Fleet\nmetadata: {name: acme}\nspec: {defaults: {appply: auto}}\n`,
      'c.yaml': cluster(
        `${SIMULATED}  components: [{name: a, source: {chart: a, repository: charts, version: "1"}, wat: 1}]\n`,
      ),
    },
    [
      'c.yaml:6:80: unknown field "wat" (did you mean `wait`?)',
      'fleet.yaml:4:19: unknown field "appply" (did you mean `apply`?)',
    ],
  ],
}

for (const [sentence, [files, expected]] of Object.entries(CASES)) {
  test(`tells of ${sentence}`, async () => {
    const { problems } = await loadFleet(createMemoryTree(files))

    expect(problems.map(formatProblem)).toEqual(expected)
  })
}

test('gives every problem a code and the field as a JSON Pointer', async () => {
  const files = { 'fleet.yaml': FLEET, 'c.yaml': cluster(`${SIMULATED}  components: [{name: a, sorce: {}}]\n`) }

  const { problems } = await loadFleet(createMemoryTree(files))

  expect(problems).toEqual([
    {
      code: 'FIELD_UNKNOWN',
      severity: 'error',
      message: 'unknown field "sorce"',
      file: 'c.yaml',
      line: 6,
      column: 26,
      path: '/spec/components/0/sorce',
      hint: 'did you mean `source`?',
    },
  ])
})

test('does not look into folders of sources, charts and foreign documents', async () => {
  const files = {
    'fleet.yaml': FLEET,
    'c.yaml': cluster(
      `${SIMULATED}  components:\n    - {name: a, source: {path: m}}\n    - {name: b, source: {path: "envs/\${cluster.name}"}}\n`,
    ),
    'm/broken.yaml': `${API}kind: Nonsense\n`,
    'envs/eu/x.yaml': `${API}kind: Nonsense\n`,
    'envs/us/x.yaml': `{{ lockstep.dev/v1 }}: [`,
    'other/values.yaml': 'a: [',
    'other/crd.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lockstep.dev/x}\n',
  }

  const { problems } = await loadFleet(createMemoryTree(files))

  expect(problems).toEqual([])
})

test('tells of a link that leaves the repository', async () => {
  const tree = createMemoryTree({ 'fleet.yaml': FLEET, 'c.yaml': '' })
  const { LockstepError } = await import('../base/errors.ts')
  const leaving = {
    ...tree,
    read: async (path: string) => {
      if (path === 'c.yaml') throw new LockstepError('PATH_OUTSIDE_ROOT', 'c.yaml leads out of /fleet', { hint: 'h' })
      return tree.read(path)
    },
  }

  const { problems } = await loadFleet(leaving)

  expect(problems).toMatchObject([{ code: 'PATH_OUTSIDE_ROOT', file: 'c.yaml', hint: 'h' }])
})
