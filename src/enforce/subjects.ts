import { LockstepError } from '../base/errors.ts'
import { labelManifest } from '../inventory/apply-set.ts'
import { digestManifest, isSecret } from '../inventory/fingerprint.ts'
import type { Inventory, InventoryEntry } from '../inventory/inventory.ts'
import { coversPath, type FieldPath, parseFieldPath, toKeySegment } from '../kube/field-path.ts'
import { formatRef, type Json, type Manifest, toRef, toRefKey } from '../kube/object.ts'
import type { DesiredCluster, DesiredComponent, DesiredObject } from '../render/desired.ts'
import type { Subject } from './judge.ts'

/** All objects that a reconcile of a cluster is about. */
export type Subjects = {
  readonly all: readonly Subject[]
  /** Objects that two components state: the first keeps it. */
  readonly duplicates: readonly { readonly component: string; readonly error: LockstepError }[]
  /** Components whose render failed or came out empty while objects of theirs are on the cluster: nothing of them is deleted. */
  readonly unrendered: ReadonlySet<string>
}

/** Joins what Git states with what the inventories hold; with `only`, of these objects by their keys. Pure. */
export const collectSubjects = (
  desired: DesiredCluster,
  inventories: ReadonlyMap<string, Inventory>,
  key: Buffer | undefined,
  only?: ReadonlySet<string>,
): Subjects => {
  const owners = new Map<string, { entry: InventoryEntry; inventory: Inventory }>()
  for (const inventory of inventories.values()) {
    for (const [refKey, entry] of pickEntries(inventory, only)) {
      // In two inventories only while an object moves; the one that knows more of it counts.
      if (!owners.get(refKey)?.entry.fingerprint) owners.set(refKey, { entry, inventory })
    }
  }
  const subjects = new Map<string, Subject>()
  const duplicates: { component: string; error: LockstepError }[] = []
  for (const component of desired.components) {
    for (const object of component.objects) {
      if (object.hook) continue
      const refKey = toRefKey(toRef(object.manifest))
      if (only && !only.has(refKey)) continue
      const subject = toSubject(component, object, key)
      const first = subjects.get(refKey)
      if (first) duplicates.push({ component: component.name, error: createDuplicate(subject, first) })
      else subjects.set(refKey, { ...subject, ...owners.get(refKey) })
    }
  }
  for (const [refKey, { entry, inventory }] of owners) {
    if (subjects.has(refKey)) continue
    const component = desired.components.find(({ name }) => name === inventory.component)
    subjects.set(refKey, {
      ref: entry.ref,
      apiVersion: entry.apiVersion,
      component: inventory.component,
      entry,
      inventory,
      ignore: component?.policy.ignore ?? [],
    })
  }
  const unrendered = desired.components.filter(
    ({ name, error, objects, grant }) =>
      error !== undefined || (objects.length === 0 && !grant && (inventories.get(name)?.entries.size ?? 0) > 0),
  )
  return { all: [...subjects.values()], duplicates, unrendered: new Set(unrendered.map(({ name }) => name)) }
}

const pickEntries = (
  { entries }: Inventory,
  only: ReadonlySet<string> | undefined,
): Iterable<[string, InventoryEntry]> =>
  only
    ? [...only].flatMap((refKey): [string, InventoryEntry][] => {
        const entry = entries.get(refKey)
        return entry ? [[refKey, entry]] : []
      })
    : entries

const toSubject = (component: DesiredComponent, object: DesiredObject, key: Buffer | undefined): Subject => ({
  ref: toRef(object.manifest),
  apiVersion: object.manifest.apiVersion,
  component: component.name,
  desired: { ...object, manifest: labelManifest(object.manifest, component.name) },
  digest: toDigest(object, key),
  ignore: object.random?.length
    ? [...component.policy.ignore, { fields: object.random, ...toRef(object.manifest) }]
    : component.policy.ignore,
})

/** The renderer's digest serves where it may: one of a Secret must be keyed. */
const toDigest = (object: DesiredObject, key: Buffer | undefined): string =>
  object.digest !== undefined && !object.random?.length && !isSecret(object.manifest)
    ? object.digest
    : digestManifest(withoutRandom(object), key)

/** Leaves that differ at each render must not make Git look ahead. */
const withoutRandom = ({ manifest, random }: DesiredObject): Manifest => {
  if (!random?.length) return manifest
  return dropCovered(manifest as unknown as Json, [], random.map(parseFieldPath)) as unknown as Manifest
}

const dropCovered = (node: Json, path: FieldPath, patterns: readonly FieldPath[]): Json => {
  if (node === null || typeof node !== 'object') return node
  if (Array.isArray(node)) {
    return node.flatMap((item, index) => {
      const at: FieldPath = [...path, { type: 'index', index }]
      return patterns.some((pattern) => coversPath(pattern, at)) ? [] : [dropCovered(item, at, patterns)]
    })
  }
  const kept = Object.entries(node).filter(
    ([key]) => !patterns.some((pattern) => coversPath(pattern, [...path, toKeySegment(key)])),
  )
  return Object.fromEntries(
    kept.map(([key, value]) => [key, dropCovered(value as Json, [...path, toKeySegment(key)], patterns)]),
  )
}

const createDuplicate = (subject: Subject, first: Subject): LockstepError =>
  new LockstepError(
    'OBJECT_DUPLICATE',
    `${formatRef(subject.ref)} is stated by component ${first.component} and by component ${subject.component}`,
    {
      subject: formatRef(subject.ref),
      hint: `remove it from one of them; ${first.component} keeps it until then`,
    },
  )
