import type { KubeObject, Manifest } from '../../src/kube/object.ts'
import { at, listAt, type Tree } from './tree.ts'

/** What the oracle is told of an object besides its two states. */
export type Known = {
  readonly manifest: Manifest | undefined
  /** Does an autoscaler scale it? */
  readonly isAutoscaled: boolean
}

/** The part of an object that drift is about: what remains without what the server keeps and controllers are entitled to. */
export const toContent = (object: KubeObject, other: KubeObject | undefined, known: Known): Tree => {
  const { status: _, ...content } = structuredClone(object) as unknown as Tree
  const { labels, annotations, finalizers, ownerReferences } = content.metadata as Tree
  const metadata: Tree = {}
  for (const [name, value] of Object.entries({ labels, annotations, finalizers, ownerReferences })) {
    if (value && Object.keys(value).length > 0) metadata[name] = value
  }
  content.metadata = metadata
  for (const pointer of entitledPointers(object, other ?? object, known)) drop(content, pointer)
  if (object.kind === 'PersistentVolumeClaim') dropFinalizer(metadata, 'kubernetes.io/pvc-protection')
  if (object.kind === 'PersistentVolume') dropFinalizer(metadata, 'kubernetes.io/pv-protection')
  if (object.kind === 'CustomResourceDefinition') dropFinalizer(metadata, 'customresourcecleanup.apiextensions.k8s.io')
  if (object.metadata.deletionTimestamp) {
    dropFinalizer(metadata, 'foregroundDeletion')
    dropFinalizer(metadata, 'orphan')
  }
  for (const name of ['labels', 'annotations']) if (isEmpty(metadata[name])) delete metadata[name]
  return dropEmpty(content) as Tree
}

/** Fields that are not there and fields that are null say the same. */
const dropEmpty = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(dropEmpty)
  if (node === null || typeof node !== 'object') return node
  return Object.fromEntries(
    Object.entries(node)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, dropEmpty(value)]),
  )
}

const isEmpty = (value: unknown): boolean => value !== undefined && Object.keys(value as object).length === 0

const dropFinalizer = (metadata: Tree, name: string): void => {
  const rest = ((metadata.finalizers as string[] | undefined) ?? []).filter((finalizer) => finalizer !== name)
  if (rest.length > 0) metadata.finalizers = rest
  else delete metadata.finalizers
}

const drop = (root: Tree, pointer: string): void => {
  const cut = pointer.lastIndexOf('/')
  const parent = at(root, pointer.slice(0, cut)) as Tree | undefined
  if (parent)
    delete parent[
      pointer
        .slice(cut + 1)
        .replace(/~1/g, '/')
        .replace(/~0/g, '~')
    ]
}

const ANNOTATIONS = '/metadata/annotations/'

