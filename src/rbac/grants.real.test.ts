import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RealCluster } from '../../test/real/cluster.ts'
import { describeReal, sharedFleet } from '../../test/real/shared-fleet.ts'
import { waitUntil } from '../../test/real/wait-until.ts'
import { createMemoryTree } from '../base/file-tree.ts'
import { componentOf, desiredOf, openWorld, type World } from '../enforce/testing/world.ts'
import { loadFleet } from '../fleet/load.ts'
import type { Manifest } from '../kube/object.ts'
import type { DesiredCluster, DesiredComponent } from '../render/desired.ts'
import { renderCluster } from '../render/render-cluster.ts'
import { GRANT_LABEL } from './grant-label.ts'
import { toFiles } from './testing/grants.ts'

const NOON = new Date('2027-01-31T12:00:00Z')
const id = randomUUID().slice(0, 6)
const team = `rbac-team-${id}`
const TEMPLATE = (rules: string): string => `kind: RbacTemplate
metadata: {name: team}
spec:
  roles:
    - {name: pods, scope: Namespace, ${rules}}
`
const READ_PODS = 'rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]'

describeReal('grants on a real cluster', () => {
  let world: World
  let cluster: RealCluster

  beforeAll(async () => {
    cluster = sharedFleet().clusters[0]!
    world = await openWorld(cluster.kubeconfigFile)
    for (const name of [team, `${team}-2`])
      await call('POST', '/api/v1/namespaces', { metadata: { name, labels: { team: id } } })
  })
  afterAll(async () => {
    // What no fleet assigns any more: of grants, it goes unasked.
    await world.reconcile(desiredOf([]))
    for (const name of [team, `${team}-2`]) await call('DELETE', `/api/v1/namespaces/${name}`)
    await world[Symbol.asyncDispose]()
  })

  const call = (method: string, path: string, body?: object) =>
    cluster.call(method, path, body === undefined ? {} : { body })

  const desire = async (
    name: string,
    binding: string,
    { rules = READ_PODS, now = NOON }: { rules?: string; now?: Date } = {},
  ): Promise<DesiredCluster> => {
    const grant = `kind: RbacGrant
metadata: {name: ${name}}
spec:
  template: {name: team}
  clusters: {names: [dev]}
  unmanaged: ignore
  bindings: [${binding}]
`
    const files = toFiles({ 't.yaml': TEMPLATE(rules), 'g.yaml': grant })
    const { fleet, problems } = await loadFleet(createMemoryTree(files))
    expect(problems).toEqual([])
    const { items } = await world.client.listMetadata({
      resource: (await world.client.discover()).find('', 'Namespace')!,
    })
    return renderCluster(
      {
        fleet: 'f',
        revision: 'r',
        deletionGuard: { maxObjects: 20, maxPercent: 25 },
        cluster: fleet!.clusters.find((each) => each.name === 'dev')!,
        now,
        listNamespaces: async () =>
          items.map(({ metadata }) => ({ name: metadata.name, labels: metadata.labels ?? {} })),
      },
      {} as never,
    )
  }

  const can = async (user: string, namespace: string, groups: string[] = []): Promise<boolean> => {
    const resourceAttributes = { verb: 'get', resource: 'pods', namespace }
    const { body } = await cluster.call<{ status: { allowed: boolean } }>(
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      { body: { spec: { user, groups: [...groups, 'system:authenticated'], resourceAttributes } } },
    )
    return body.status.allowed
  }
  const waitForAccess = (user: string, namespace: string, expected: boolean) =>
    waitUntil(`access of ${user}`, async () => (await can(user, namespace)) === expected)

  const failed = ({ outcomes }: Awaited<ReturnType<World['reconcile']>>) =>
    outcomes.filter(({ actuation }) => actuation !== 'done').map(({ error, skip }) => error ?? skip)

  test('access is given, kept while its namespaces come and go, and no drift', async () => {
    const user = `labels-${id}`
    const binding = `{role: pods, subjects: [{user: ${user}}], namespaces: {matchLabels: {team: "${id}"}}}`
    expect(failed(await world.reconcile(await desire('labels', binding)))).toEqual([])
    await waitForAccess(user, `${team}-2`, true)

    expect(
      (await world.drift(await desire('labels', binding))).findings.filter(
        ({ component }) => component === 'rbac-labels',
      ),
    ).toEqual([])
    await call('PATCH', `/api/v1/namespaces/${team}-2`, { metadata: { labels: { team: 'other' } } })
    await world.reconcile(await desire('labels', binding))
    await waitForAccess(user, `${team}-2`, false)

    expect(await can(user, team)).toBe(true)
  })

  test('another role is bound before the old binding goes', async () => {
    const binding = `{role: pods, subjects: [{user: change-${id}}], namespaces: {names: [${team}]}}`
    await world.reconcile(await desire('change', binding))
    const changed = await desire('change', binding, { rules: 'preset: view' })
    const { requests } = await cluster.countRequests(() => world.reconcile(changed))
    const writes = requests
      .filter(({ verb, objectRef }) => ['patch', 'delete'].includes(verb) && objectRef?.resource === 'rolebindings')
      .map(({ verb }) => verb)

    expect(writes).toEqual(['patch', 'delete'])
    await waitForAccess(`change-${id}`, team, true)
  })

  test('Lockstep does not take from itself what it needs', async () => {
    const bind = (name: string): Manifest => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name, labels: { [GRANT_LABEL]: 'own' } },
      subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'oidc:ci' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    })
    const [one, two] = [bind(`rbac-one-${id}`), bind(`rbac-two-${id}`)]
    await world.reconcile(desiredOf([componentOf('own', [one, two])]))
    await using ci = await openWorld(cluster.kubeconfigFor('ci'))
    await waitUntil('access of ci', () => can('ci', team, ['oidc:ci']))
    const actionsOf = async (components: DesiredComponent[]) =>
      (await ci.reconcile(desiredOf(components))).outcomes
        .filter(({ component }) => component === 'own')
        .map(({ action, skip }) => skip?.reason ?? action)

    expect(await actionsOf([componentOf('own', [one])])).toEqual(['unchanged', 'delete'])
    expect(await actionsOf([])).toEqual(['lockout'])
    expect(await can('ci', team, ['oidc:ci'])).toBe(true)
    await world.reconcile(desiredOf([]))
    await waitUntil('the end of it', async () => !(await can('ci', team, ['oidc:ci'])))
  })

  test('access ends at its time without being confirmed, and is overdue until a sync takes it', async () => {
    const user = `ends-${id}`
    const binding = `{role: pods, subjects: [{user: ${user}}], namespaces: {matchLabels: {team: "${id}"}}, expires: "2027-01-31T13:00:00+01:00"}`
    await world.reconcile(await desire('ends', binding, { now: new Date(NOON.getTime() - 1) }))
    await waitForAccess(user, team, true)

    const ended = await desire('ends', binding)
    expect((await world.drift(ended)).pending.filter(({ reason }) => reason === 'overdue')).toEqual([
      expect.objectContaining({ component: 'rbac-ends', message: 'it ended 2027-01-31T13:00:00+01:00' }),
    ])
    expect(failed(await world.reconcile(ended))).toEqual([])
    await waitForAccess(user, team, false)
    expect((await world.drift(ended)).pending.filter(({ reason }) => reason === 'overdue')).toEqual([])
  })
})
