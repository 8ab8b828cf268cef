import type { KubeObject, ObjectMeta, OwnerReference } from '../../kube/object.ts'
import type { PodTemplate } from './shapes.ts'

/** The reference by which an owner controls an object. */
export const toControllerReference = ({ apiVersion, kind, metadata }: KubeObject): OwnerReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  uid: metadata.uid as string,
  controller: true,
  blockOwnerDeletion: true,
})

/** A pod of a template, without a name. */
export const makePod = (template: PodTemplate, owner: KubeObject): KubeObject => {
  const { labels, annotations, finalizers } = template.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [toControllerReference(owner)],
    } as unknown as ObjectMeta,
    spec: template.spec,
  }
}

/** An object with these members of its metadata. */
export const withMeta = (object: KubeObject, members: Readonly<Record<string, unknown>>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...members } as ObjectMeta,
})

/** An object with these labels besides its own. */
export const withLabels = (object: KubeObject, labels: Readonly<Record<string, string>>): KubeObject =>
  withMeta(object, { labels: { ...object.metadata.labels, ...labels } })
