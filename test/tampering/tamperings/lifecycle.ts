import { labelManifest } from '../../../src/inventory/apply-set.ts'
import type { KubeObject, Manifest } from '../../../src/kube/object.ts'
import type { Target } from '../actor.ts'
import { listChanges, listImmutableChanges, toMergePatch } from '../changes.ts'
import type { Tree } from '../tree.ts'
import type { Tampering } from './tampering.ts'

/** Deleting these takes other objects along, or cannot be undone at once: they have scenarios of their own. */
export const isDeletable = ({ kind, metadata }: KubeObject): boolean =>
  !['Namespace', 'CustomResourceDefinition', 'PersistentVolumeClaim', 'PersistentVolume'].includes(kind) &&
  metadata.deletionTimestamp === undefined

/** Content that is immutable once it is there: a recreation with other content could not be healed. */
const isMutable = (object: KubeObject): boolean =>
  isDeletable(object) && !['Pod', 'Job', 'StorageClass', 'APIService'].includes(object.kind)

export const recreate = async (target: Target, object: Tree, manager: string): Promise<unknown> => {
  await target.remove({ gracePeriodSeconds: 0 })
  await waitUntilGone(target)
  return target.create(object, { manager })
}

const waitUntilGone = async ({ get }: Target): Promise<void> => {
  for (let polls = 0; polls < 40; polls++) {
    const gone = await get().then(
      () => false,
      () => true,
    )
    if (gone) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export const toOwn = (manifest: Manifest, live: KubeObject): Tree =>
  labelManifest(manifest, live.metadata.labels?.['lockstep.dev/component'] ?? '') as unknown as Tree

/** What can be healed beside an immutable field. */
const MORE = [
  { pointer: '/metadata/annotations/evil', value: 'yes' },
  { pointer: '/metadata/labels/evil', value: 'yes' },
  // One that Lockstep states: only an apply or a patch of what was recorded brings it back.
  { pointer: '/metadata/labels/lockstep.dev~1component', value: 'evil' },
]

/** Objects deleted, held and made anew. */
export const LIFECYCLE_TAMPERINGS: readonly Tampering[] = [
  { name: 'deletes the object', applies: isDeletable, expect: 'drift', tamper: ({ remove }) => remove() },
  {
    name: 'deletes the object at once, leaving what depends on it',
    applies: isDeletable,
    expect: 'drift',
    tamper: ({ remove }) => remove({ propagationPolicy: 'Background', gracePeriodSeconds: 0 }),
  },
  {
    name: 'deletes by DELETE of the collection',
    applies: isDeletable,
    expect: 'drift',
    tamper: ({ removeCollection }) => removeCollection(),
  },
  {
    name: 'deletes the object while a finalizer holds it',
    applies: isDeletable,
    expect: 'drift',
    tamper: async ({ patchMerge, remove }) => {
      await patchMerge({ metadata: { finalizers: ['tamper.example.com/hold'] } })
      await remove()
    },
  },
  {
    name: 'deletes the object and makes it anew without our labels',
    applies: isDeletable,
    expect: 'drift',
    tamper: (target) => recreate(target, target.manifest as unknown as Tree, 'kubectl-create'),
  },
  {
    name: 'deletes the object and makes it anew as it was',
    applies: isDeletable,
    tamper: (target) => recreate(target, toOwn(target.manifest, target.live), 'kubectl-create'),
  },
  {
    name: 'deletes the object and applies it anew as lockstep',
    applies: isDeletable,
    tamper: async (target) => {
      await target.remove({ gracePeriodSeconds: 0 })
      await waitUntilGone(target)
      await target.apply(toOwn(target.manifest, target.live), { manager: 'lockstep' })
    },
  },
  {
    name: 'deletes the object and makes it anew with other content',
    applies: (object) => isMutable(object) && listChanges(object).length > 0,
    expect: 'drift',
    tamper: async (target, random) => {
      await recreate(target, toOwn(target.manifest, target.live), 'kubectl-create')
      await target.patchMerge(toMergePatch(target.live, random.pick(listChanges(target.live))))
    },
  },
  {
    name: 'deletes the object and makes it anew with another immutable field and more',
    applies: (object) => isDeletable(object) && listImmutableChanges(object).length > 0,
    expect: 'drift',
    tamper: async (target, random) => {
      const changes = [random.pick(listImmutableChanges(target.live)), ...MORE]
      const own = changes.reduce<Tree>(
        (object, { pointer, value }) => mergeDeep(object, toMergePatch(object, { pointer, value })),
        toOwn(target.manifest, target.live),
      )
      await recreate(target, own, 'kubectl-create')
    },
  },
  {
    name: 'makes an object immutable and writes into it',
    applies: ({ kind }) => kind === 'ConfigMap' || kind === 'Secret',
    expect: 'drift',
    tamper: ({ patchMerge, live }) =>
      patchMerge({
        immutable: true,
        metadata: { annotations: { evil: 'yes' } },
        ...(live.type === undefined || live.type === 'Opaque' ? { data: { evil: 'eWVz' } } : {}),
      }),
  },
  {
    name: 'deletes the object and makes it anew with copied managed fields',
    applies: (object) => isMutable(object) && listChanges(object).length > 0,
    expect: 'drift',
    tamper: async (target, random) => {
      await recreate(target, toOwn(target.manifest, target.live), 'kubectl-create')
      await target.patchMerge(toMergePatch(target.live, random.pick(listChanges(target.live))))
      await target.patchJson([
        { op: 'replace', path: '/metadata/managedFields', value: target.live.metadata.managedFields },
      ])
    },
  },
]

const mergeDeep = (target: unknown, patch: unknown): Tree => {
  const result: Tree = { ...(target as Tree) }
  for (const [key, value] of Object.entries(patch as Tree))
    result[key] =
      value !== null && typeof value === 'object' && !Array.isArray(value) ? mergeDeep(result[key] ?? {}, value) : value
  return result
}