/** JSON Pointers of the fields that others may write. A field that Git states is nobody else's. */
const entitledPointers = (object: KubeObject, other: KubeObject, { manifest, isAutoscaled }: Known): string[] => {
  const unstated = (...pointers: string[]): string[] =>
    pointers.filter((pointer) => manifest === undefined || at(manifest, pointer) === undefined)
  const ports = listAt(object, '/spec/ports')
  const isInjectable = (bundle: unknown): boolean => bundle === undefined || bundle === '' || bundle === 'Cg=='
  switch (object.kind) {
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
      return [`${ANNOTATIONS}deployment.kubernetes.io~1revision`, ...(isAutoscaled ? ['/spec/replicas'] : [])]
    case 'HorizontalPodAutoscaler':
      // Status, as the first version shows it.
      return ['conditions', 'current-metrics'].map((name) => `${ANNOTATIONS}autoscaling.alpha.kubernetes.io~1${name}`)
    case 'DaemonSet':
      return [`${ANNOTATIONS}deprecated.daemonset.template.generation`]
    case 'Service':
      return [
        // Another address than at the first reading is no drift: the object may have been made anew since. None is.
        ...((at(object, '/spec/clusterIP') === 'None') === (at(other, '/spec/clusterIP') === 'None')
          ? unstated('/spec/clusterIP', '/spec/clusterIPs')
          : []),
        ...(at(object, '/spec/type') === at(other, '/spec/type')
          ? [
              ...unstated('/spec/ipFamilies', '/spec/ipFamilyPolicy', '/spec/healthCheckNodePort'),
              ...ports.flatMap((port, index) =>
                listAt(manifest, '/spec/ports').some(
                  (stated) => stated.port === port.port && stated.nodePort !== undefined,
                )
                  ? []
                  : [`/spec/ports/${index}/nodePort`],
              ),
            ]
          : []),
      ]
    case 'PersistentVolumeClaim':
      return unstated(
        '/spec/volumeName',
        ...['bind-completed', 'bound-by-controller'].map((name) => `${ANNOTATIONS}pv.kubernetes.io~1${name}`),
        ...['storage-provisioner', 'selected-node'].map((name) => `${ANNOTATIONS}volume.kubernetes.io~1${name}`),
        `${ANNOTATIONS}volume.beta.kubernetes.io~1storage-provisioner`,
      )
    case 'PersistentVolume':
      return unstated(
        '/spec/claimRef',
        `${ANNOTATIONS}pv.kubernetes.io~1bound-by-controller`,
        `${ANNOTATIONS}pv.kubernetes.io~1provisioned-by`,
      )
    case 'ServiceAccount':
      return unstated('/secrets')
    case 'Secret':
      return object.type === 'kubernetes.io/service-account-token'
        ? unstated(
            '/data',
            '/data/token',
            '/data/ca.crt',
            '/data/namespace',
            `${ANNOTATIONS}kubernetes.io~1service-account.uid`,
          )
        : []
    case 'ClusterRole':
      return at(manifest, '/aggregationRule') ? ['/rules'] : []
    case 'Job':
      return ['/metadata/labels', '/spec/selector/matchLabels', '/spec/template/metadata/labels'].flatMap((labels) => [
        `${labels}/controller-uid`,
        `${labels}/batch.kubernetes.io~1controller-uid`,
      ])
    case 'Namespace':
      return ['/spec/finalizers', '/metadata/labels/kubernetes.io~1metadata.name', '/spec']
    case 'Pod':
      // The server copies the labels of the node to a pod that is bound to it.
      return at(object, '/spec/nodeName') === undefined
        ? []
        : unstated(
            '/spec/nodeName',
            ...['zone', 'region'].map((name) => `/metadata/labels/topology.kubernetes.io~1${name}`),
          )
    case 'CustomResourceDefinition':
      return unstated('/spec/conversion/webhook/clientConfig/caBundle')
    case 'APIService':
      return unstated('/spec/caBundle')
    case 'ValidatingWebhookConfiguration':
    case 'MutatingWebhookConfiguration':
      return listAt(object, '/webhooks').flatMap((webhook, index) => {
        const stated = listAt(manifest, '/webhooks').find(({ name }) => name === webhook.name)
        return stated && isInjectable(at(stated, '/clientConfig/caBundle'))
          ? [`/webhooks/${index}/clientConfig/caBundle`]
          : []
      })
    case 'ConfigMap':
      return object.metadata.name === 'settings' ? ['/data/ignored', `${ANNOTATIONS}ignored`] : []
    default:
      return []
  }
}

/** Fields whose drift is told and left alone. Pointers by index. */
export const isOnlyReported = (pointer: string): boolean =>
  /^\/metadata\/(finalizers|ownerReferences)(\/|$)/.test(pointer) ||
  /^\/spec\/(clusterIPs?|volumeName|claimRef|ephemeralContainers)(\/|$)/.test(pointer) ||
  pointer === '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt'

/** Fields that only a recreation can change: where they differ, healing says that it failed, and heals the rest. By index. */
export const isImmutable = (object: KubeObject, pointer: string): boolean => {
  const patterns: Record<string, RegExp> = {
    Job: /^\/spec\/(template|selector)\//,
    Pod: /^\/spec\//,
    StatefulSet: /^\/spec\/serviceName$/,
    RoleBinding: /^\/roleRef\//,
    ClusterRoleBinding: /^\/roleRef\//,
    StorageClass: /^\/(parameters|provisioner)(\/|$)/,
    PriorityClass: /^\/value$/,
    IngressClass: /^\/spec\/controller$/,
    RuntimeClass: /^\/handler$/,
    Secret: /^\/type$/,
  }
  if (object.immutable === true && /^\/(immutable|data|binaryData)(\/|$)/.test(pointer)) return true
  return patterns[object.kind]?.test(pointer) ?? false
}
