import { SYSTEM_NAMESPACE } from '../../src/inventory/apply-set.ts'
import { Refused } from './actor.ts'
import type { Admission } from './admission.ts'
import type { Random } from './random.ts'
import { type Arena, examine, type Named, report, toTarget } from './rounds.ts'
import { listAt, type Tree } from './tree.ts'

/** What befalls a whole cluster, one after the other: what it takes along cannot be done side by side. */
export type Scenario = {
  readonly name: string
  readonly play: (arena: Arena, random: Random, admission: Admission) => Promise<void>
}

const CONFIG = '/ConfigMap/tamper/settings'
const WEB = 'apps/Deployment/tamper/web'
const MESHED = 'apps/Deployment/tamper/meshed'
const ADMISSION = '/apis/admissionregistration.k8s.io/v1'

/** Every scenario. They need the components `own` and nothing else. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a namespace is deleted with everything in it',
    play: async (arena) => {
      await remove(arena, '/api/v1/namespaces/tamper')
      await examine(arena, 0, everywhere(arena, 'deletes the namespace'))
    },
  },
  {
    name: 'a definition is deleted with its objects',
    play: async (arena) => {
      await remove(arena, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.tamper.example.com')
      await examine(arena, 0, everywhere(arena, 'deletes a definition'))
    },
  },
  {
    name: 'the inventory is deleted',
    play: async (arena) => {
      await remove(arena, `/api/v1/namespaces/${SYSTEM_NAMESPACE}`)
      await examine(arena, 0, everywhere(arena, 'deletes the inventory'))
    },
  },
  {
    name: 'the inventory is deleted and objects are changed',
    play: async (arena) => {
      await arena.world.send('DELETE', `/api/v1/namespaces/${SYSTEM_NAMESPACE}/configmaps`)
      await toTarget(arena, CONFIG)?.patchMerge({ data: { mode: 'changed', evil: 'yes' } })
      await toTarget(arena, WEB)?.patchStrategic({
        spec: { template: { spec: { containers: [{ name: 'evil', image: 'evil:1' }] } } },
      })
      await examine(arena, 0, everywhere(arena, 'deletes the inventory and changes objects'))
    },
  },
  {
    name: 'healing crashes at a random request',
    play: async (arena, random) => {
      const { world } = arena
      for (let crash = 1; crash <= 4; crash++) {
        for (const key of arena.snapshot.keys())
          await toTarget(arena, key)
            ?.patchMerge({ metadata: { annotations: { evil: String(crash) } } })
            .catch(ignoreRefusal)
        await toTarget(arena, WEB)
          ?.patchMerge({ spec: { minReadySeconds: crash } })
          .catch(ignoreRefusal)
        await toTarget(arena, CONFIG)?.remove().catch(ignoreRefusal)
        const stop = new AbortController()
        const until = world.client.requestCount() + 40 + random.below(140)
        const watch = setInterval(() => world.client.requestCount() >= until && stop.abort(), 1)
        await world.heal(stop.signal).catch((error: unknown) => {
          if (!stop.signal.aborted) throw error
        })
        clearInterval(watch)
      }
      await examine(arena, 0, everywhere(arena, 'a crash of healing'))
    },
  },
  {
    name: 'somebody writes as lockstep in the second of our own write',
    play: async (arena) => {
      for (let times = 0; times < 3; times++) {
        const target = toTarget(arena, CONFIG)
        await target?.patchMerge({ metadata: { labels: { evil: 'yes' } } })
        await arena.world.heal()
        const own = await target?.get()
        await target?.apply(
          { data: { mode: 'changed' }, metadata: { labels: own?.metadata.labels } },
          { manager: 'lockstep' },
        )
        await examine(arena, 0, everywhere(arena, 'applies as lockstep in the same second'))
      }
    },
  },
  {
    name: 'somebody adds a binding to an exclusive scope',
    play: async (arena) => {
      const { world } = arena
      const bindings = '/apis/rbac.authorization.k8s.io/v1/namespaces/tamper/rolebindings'
      await world.send('POST', bindings, {
        metadata: { name: 'mallory' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
        subjects: [{ kind: 'User', name: 'mallory', apiGroup: 'rbac.authorization.k8s.io' }],
      })
      const told = (await world.drift()).findings.map(({ drift, object }) => `${drift} ${object.name}`)
      expectEqual(arena, 'unmanaged binding', told, ['unmanaged mallory'])
      await world.heal()
      const { items } = (await world.send('GET', bindings)) as { items: { metadata: { name: string } }[] }
      expectEqual(
        arena,
        'bindings left',
        items.map(({ metadata }) => metadata.name),
        ['reader'],
      )
      await examine(arena, 0, everywhere(arena, 'an unmanaged binding'))
    },
  },
  {
    name: 'admission changes what we apply',
    play: async (arena) => {
      const { world } = arena
      await addPolicy(arena, 'configmaps', `Object{metadata: Object.metadata{annotations: {"admitted": "yes"}}}`)
      await toTarget(arena, CONFIG)?.remove()
      await world.heal()
      expectEqual(
        arena,
        'annotation of admission',
        [String((await toTarget(arena, CONFIG)?.get())?.metadata.annotations?.admitted)],
        ['yes'],
      )
      expectEqual(
        arena,
        'what admission added to our own write',
        (await world.drift()).findings.map(({ field }) => field),
        [],
      )
      await toTarget(arena, CONFIG)?.patchMerge({ metadata: { annotations: { admitted: null } } })
      await removePolicy(arena)
      await toTarget(arena, CONFIG)?.patchMerge({ metadata: { annotations: { admitted: 'otherwise' } } })
      expectEqual(
        arena,
        'what admission added, changed',
        (await world.drift()).findings.map(({ field }) => field),
        ['/metadata/annotations/admitted'],
      )
      await toTarget(arena, CONFIG)?.remove()
      await examine(arena, 0, everywhere(arena, 'a mutating policy at our apply'))
    },
  },
  {
    name: 'admission changes more than somebody wrote',
    play: async (arena) => {
      await addPolicy(arena, 'configmaps', `Object{data: {"mode": "changed-by-policy"}}`)
      await toTarget(arena, CONFIG)?.patchMerge({ metadata: { annotations: { harmless: 'yes' } } })
      await removePolicy(arena)
      await examine(arena, 0, everywhere(arena, 'a mutating policy at a foreign write'))
    },
  },
  {
    name: 'a webhook changes what we apply',
    play: async (arena, _, admission) => {
      await toTarget(arena, MESHED)?.remove()
      await arena.world.heal()
      expectEqual(arena, 'containers by webhook', await listImages(arena), MIRRORED)
      await expectTold(arena, 'what a webhook did to our own write', [])
      await admission.removeMesh()
      await expectTold(arena, 'what a webhook did that is there no more', [])
      await toTarget(arena, MESHED)?.patchStrategic({
        spec: {
          template: {
            spec: {
              containers: [
                { name: 'proxy', $patch: 'delete' },
                { name: 'app', image: 'app:1' },
              ],
            },
          },
        },
      })
      await expectTold(arena, 'what a webhook had done, undone by somebody', [
        'modified /spec/template/spec/containers/[name=app]/image',
        'modified /spec/template/spec/containers/[name=proxy]',
      ])
      await arena.world.heal()
      await expectTold(arena, 'what was healed while no webhook acted', [])
      await admission.addMesh()
      await toTarget(arena, MESHED)?.remove()
      await examine(arena, 0, everywhere(arena, 'a webhook at our apply'))
    },
  },
  {
    name: 'a webhook comes to a cluster and changes more than somebody wrote',
    play: async (arena, _, admission) => {
      await admission.removeMesh()
      await toTarget(arena, MESHED)?.remove()
      await arena.world.heal()
      expectEqual(arena, 'containers without a webhook', await listImages(arena), ['app:1'])
      await admission.addMesh()
      await expectTold(arena, 'what a webhook would do', [])
      await toTarget(arena, MESHED)?.patchMerge({ metadata: { annotations: { harmless: 'yes' } } })
      await expectTold(arena, 'what a webhook did at a foreign write', [
        'added /metadata/annotations/harmless',
        'added /metadata/annotations/mesh.example.com~1version',
        'added /spec/template/spec/containers/[name=proxy]',
        'modified /spec/template/spec/containers/[name=app]/image',
      ])
      // At our own write it may do so: what comes back with it is the state that was agreed.
      await arena.world.heal()
      expectEqual(arena, 'containers after a healing with a webhook', await listImages(arena), MIRRORED)
      await expectTold(arena, 'what a webhook did when we healed', [])
      await toTarget(arena, MESHED)?.remove()
      await examine(arena, 0, everywhere(arena, 'a webhook at a foreign write'))
    },
  },
  {
    name: 'a webhook writes another value at every write',
    play: async (arena, _, admission) => {
      await admission.addStamps()
      await toTarget(arena, MESHED)?.remove()
      await arena.world.heal()
      await expectTold(arena, 'what comes out differently at each of our writes', [])
      await toTarget(arena, MESHED)?.patchMerge({ metadata: { labels: { evil: 'yes' } } })
      await arena.world.heal()
      await expectTold(arena, 'what comes out differently at a healing', [])
      const { requests } = await arena.world.drift()
      expectEqual(arena, 'requests of a healing with nothing to do', [(await arena.world.heal()).requests], [requests])
      await admission.removeStamps()
      await toTarget(arena, MESHED)?.remove()
      await examine(arena, 0, everywhere(arena, 'a webhook that never says the same'))
    },
  },
]

const MIRRORED = ['mirror.example.com/app:1', 'mirror.example.com/proxy:1']

const listImages = async (arena: Arena): Promise<unknown[]> =>
  listAt(await toTarget(arena, MESHED)?.get(), '/spec/template/spec/containers').map(({ image }) => image)

const expectTold = async (arena: Arena, what: string, expected: readonly string[]): Promise<void> => {
  const { findings } = await arena.world.drift()
  expectEqual(arena, what, findings.map(({ drift, field }) => `${drift} ${field}`).sort(), expected)
}

const everywhere = (arena: Arena, name: string): Map<string, Named[]> =>
  new Map([...arena.snapshot.keys()].map((key) => [key, [{ name }]]))

const expectEqual = (arena: Arena, what: string, actual: readonly unknown[], expected: readonly unknown[]): void => {
  if (JSON.stringify(actual) !== JSON.stringify(expected))
    report(arena, 0, new Map(), [
      { type: 'failed', object: what, message: `${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}` },
    ])
}

const ignoreRefusal = (error: unknown): undefined => {
  if (!(error instanceof Refused)) throw error
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const remove = async ({ world: { send } }: Arena, path: string): Promise<void> => {
  await send('DELETE', path)
  for (let polls = 0; polls < 600; polls++) {
    const isGone = await send('GET', path).then(
      () => false,
      (error: Error & { status?: number }) => error.status === 404,
    )
    if (isGone) return
    await pause(100)
  }
  throw new Error(`${path} was not gone after a minute`)
}

const addPolicy = async (arena: Arena, resource: string, expression: string): Promise<void> => {
  const { send } = arena.world
  await send('POST', `${ADMISSION}/mutatingadmissionpolicies`, {
    metadata: { name: 'tamperer' },
    spec: {
      reinvocationPolicy: 'Never',
      failurePolicy: 'Fail',
      matchConstraints: {
        namespaceSelector: { matchLabels: { purpose: 'tampering' } },
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: [resource] },
        ],
      },
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
    },
  })
  await send('POST', `${ADMISSION}/mutatingadmissionpolicybindings`, {
    metadata: { name: 'tamperer' },
    spec: { policyName: 'tamperer' },
  })
  await untilMutating(arena, true)
}

const removePolicy = async (arena: Arena): Promise<void> => {
  await arena.world.send('DELETE', `${ADMISSION}/mutatingadmissionpolicybindings/tamperer`)
  await arena.world.send('DELETE', `${ADMISSION}/mutatingadmissionpolicies/tamperer`)
  await untilMutating(arena, false)
}

/** API servers take policies in after a moment: a dry run tells. */
const untilMutating = async ({ world: { send } }: Arena, expected: boolean): Promise<void> => {
  for (let polls = 0; polls < 300; polls++) {
    const object = (await send('POST', '/api/v1/namespaces/tamper/configmaps?dryRun=All', {
      metadata: { name: 'probe' },
    })) as { data?: Tree; metadata: { annotations?: Tree } }
    if ((object.data !== undefined || object.metadata.annotations !== undefined) === expected) return
    await pause(50)
  }
  throw new Error('the policy did not take effect')
}
