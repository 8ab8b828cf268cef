import { expect, test } from 'vitest'
import { startRealFleet } from '../real/fleet.ts'
import { describeReal } from '../real/shared-fleet.ts'
import { openHubWorld, until } from './hub-world.ts'

const toConfigMap = (name: string): string => `apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}}
data: {version: "1"}
`

/** One component whose drift is only told, so that nothing of ours comes in between, and one that is healed. */
const FLEET = `apiVersion: lockstep.dev/v1alpha1
kind: Fleet
metadata: {name: acme}
spec: {defaults: {wait: 0s}}
---
apiVersion: lockstep.dev/v1alpha1
kind: Cluster
metadata: {name: real-1}
spec: {provider: {existing: {kubeconfig: {context: real-1}}}}
---
apiVersion: lockstep.dev/v1alpha1
kind: Placement
metadata: {name: all}
spec:
  clusters: {}
  components:
    - {name: told, source: {path: ./told}, namespace: told, drift: report}
    - {name: healed, source: {path: ./healed}, namespace: healed}
`

describeReal('two who write one field in quick succession', () => {
  test('are both told, also where the second takes out what says so', { timeout: 180_000 }, async () => {
    await using stack = new AsyncDisposableStack()
    const fleet = stack.use(await startRealFleet({ clusters: 1, nodes: 0, controllers: false }))
    const [cluster] = fleet.clusters as [(typeof fleet.clusters)[0]]
    const world = stack.use(
      await openHubWorld({
        kubeconfig: fleet.kubeconfigFile,
        names: [cluster.name],
        files: {
          'fleet.yaml': FLEET,
          'told/settings.yaml': ['stripped', 'forged', 'merged'].map(toConfigMap).join('---\n'),
          'healed/settings.yaml': toConfigMap('settings'),
        },
      }),
    )
    await world.startHub()
    await world.hub().waitFor(({ message }) => message === 'rollout: done')
    const write = async (namespace: string, name: string, manager: string, body: object): Promise<void> => {
      const path = `/api/v1/namespaces/${namespace}/configmaps/${name}?fieldManager=${manager}`
      const { status } = await cluster.call('PATCH', path, { body, contentType: 'application/merge-patch+json' })
      expect(status).toBe(200)
    }
    const asWritten = (version: string): object => ({ data: { version } })
    const forged = {
      manager: 'lockstep',
      operation: 'Apply',
      apiVersion: 'v1',
      time: '2026-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:version': {} } },
    }
    const listFound = async (name: string) =>
      (await world.store.listFindings({})).filter(({ object, field }) => object.name === name && field !== undefined)

    // Kinds that are new on the cluster are watched from the second look on.
    await write('healed', 'settings', 'probe', asWritten('0'))
    await until('the watch is at work', async () => (await listFound('settings')).some(({ closed }) => closed))

    await Promise.all(
      ['stripped', 'forged', 'merged'].map(async (name) => {
        await write('told', name, 'first', asWritten('a'))
        await write('told', name, 'second', asWritten('b'))
        if (name === 'stripped') await write('told', name, 'thief', { metadata: { managedFields: [{}] } })
        if (name === 'forged') await write('told', name, 'thief', { metadata: { managedFields: [forged] } })
      }),
    )
    await write('healed', 'settings', 'first', asWritten('a'))
    await write('healed', 'settings', 'second', asWritten('b'))

    const BOTH = [{ manager: 'first' }, { manager: 'second' }]
    const isTold = async (name: string, by: string): Promise<boolean> => {
      const [finding] = await listFound(name)
      return finding?.attributedBy === by && finding.writers?.length === 2
    }
    await until('who wrote before the fields were taken out', () => isTold('stripped', 'watch'))
    await until('who wrote before the fields were forged', () => isTold('forged', 'watch'))
    await until('both who wrote', () => isTold('merged', 'managedFields'))
    for (const [name, attributedBy] of [
      ['stripped', 'watch'],
      ['forged', 'watch'],
      ['merged', 'managedFields'],
    ] as const) {
      const [finding] = await listFound(name)
      expect(finding).toMatchObject({ field: '/data/version', manager: 'second', attributedBy, writers: BOTH })
    }
    await until('both who wrote what is healed', async () => {
      const found = await listFound('settings')
      const told = new Set(
        found.flatMap(({ manager, writers = [] }) => [manager, ...writers.map((one) => one.manager)]),
      )
      return told.has('first') && told.has('second') && found.every(({ closed }) => closed !== undefined)
    })
  })
})
