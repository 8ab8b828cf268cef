import { expect, test } from 'vitest'
import { formatRef, type Manifest, toRef } from '../kube/object.ts'
import { type GrantContext, renderGrant } from './render-grant.ts'
import { loadGrants } from './testing/grants.ts'

const TEMPLATE = `kind: RbacTemplate
metadata: {name: team}
spec:
  parameters: {type: object, properties: {team: {type: string}}, required: [team]}
  roles:
    - name: pods
      scope: Namespace
      rules: [{apiGroups: [""], resources: [pods], resourceNames: ["\${parameters.team}-web"], verbs: [get]}]
    - {name: viewer, scope: Cluster, preset: view}
    - {name: ops, scope: Cluster, preset: debugger}
    - {name: ours, scope: Cluster, clusterRole: our-own}
    - {name: sum, scope: Cluster, aggregate: [{matchLabels: {to-sum: "true"}}]}
`
const grant = (bindings: string, more = ''): string => `kind: RbacGrant
metadata: {name: team-a}
spec:
  template: {name: team, arguments: {team: a}}
  clusters: {matchLabels: {env: prod}}
  bindings:
${bindings
  .trim()
  .split('\n')
  .map((line) => `    - ${line.trim()}`)
  .join('\n')}
${more}`

const PLACE = { namespaces: [{ name: 'shop', labels: { team: 'a' } }], isComplete: true }

const render = async (bindings: string, context: Partial<GrantContext> = {}) => {
  const { grants, problems } = await loadGrants({ 't.yaml': TEMPLATE, 'g.yaml': grant(bindings) })
  expect(problems).toEqual([])
  return renderGrant(grants['prod-1']![0]!, { ...PLACE, ...context })
}
const refs = (manifests: readonly Manifest[]): string[] => manifests.map((manifest) => formatRef(toRef(manifest)))

test('a role of its own becomes a ClusterRole that is bound in the namespaces', async () => {
  const { manifests } = await render('{role: pods, subjects: [{group: "oidc:a"}], namespaces: {names: [shop]}}')

  expect(manifests).toEqual([
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'lockstep:team-a:pods', labels: { 'lockstep.dev/grant': 'team-a' } },
      rules: [{ apiGroups: [''], resources: ['pods'], resourceNames: ['a-web'], verbs: ['get'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: {
        name: expect.stringMatching(/^lockstep:team-a:pods:[0-9a-f]{8}$/),
        namespace: 'shop',
        labels: { 'lockstep.dev/grant': 'team-a' },
      },
      subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'oidc:a' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'lockstep:team-a:pods' },
    },
  ])
})

test('a preset that every cluster has, and a role that exists, are bound and not made', async () => {
  const { manifests } = await render(
    '{role: viewer, subjects: [{user: alice}]}\n{role: ours, subjects: [{serviceAccount: ci/bot}]}',
  )

  expect(manifests.map(({ kind, roleRef, subjects }) => [kind, (roleRef as { name: string }).name, subjects])).toEqual([
    ['ClusterRoleBinding', 'view', [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'alice' }]],
    ['ClusterRoleBinding', 'our-own', [{ kind: 'ServiceAccount', namespace: 'ci', name: 'bot' }]],
  ])
})

test('a role may take its rules from others', async () => {
  const { manifests } = await render('{role: sum, subjects: [{user: alice}]}')

  expect(manifests[0]).toMatchObject({
    kind: 'ClusterRole',
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'to-sum': 'true' } }] },
  })
})

test('namespaces are followed by their labels', async () => {
  const binding = '{role: pods, subjects: [{user: alice}], namespaces: {matchLabels: {team: a}}}'
  const none = await render(binding, { namespaces: [] })
  const two = await render(binding, { namespaces: [...PLACE.namespaces, { name: 'more', labels: { team: 'a' } }] })

  expect(refs(none.manifests)).toEqual(['ClusterRole/lockstep:team-a:pods'])
  expect(
    refs(two.manifests)
      .filter((ref) => ref.startsWith('RoleBinding'))
      .map((ref) => ref.split('/')[1]),
  ).toEqual(['more', 'shop'])
})

test('a namespace that is named and not there is waited for, where all are known', async () => {
  const binding = '{role: pods, subjects: [{user: alice}], namespaces: {names: [shop, later]}}'
  const known = await render(binding)
  const unknown = await render(binding, { namespaces: [], isComplete: false })

  expect(refs(known.manifests)).toHaveLength(2)
  expect(known.warnings).toEqual(['there is no namespace later: role pods is bound there once it exists'])
  expect(refs(unknown.manifests)).toHaveLength(3)
})

