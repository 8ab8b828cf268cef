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
    ['c.yaml:1:1: "kind" is missing (known: Cluster, ClusterTemplate, Fleet, Placement, RbacGrant, RbacTemplate)'],
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
