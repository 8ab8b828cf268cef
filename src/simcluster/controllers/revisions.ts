import type { KubeObject, ObjectMeta } from '../../kube/object.ts'
import { hashTemplate } from './hash.ts'
import { isSameJson } from './is-same-json.ts'
import { toControllerReference } from './make-pod.ts'
import type { PodTemplate } from './shapes.ts'
import { toObjectKey, type World } from './world.ts'

/** A template that pods had, kept by its owner. */
export type Revision = KubeObject & {
  readonly revision: number
  readonly data: { readonly spec: { readonly template: PodTemplate } }
}

/** What has revisions. */
export type Revised = KubeObject & {
  readonly spec: { readonly template: PodTemplate; readonly revisionHistoryLimit?: number }
}

const REVISIONS = 'apps/controllerrevisions'

/** The revisions of an owner, oldest first. */
export const listRevisions = (world: World, owner: KubeObject): readonly Revision[] =>
  [...(world.controlledBy(owner, REVISIONS) as readonly Revision[])].sort(
    (left, right) => left.revision - right.revision,
  )

/** The template of a revision. */
export const toTemplate = ({ data }: Revision): PodTemplate => {
  const { $patch: _, ...template } = data.spec.template as PodTemplate & { $patch?: string }
  return template
}

/** The revision of the present template: found, made the newest again, or created. Undefined where that failed. */
export const ensureRevision = (world: World, owner: Revised, hashLabel: string): Revision | undefined => {
  const revisions = listRevisions(world, owner)
  const newest = revisions.at(-1)
  const { template } = owner.spec
  const equal = revisions.findLast((revision) => isSameJson(toTemplate(revision), template))
  if (equal && equal === newest) return equal
  const revision = (newest?.revision ?? 0) + 1
  if (equal) {
    const written = world.update(REVISIONS, { ...equal, revision })
    return written.ok ? (written.read() as Revision) : undefined
  }
  for (let collisions = 0; collisions < 10; collisions++) {
    const hash = hashTemplate(template, collisions)
    const made = world.create(REVISIONS, {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: `${owner.metadata.name}-${hash}`,
        namespace: owner.metadata.namespace,
        labels: { ...template.metadata?.labels, [hashLabel]: hash },
        ...(owner.metadata.annotations ? { annotations: owner.metadata.annotations } : {}),
        ownerReferences: [toControllerReference(owner)],
      } as unknown as ObjectMeta,
      data: { spec: { template: { ...template, $patch: 'replace' } } },
      revision,
    })
    if (made.ok) return made.read() as Revision
    if (made.reason !== 'AlreadyExists') return undefined
  }
  return undefined
}

/** Deletes the oldest revisions beyond the limit that no pod has. */
export const cleanUpRevisions = (world: World, owner: Revised, live: ReadonlySet<string>): void => {
  const { revisionHistoryLimit = 10 } = owner.spec
  const past = listRevisions(world, owner).filter(({ metadata }) => !live.has(metadata.name))
  for (const revision of past.slice(0, Math.max(0, past.length - revisionHistoryLimit)))
    world.delete(REVISIONS, toObjectKey(revision))
}