test('bindings of one role in one place become one', async () => {
  const { manifests } = await render(
    '{role: viewer, subjects: [{user: alice}, {user: bob}]}\n{role: viewer, subjects: [{user: bob}, {user: eve}]}',
  )

  expect(manifests).toHaveLength(1)
  expect((manifests[0]!.subjects as { name: string }[]).map(({ name }) => name)).toEqual(['alice', 'bob', 'eve'])
})

test('access ends at its time, whatever zone it is written in', async () => {
  const binding = '{role: viewer, subjects: [{user: alice}], expires: 2027-01-31T18:00:00+01:00}'
  const before = await render(binding, { now: new Date('2027-01-31T16:59:59Z') })
  const after = await render(binding, { now: new Date('2027-01-31T17:00:00Z') })

  expect(before.manifests).toHaveLength(1)
  expect(before.manifests[0]?.metadata.annotations).toEqual({ 'lockstep.dev/expires': '2027-01-31T18:00:00+01:00' })
  expect(after.manifests).toEqual([])
  expect(after.expired).toEqual([{ ref: toRef(before.manifests[0]!), expires: '2027-01-31T18:00:00+01:00' }])
})

test('another role or another end is another binding, other subjects are not', async () => {
  const bindings = [
    '{role: viewer, subjects: [{user: alice}]}',
    '{role: viewer, subjects: [{user: bob}]}',
    '{role: viewer, subjects: [{user: alice}], expires: "2027-01-31T18:00:00Z"}',
    '{role: viewer, subjects: [{user: alice}], expires: "2027-02-01T18:00:00Z"}',
  ]
  const names = await Promise.all(bindings.map(async (binding) => refs((await render(binding)).manifests)[0]))

  expect(names[0]).toBe(names[1])
  expect(new Set(names).size).toBe(3)
})

test('break-glass access says why on the cluster, too', async () => {
  const { manifests } = await render(
    '{role: ops, subjects: [{user: alice}], expires: "2027-01-31T18:00Z", breakGlass: {reason: INC-7, since: "2027-01-31T12:00Z"}}',
  )

  expect(manifests[1]?.metadata.annotations).toMatchObject({ 'lockstep.dev/reason': 'INC-7' })
})

test('a grant holds on the clusters that it selects', async () => {
  const { grants } = await loadGrants({ 't.yaml': TEMPLATE, 'g.yaml': grant('{role: viewer, subjects: [{user: a}]}') })

  expect(Object.entries(grants).map(([cluster, of]) => [cluster, of.length])).toEqual([
    ['dev', 0],
    ['prod-1', 1],
    ['prod-2', 1],
  ])
})

const WRONG: Readonly<Record<string, readonly [string, string]>> = {
  'a role for namespaces needs some': [
    '{role: pods, subjects: [{user: a}]}',
    'g.yaml:8:7: role "pods" holds in namespaces, and none are said',
  ],
  'a role for the cluster takes none': [
    '{role: viewer, subjects: [{user: a}], namespaces: {names: [shop]}}',
    'role "viewer" holds on the whole cluster',
  ],
  'a day that does not exist': [
    '{role: viewer, subjects: [{user: a}], expires: "2027-13-31T18:00Z"}',
    'there is no time',
  ],
  'break-glass access without an end': [
    '{role: viewer, subjects: [{user: a}], breakGlass: {reason: x, since: "2027-01-31T12:00Z"}}',
    'does not say when it ends',
  ],
  'break-glass access for more than a day': [
    '{role: viewer, subjects: [{user: a}], expires: "2027-02-01T12:01Z", breakGlass: {reason: x, since: "2027-01-31T12:00Z"}}',
    'lasts more than 24 hours',
  ],
}
for (const [name, [binding, expected]] of Object.entries(WRONG)) {
  test(`a problem is told: ${name}`, async () => {
    const { problems } = await loadGrants({ 't.yaml': TEMPLATE, 'g.yaml': grant(binding) })

    expect(problems).toEqual([expect.stringContaining(expected)])
  })
}

test('a problem is told: paths in a role for namespaces', async () => {
  const rules = 'rules: [{nonResourceURLs: [/metrics], verbs: [get]}]'
  const { problems } = await loadGrants({
    't.yaml': `kind: RbacTemplate\nmetadata: {name: t}\nspec:\n  roles: [{name: a, scope: Namespace, ${rules}}]\n`,
  })

  expect(problems).toEqual([expect.stringContaining('a role of scope Namespace says nothing of paths')])
})
