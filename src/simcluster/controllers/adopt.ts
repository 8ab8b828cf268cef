import type { LabelSelector } from '../../kube/label-selector.ts'
import type { KubeObject } from '../../kube/object.ts'
import { toControllerReference } from './make-pod.ts'
import { matchesSelector } from './match-labels.ts'
import { toObjectKey, type World } from './world.ts'

/**
 * The objects of a resource that an owner controls. Those that fit its selector and that nobody controls become its
 * own; those that fit no longer are let go.
 */
export const claim = (
  world: World,
  owner: KubeObject,
  resource: string,
  selector: LabelSelector,
): readonly KubeObject[] => {
  const isGoing = owner.metadata.deletionTimestamp !== undefined
  const own = world.controlledBy(owner, resource).filter((object) => {
    if (matchesSelector(selector, object.metadata.labels)) return true
    if (isGoing) return false
    const { uid } = owner.metadata
    const body = { metadata: { uid: object.metadata.uid, ownerReferences: [{ $patch: 'delete', uid }] } }
    world.patch(resource, toObjectKey(object), { type: 'strategic', body })
    return false
  })
  if (isGoing) return own
  const adopted = world
    .uncontrolledIn(resource, owner.metadata.namespace ?? '')
    .filter(({ metadata }) => !metadata.deletionTimestamp && matchesSelector(selector, metadata.labels))
    .flatMap((object) => {
      const body = { metadata: { uid: object.metadata.uid, ownerReferences: [toControllerReference(owner)] } }
      const written = world.patch(resource, toObjectKey(object), { type: 'strategic', body })
      return written.ok ? [written.read()] : []
    })
  return adopted.length === 0 ? own : [...own, ...adopted].sort(byName)
}

const byName = (left: KubeObject, right: KubeObject): number => (left.metadata.name < right.metadata.name ? -1 : 1)
