import { expect, test } from 'vitest'
import type { ResolvedAlertPolicy } from '../fleet/alert-policy.ts'
import type { Severity } from '../fleet/severity.ts'
import { compileCondition } from '../fleet/severity-rule.ts'
import type { CelProgram } from '../kube/cel.ts'
import { createFindingRules, type UnratedFinding } from './finding-rules.ts'

const CLUSTER = { name: 'eu', labels: { env: 'prod' } }
const FINDING: UnratedFinding = {
  cluster: 'eu',
  component: 'web',
  object: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
  drift: 'modified',
  field: '/spec/replicas',
  git: 2,
  live: 5,
  manager: 'kubectl-scale',
}

const compile = (when: string): CelProgram => {
  const program = compileCondition(when, '', (_, { message }) => expect.fail(message))
  return program as CelProgram
}
const policy = (
  name: string,
  severity: readonly (readonly [string, Severity])[],
  owners: ResolvedAlertPolicy['owners'] = [],
): ResolvedAlertPolicy => ({
  name,
  clusters: new Set(['eu']),
  severity: severity.map(([when, level], index) => ({ name: `r${index}`, when: compile(when), severity: level })),
  owners,
  receivers: [],
  silences: [],
  origin: { file: 'a.yaml' },
})

/** Conditions in order → what the finding is; the built-in table calls it medium. */
const SEVERITY: Readonly<Record<string, readonly [readonly (readonly [string, Severity])[], Severity]>> = {
  'no rule leaves it to the table': [[], 'medium'],
  'the first that holds counts': [
    [
      ["object.kind == 'ConfigMap'", 'low'],
      ["object.kind == 'Deployment'", 'high'],
      ['true', 'critical'],
    ],
    'high',
  ],
  'all variables are there': [
    [
      [
        "object.group == 'apps' && object.namespace == 'shop' && object.name == 'web' && field == '/spec/replicas' && drift == 'modified' && component == 'web' && cluster.name == 'eu' && cluster.labels.env == 'prod' && live == 5 && git == 2 && manager == 'kubectl-scale'",
        'info',
      ],
    ],
    'info',
  ],
  'values are compared as numbers': [[['live > git * 2', 'high']], 'high'],
  'a label that is not there does not hold': [[["cluster.labels.tenant == 'x'", 'critical']], 'medium'],
  'nor does its opposite': [[["cluster.labels.tenant != 'x'", 'critical']], 'medium'],
  'one side that holds is enough': [[["cluster.labels.tenant == 'x' || live == 5", 'low']], 'low'],
  'a rule that fails hides nothing': [
    [
      ["live > 'a'", 'critical'],
      ['live == 5', 'low'],
    ],
    'low',
  ],
  'a regular expression is RE2': [[["object.name.matches('^w.b$')", 'high']], 'high'],
  'loops are watched together': [
    [
      ["object.name.split('').exists(c, c == 'x')", 'critical'],
      ["[1, 2].all(n, object.name.split('').exists(c, c == 'w'))", 'low'],
    ],
    'low',
  ],
}
for (const [sentence, [rules, expected]] of Object.entries(SEVERITY)) {
  test(sentence, () => {
    const { rate } = createFindingRules([policy('a', rules)], CLUSTER)

    expect(rate(FINDING).severity).toBe(expected)
  })
}

test('what is not there is empty or null', () => {
  const { rate, listWarnings } = createFindingRules(
    [policy('a', [["object.namespace == '' && field == '' && manager == '' && live == null && git == null", 'info']])],
    CLUSTER,
  )
  const object = { group: '', kind: 'Namespace', name: 'shop' }

  expect(rate({ cluster: 'eu', component: 'web', object, drift: 'missing' })).toEqual({
    cluster: 'eu',
    component: 'web',
    object,
    drift: 'missing',
    severity: 'info',
  })
  expect(listWarnings()).toEqual([])
})

test('a rule that fails is told once, a label that is not there never', () => {
  const { rate, listWarnings } = createFindingRules(
    [policy('a', [["cluster.labels.tenant == 'x'", 'low']]), policy('b', [["live > 'a'", 'critical']])],
    CLUSTER,
  )

  const rated = [1, 2, 3].map((live) => rate({ ...FINDING, live }))

  expect(rated.map(({ severity }) => severity)).toEqual(['medium', 'medium', 'medium'])
  expect(listWarnings()).toEqual([
    `severity rule r0 of AlertPolicy b is passed over: expression "live > 'a'" failed: no such overload: dyn<int> > string`,
  ])
})

test('a rule that takes too long is passed over, and those after it are asked', () => {
  const list = Array.from({ length: 3_000 }, (_, index) => index)
  const { rate, listWarnings } = createFindingRules(
    [
      policy('a', [
        ['live.all(x, live.all(y, live.all(z, x + y + z >= 0)))', 'critical'],
        ['live.exists(x, x == 7)', 'low'],
      ]),
    ],
    CLUSTER,
  )

  expect(rate({ ...FINDING, live: list }).severity).toBe('low')
  expect(listWarnings()).toEqual([expect.stringMatching(/it took longer than 100 ms$/)])
})

test('a rule that takes too long is asked less and less', () => {
  const list = Array.from({ length: 3_000 }, (_, index) => index)
  const policies = [policy('a', [['live.all(x, live.all(y, live.all(z, x + y + z >= 0)))', 'critical']])]

  const passes = Array.from({ length: 60 }, () => {
    const { rate, listWarnings } = createFindingRules(policies, CLUSTER)
    rate({ ...FINDING, live: list })
    return listWarnings().length
  })

  expect(passes.flatMap((count, index) => (count > 0 ? [index] : []))).toEqual([0, 21])
})

const OWNERS = [
  policy('a', [], [{ owner: '@shop', namespaces: { names: ['shop'] } }]),
  policy(
    'b',
    [],
    [
      { owner: '@late', namespaces: { names: ['shop', 'lab'] } },
      { owner: '@team-a', namespaces: { names: ['team-a', 'team-a-*'] } },
    ],
  ),
]
/** Object, owner of its component → owner of the finding. */
const OWNED: Readonly<Record<string, readonly [UnratedFinding['object'], string | undefined, string | undefined]>> = {
  'the component comes first': [FINDING.object, '@component', '@component'],
  'the first policy that names the namespace comes next': [FINDING.object, undefined, '@shop'],
  'a later policy owns what an earlier does not': [{ ...FINDING.object, namespace: 'lab' }, undefined, '@late'],
  'a star stands for any text': [{ ...FINDING.object, namespace: 'team-a-jobs' }, undefined, '@team-a'],
  'names are whole': [{ ...FINDING.object, namespace: 'team-ab' }, undefined, undefined],
  'a Namespace is in itself': [{ group: '', kind: 'Namespace', name: 'team-a' }, undefined, '@team-a'],
  'what is in no namespace has no owner': [
    { group: 'scheduling.k8s.io', kind: 'PriorityClass', name: 'shop' },
    undefined,
    undefined,
  ],
}
for (const [sentence, [object, owner, expected]] of Object.entries(OWNED)) {
  test(sentence, () => {
    const { rate } = createFindingRules(OWNERS, CLUSTER)

    expect(rate({ ...FINDING, object }, { owner }).owner).toBe(expected)
  })
}
