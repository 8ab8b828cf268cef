import type { JsonObject, KubeObject } from '../../kube/object.ts'
import { toSelectorText } from './selector-text.ts'

/** Where a kind has its count of replicas; of a custom one, where its definition says. */
export type ScalePaths = {
  readonly specReplicas: readonly string[]
  readonly statusReplicas: readonly string[]
  /** To a text, or to a label selector. */
  readonly selector: readonly string[] | undefined
}

const BUILT_IN: ScalePaths = {
  specReplicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
  selector: ['spec', 'selector'],
}

/** The paths of a definition's `scale`; those of all built-in kinds without one. */
export const toScalePaths = (definition: unknown): ScalePaths => {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = (definition ?? {}) as Readonly<
    Record<string, string | undefined>
  >
  if (specReplicasPath === undefined || statusReplicasPath === undefined) return BUILT_IN
  const split = (path: string): readonly string[] => path.split('.').filter((key) => key !== '')
  return {
    specReplicas: split(specReplicasPath),
    statusReplicas: split(statusReplicasPath),
    selector: labelSelectorPath === undefined ? undefined : split(labelSelectorPath),
  }
}

/** The `Scale` of an object. */
export const toScale = (object: KubeObject, paths: ScalePaths): KubeObject => {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const replicas = readReplicas(object, paths)
  const selector = paths.selector && toSelectorText(readPath(object, paths.selector))
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      uid,
      resourceVersion,
      creationTimestamp,
    } as KubeObject['metadata'],
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: Number(readPath(object, paths.statusReplicas) ?? 0), ...(selector ? { selector } : {}) },
  }
}

/** The object with the count of replicas of a `Scale`, and its version where it has one. */
export const withScale = (object: KubeObject, scale: KubeObject, paths: ScalePaths): KubeObject => {
  const { replicas = 0 } = (scale.spec ?? {}) as { replicas?: number }
  const next = writePath(object, paths.specReplicas, replicas) as KubeObject
  const { resourceVersion } = scale.metadata
  return resourceVersion ? { ...next, metadata: { ...next.metadata, resourceVersion } } : next
}

/** How many replicas an object asks for; none where it does not say. */
export const readReplicas = (object: KubeObject, { specReplicas }: ScalePaths): number =>
  Number(readPath(object, specReplicas) ?? 0)

const readPath = (object: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((node, key) => (node as JsonObject | undefined)?.[key], object)

const writePath = (node: unknown, [key, ...rest]: readonly string[], value: unknown): unknown =>
  key === undefined
    ? value
    : { ...(node as object), [key]: writePath((node as JsonObject | undefined)?.[key], rest, value) }
