import { expect, test } from 'vitest'
import { createMemoryTree } from '../base/file-tree.ts'
import type { FleetModel } from '../fleet/model.ts'
import { parseFleet } from '../fleet/parse.ts'
import { computeAccessChange } from './access-change.ts'
import { formatAccessChange } from './access-fold.ts'
import { chooseGrantName, editForExtend, editForGrant, editForRevoke, type GrantRequest } from './edit-grants.ts'
import { editForNewTemplate, editForTemplate } from './edit-templates.ts'
import { listClusterGrants, previewAccess } from './preview-access.ts'
import { toFiles } from './testing/grants.ts'

const FILES = toFiles({
  't.yaml': `kind: RbacTemplate
metadata: {name: team}
spec:
  roles:
    - {name: deploy, scope: Namespace, preset: deployer}   # for everybody
    - {name: look, scope: Cluster, preset: view}
`,
  'g.yaml': `kind: RbacGrant
metadata: {name: team-a}
spec:
  template: {name: team}
  clusters: {matchLabels: {env: prod}}
  bindings:
    # They deploy.
    - {role: deploy, subjects: [{group: a}, {user: x}, {user: z}], namespaces: {matchLabels: {team: a}}}
    - {role: look, subjects: [{user: x}], expires: 2027-01-31T18:00:00+01:00}   # until the end of January
`,
})
const NOW = new Date('2027-01-01T00:00:00Z')
const load = async (files: Record<string, string>): Promise<FleetModel> => {
  const { fleet, problems } = await parseFleet(createMemoryTree(files))
  expect(problems).toEqual([])
  return fleet as FleetModel
}
const read = (file: string): string => FILES[file] as string
const access = (model: FleetModel) => previewAccess(listClusterGrants(model).clusters, NOW)

/** The files after, and what it means in words. */
const apply = async (edit: (model: FleetModel) => ReturnType<typeof editForGrant>) => {
  const before = await load(FILES)
  const files: Record<string, string> = { ...FILES }
  for (const { file, after } of edit(before)) {
    if (after === undefined) delete files[file]
    else files[file] = after
  }
  const changes = computeAccessChange(access(before), access(await load(files)))
  return { files, said: changes.map(formatAccessChange) }
}
const REQUEST: GrantRequest = { name: 'team-b', template: 'team', role: 'look', subjects: [{ group: 'b' }] }

test('a new grant is a file of its own', async () => {
  const { files, said } = await apply((model) =>
    editForGrant(model, { ...REQUEST, clusters: { names: ['dev'] }, expires: '2027-02-01T00:00:00Z' }, read),
  )

  expect(files['rbac/team-b.yaml']).toContain('        - group: b\n      expires: 2027-02-01T00:00:00Z\n')
  expect(said.length).toBeGreaterThan(0)
  expect(said.every((sentence) => /^group b gains get, list, watch on .* on dev$/.test(sentence))).toBe(true)
})

test('somebody more with the same role is a subject more', async () => {
  const { files, said } = await apply((model) =>
    editForGrant(
      model,
      { ...REQUEST, name: 'team-a', role: 'deploy', namespaces: { matchLabels: { team: 'a' } } },
      read,
    ),
  )

  expect(files['g.yaml']).toBe(FILES['g.yaml']?.replace('{user: z}]', '{user: z}, {group: b}]'))
  expect(said[0]).toContain('in namespace (team=a) of prod-1, prod-2')
})

test('another role is a binding more, and what is granted already changes nothing', async () => {
  const more = await apply((model) => editForGrant(model, { ...REQUEST, name: 'team-a' }, read))
  const same = await apply((model) =>
    editForGrant(
      model,
      { ...REQUEST, name: 'team-a', subjects: [{ user: 'x' }], expires: '2027-01-31T18:00:00+01:00' },
      read,
    ),
  )

  expect(more.files['g.yaml']).toBe(`${FILES['g.yaml']}    - {role: look, subjects: [{group: b}]}\n`)
  expect(same.files).toEqual(FILES)
})

