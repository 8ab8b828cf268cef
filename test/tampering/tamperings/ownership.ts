import { labelManifest } from '../../../src/inventory/apply-set.ts'
import type { KubeObject, Manifest } from '../../../src/kube/object.ts'
import { listAdditions, listChanges, pickChange, toApplied, toJsonPatch, toMergePatch } from '../changes.ts'
import type { Tree } from '../tree.ts'
import { isAny, isWorkload, type Tampering } from './tampering.ts'

const hasChanges: Tampering['applies'] = (object) => listChanges(object).length > 0

/** The manifest as Lockstep applies it, read from the labels of the live object. */
const toOwn = (manifest: Manifest, live: KubeObject): Tree =>
  labelManifest(manifest, live.metadata.labels?.['lockstep.dev/component'] ?? '') as unknown as Tree

const CONTAINER = { spec: { template: { spec: { containers: [{ name: 'evil', image: 'evil:1' }] } } } }

/** Managed fields forged, and our name taken. */
export const OWNERSHIP_TAMPERINGS: readonly Tampering[] = [
  {
    name: 'applies the manifest again as lockstep',
    applies: isAny,
    expect: 'silent',
    tamper: ({ manifest, live, apply }) => apply(toOwn(manifest, live), { manager: 'lockstep' }),
  },
  {
    name: 'applies a changed manifest as lockstep',
    applies: hasChanges,
    tamper: async ({ manifest, live, apply }, random) => {
      const { pointer, value } = pickChange(live, random)
      const own = structuredClone(toOwn(manifest, live))
      await apply(mergeDeep(own, toApplied(live, { pointer, value })), { manager: 'lockstep' })
    },
  },
  {
    name: 'applies less than the manifest as lockstep',
    applies: isWorkload,
    tamper: async ({ manifest, live, apply }) => {
      const own = structuredClone(toOwn(manifest, live)) as { spec: { template: { spec: { containers: Tree[] } } } }
      for (const field of ['env', 'resources', 'args', 'securityContext'])
        delete own.spec.template.spec.containers[0]?.[field]
      await apply(own, { manager: 'lockstep' })
    },
  },
  {
    name: 'updates a value as lockstep',
    applies: hasChanges,
    expect: 'drift',
    tamper: ({ live, patchJson }, random) =>
      patchJson(toJsonPatch(live, pickChange(live, random)), { manager: 'lockstep' }),
  },
  {
    name: 'adds a container as lockstep',
    applies: isWorkload,
    expect: 'drift',
    tamper: ({ patchStrategic }) => patchStrategic(CONTAINER, { manager: 'lockstep' }),
  },
  {
    name: 'wipes managed fields',
    applies: isAny,
    expect: 'silent',
    tamper: ({ patchMerge }) => patchMerge({ metadata: { managedFields: [{}] } }),
  },
  {
    name: 'changes a value and wipes managed fields',
    applies: hasChanges,
    expect: 'drift',
    tamper: async ({ live, patchJson, patchMerge }, random) => {
      await patchJson(toJsonPatch(live, pickChange(live, random)))
      await patchMerge({ metadata: { managedFields: [{}] } })
    },
  },
  {
    name: 'changes a value and wipes managed fields in one write',
    applies: hasChanges,
    expect: 'drift',
    tamper: ({ live, patchMerge }, random) =>
      patchMerge({ ...toMergePatch(live, pickChange(live, random)), metadata: { managedFields: [{}] } }),
  },
  {
    name: 'changes a value and puts the managed fields back',
    applies: hasChanges,
    expect: 'drift',
    tamper: async ({ live, patchJson }, random) => {
      await patchJson(toJsonPatch(live, pickChange(live, random)))
      await patchJson([{ op: 'replace', path: '/metadata/managedFields', value: live.metadata.managedFields }])
    },
  },
  {
    name: 'adds a field and claims it for lockstep in the managed fields',
    applies: (object) => listAdditions(object).length > 0,
    expect: 'drift',
    tamper: async ({ live, patchJson, get }, random) => {
      await patchJson(toJsonPatch(live, random.pick(listAdditions(live))), { manager: 'evil' })
      const entries = ((await get()).metadata.managedFields ?? []).map((entry) =>
        entry.manager === 'evil' ? { ...entry, manager: 'lockstep', operation: 'Apply' } : entry,
      )
      const own = entries.filter((entry) => entry.manager === 'lockstep' && entry.operation === 'Apply')
      const rest = entries.filter((entry) => !own.includes(entry))
      const claimed = {
        ...own[0],
        fieldsV1: own.reduce<Tree>((merged, { fieldsV1 }) => mergeDeep(merged, (fieldsV1 ?? {}) as Tree), {}),
      }
      await patchJson([{ op: 'replace', path: '/metadata/managedFields', value: [...rest, claimed] }])
    },
  },
  {
    name: 'adds a container and takes its own entry out of the managed fields',
    applies: isWorkload,
    expect: 'drift',
    tamper: async ({ patchStrategic, patchJson, get }) => {
      await patchStrategic(CONTAINER, { manager: 'evil' })
      const entries = ((await get()).metadata.managedFields ?? []).filter(({ manager }) => manager !== 'evil')
      await patchJson([{ op: 'replace', path: '/metadata/managedFields', value: entries }])
    },
  },
  {
    name: 'removes the entry of lockstep from the managed fields',
    applies: isAny,
    expect: 'silent',
    tamper: async ({ live, patchJson }) => {
      const entries = (live.metadata.managedFields ?? []).filter(({ manager }) => manager !== 'lockstep')
      await patchJson([{ op: 'replace', path: '/metadata/managedFields', value: entries.length > 0 ? entries : [{}] }])
    },
  },
  {
    name: 'changes a value as the twelfth of a dozen managers',
    applies: hasChanges,
    expect: 'drift',
    tamper: async ({ live, patchJson, patchMerge }, random) => {
      for (let count = 1; count < 12; count++)
        await patchMerge({ metadata: { annotations: { [`writer-${count}`]: 'x' } } }, { manager: `writer-${count}` })
      await patchJson(toJsonPatch(live, pickChange(live, random)), { manager: 'writer-12' })
    },
  },
  {
    name: 'comes and goes as a dozen managers',
    applies: isAny,
    expect: 'silent',
    tamper: async ({ patchMerge }) => {
      for (let count = 1; count <= 12; count++)
        await patchMerge({ metadata: { annotations: { [`writer-${count}`]: 'x' } } }, { manager: `writer-${count}` })
      for (let count = 1; count <= 12; count++)
        await patchMerge({ metadata: { annotations: { [`writer-${count}`]: null } } }, { manager: `writer-${count}` })
    },
  },
  {
    name: 'shares the ownership of a value without changing it',
    applies: (object, manifest) =>
      Object.keys((manifest.metadata.labels ?? {}) as object).length > 0 && object.kind !== 'Namespace',
    expect: 'silent',
    tamper: ({ manifest, apply }) => apply({ metadata: { labels: manifest.metadata.labels } }, { manager: 'flux' }),
  },
  {
    name: 'takes a value over by force and lets it go',
    applies: (object, manifest) =>
      Object.keys(manifest.metadata.labels ?? {}).length > 0 && object.kind !== 'Namespace',
    expect: 'drift',
    tamper: async ({ manifest, apply }) => {
      const [name = ''] = Object.keys(manifest.metadata.labels ?? {})
      await apply({ metadata: { labels: { [name]: 'taken' } } }, { manager: 'flux' })
      await apply({}, { manager: 'flux' })
    },
  },
]

const mergeDeep = (target: Tree, patch: Tree): Tree => {
  const result: Tree = { ...target }
  for (const [key, value] of Object.entries(patch)) {
    const own = result[key]
    if (Array.isArray(own) && Array.isArray(value) && own.every(hasName) && value.every(hasName)) {
      const byName = new Map(value.map((item) => [item.name, item]))
      result[key] = own.map((item) => (byName.has(item.name) ? mergeDeep(item, byName.get(item.name) as Tree) : item))
    } else result[key] = isMap(own) && isMap(value) ? mergeDeep(own, value) : value
  }
  return result
}
const isMap = (node: unknown): node is Tree => node !== null && typeof node === 'object' && !Array.isArray(node)
const hasName = (node: unknown): node is Tree & { name: string } => isMap(node) && typeof node.name === 'string'
