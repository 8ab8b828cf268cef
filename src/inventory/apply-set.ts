import { createHash } from 'node:crypto'
import type { Manifest } from '../kube/object.ts'

/** Where the inventories live on every cluster. */
export const SYSTEM_NAMESPACE = 'lockstep-system'
/** Membership in an ApplySet (KEP-3659); its value is the ApplySet's id. */
export const PART_OF_LABEL = 'applyset.kubernetes.io/part-of'
/** The component, by name, on every object of ours. */
export const COMPONENT_LABEL = 'lockstep.dev/component'
/** Tells inventories and their shards from other ConfigMaps. */
export const INVENTORY_LABEL = 'lockstep.dev/inventory'

/** The name of the ConfigMap that is a component's ApplySet parent. */
export const toParentName = (component: string): string => `lockstep-${component}`

/** The ApplySet id of a component: by the KEP's rule, from the parent's name, namespace, kind and group. */
export const toApplySetId = (component: string): string => {
  const identity = `${toParentName(component)}.${SYSTEM_NAMESPACE}.ConfigMap.`
  return `applyset-${createHash('sha256').update(identity).digest('base64url')}-v1`
}

/** The manifest as it is applied: as rendered, plus our labels. */
export const labelManifest = (manifest: Manifest, component: string): Manifest => ({
  ...manifest,
  metadata: {
    ...manifest.metadata,
    labels: {
      ...manifest.metadata.labels,
      [PART_OF_LABEL]: toApplySetId(component),
      [COMPONENT_LABEL]: component,
    },
  },
})