test('revoking takes subjects, bindings left without any, and grants left without any', async () => {
  const one = await apply((model) => editForRevoke(model, { subjects: [{ user: 'x' }] }, read))
  const two = await apply((model) =>
    editForRevoke(model, { role: 'deploy', subjects: [{ group: 'a' }, { user: 'z' }] }, read),
  )
  const all = await apply((model) => editForRevoke(model, { grant: 'team-a' }, read))

  expect(one.files['g.yaml']).toContain(
    '    # They deploy.\n    - {role: deploy, subjects: [{group: a}, {user: z}], namesp',
  )
  expect(one.files['g.yaml']).not.toContain('look')
  expect(two.files['g.yaml']).toContain('subjects: [{user: x}]')
  expect(all.files['g.yaml']).toBeUndefined()
  expect(all.said.every((sentence) => sentence.includes(' loses '))).toBe(true)
})

test('extending changes the end alone', async () => {
  const { files, said } = await apply((model) =>
    editForExtend(model, { grant: 'team-a' }, '2027-03-31T18:00:00+02:00', read),
  )

  expect(files['g.yaml']).toBe(FILES['g.yaml']?.replace('2027-01-31T18:00:00+01:00', '2027-03-31T18:00:00+02:00'))
  expect(said).toEqual([])
})

test('a grant that says something else of what its bindings share is left alone: there is another name', async () => {
  const model = await load(FILES)
  const choose = (request: object): string => chooseGrantName(model, 'team-a', { template: 'team', ...request })

  expect(choose({})).toBe('team-a')
  expect(choose({ clusters: model.rbacGrants.get('team-a')?.spec.clusters })).toBe('team-a')
  expect(choose({ clusters: { names: ['dev'] } })).toBe('team-a-2')
  expect(choose({ arguments: { team: 'x' } })).toBe('team-a-2')
})

test.each<[string, (model: FleetModel) => unknown, string]>([
  ['a new grant without clusters', (model) => editForGrant(model, REQUEST, read), 'no clusters are said'],
  [
    'another template',
    (model) => editForGrant(model, { ...REQUEST, name: 'team-a', template: 'x' }, read),
    'is of template team',
  ],
  [
    'other clusters',
    (model) => editForGrant(model, { ...REQUEST, name: 'team-a', clusters: { names: ['dev'] } }, read),
    'holds on other clusters',
  ],
  [
    'other arguments',
    (model) => editForGrant(model, { ...REQUEST, name: 'team-a', arguments: { team: 'x' } }, read),
    'has other arguments',
  ],
  ['a grant that is not there', (model) => editForRevoke(model, { grant: 'taem-a' }, read), 'there is no grant taem-a'],
  [
    'somebody who has nothing',
    (model) => editForRevoke(model, { subjects: [{ user: 'nobody' }] }, read),
    'no grant gives a role to user:nobody',
  ],
  ['a template that is there', (model) => editForNewTemplate(model, 'team', ROLE), 'there is a template team already'],
  ['a role that is not', (model) => editForTemplate(model, 'team', { remove: 'lok' }, read), 'has no role lok'],
])('refuses %s', async (_, edit, message) => {
  const model = await load(FILES)

  expect(() => edit(model)).toThrow(message)
})

const ROLE = { name: 'debug', scope: 'Namespace', preset: 'debugger' } as const

test('templates get roles, other roles, and lose some', async () => {
  const more = await apply((model) => editForTemplate(model, 'team', { set: ROLE }, read))
  const other = await apply((model) => editForTemplate(model, 'team', { set: { ...ROLE, name: 'deploy' } }, read))
  const fresh = await apply((model) => editForNewTemplate(model, 'ops', ROLE))

  expect(more.files['t.yaml']).toBe(`${FILES['t.yaml']}    - {name: debug, scope: Namespace, preset: debugger}\n`)
  expect(other.files['t.yaml']).toContain('{name: deploy, scope: Namespace, preset: debugger}   # for everybody')
  expect(other.said.some((sentence) => sentence.includes('gains get, create on pods/attach, pods/exec'))).toBe(true)
  expect(fresh.files['rbac/templates/ops.yaml']).toContain('kind: RbacTemplate')
})

test('a grant that would lock Lockstep out is refused before anything is written', async () => {
  const model = await load({
    ...FILES,
    'g.yaml': FILES['g.yaml']!.replace('{group: a}', '{serviceAccount: lockstep-system/x}').replace(
      'matchLabels: {team: a}}',
      'names: [a]}, expires: "2027-02-01T00:00Z"',
    ),
  })

  expect(() => access(model)).toThrow('the access of Lockstep itself')
})
