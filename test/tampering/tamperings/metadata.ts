import type { KubeObject } from '../../../src/kube/object.ts'
import { escapeKey, type Tree } from '../tree.ts'
import { isAny, isCustom, MANAGERS, type Tampering } from './tampering.ts'

const OURS = ['applyset.kubernetes.io/part-of', 'lockstep.dev/component']
const hasStated =
  (place: 'labels' | 'annotations'): Tampering['applies'] =>
  (object, manifest) =>
    Object.keys(manifest.metadata[place] ?? {}).some((name) => object.metadata[place]?.[name] !== undefined) &&
    object.kind !== 'CustomResourceDefinition'

/** Kinds whose status has an endpoint of its own. */
const hasStatus: Tampering['applies'] = (object) =>
  isCustom(object)
    ? !['Blob', 'PrometheusRule'].includes(object.kind)
    : [
        'Deployment',
        'DaemonSet',
        'StatefulSet',
        'ReplicaSet',
        'Job',
        'CronJob',
        'PodDisruptionBudget',
        'HorizontalPodAutoscaler',
        'Service',
        'Ingress',
        'Namespace',
        'PersistentVolumeClaim',
        'PersistentVolume',
        'CustomResourceDefinition',
        'ResourceQuota',
        'Pod',
        'ValidatingAdmissionPolicy',
      ].includes(object.kind)

const pickStated = (object: KubeObject, manifest: KubeObject, place: 'labels' | 'annotations'): string =>
  Object.keys(manifest.metadata[place] ?? {}).find((name) => object.metadata[place]?.[name] !== undefined) as string

/** Labels, annotations, finalizers and owner references. */
export const METADATA_TAMPERINGS: readonly Tampering[] = [
  {
    name: 'adds a label',
    applies: isAny,
    expect: 'drift',
    tamper: ({ patchMerge }, random) =>
      patchMerge({ metadata: { labels: { evil: 'yes' } } }, { manager: random.pick(MANAGERS) }),
  },
  {
    name: 'adds an annotation',
    applies: isAny,
    expect: 'drift',
    tamper: ({ patchMerge }, random) =>
      patchMerge({ metadata: { annotations: { evil: 'yes' } } }, { manager: random.pick(MANAGERS) }),
  },
  {
    name: 'adds a label by server-side apply',
    applies: isAny,
    expect: 'drift',
    tamper: ({ apply }) => apply({ metadata: { labels: { evil: 'yes' } } }, { manager: 'flux' }),
  },
  {
    name: 'changes a label that Git states',
    applies: hasStated('labels'),
    expect: 'drift',
    tamper: ({ live, manifest, patchMerge }) =>
      patchMerge({ metadata: { labels: { [pickStated(live, manifest, 'labels')]: 'changed' } } }),
  },
  {
    name: 'removes a label that Git states',
    applies: hasStated('labels'),
    expect: 'drift',
    tamper: ({ live, manifest, patchJson }) =>
      patchJson([{ op: 'remove', path: `/metadata/labels/${escapeKey(pickStated(live, manifest, 'labels'))}` }]),
  },
  {
    name: 'changes an annotation that Git states',
    applies: hasStated('annotations'),
    expect: 'drift',
    tamper: ({ live, manifest, patchMerge }) =>
      patchMerge({ metadata: { annotations: { [pickStated(live, manifest, 'annotations')]: 'changed' } } }),
  },
  {
    name: 'removes an annotation that Git states',
    applies: hasStated('annotations'),
    expect: 'drift',
    tamper: ({ live, manifest, patchJson }) =>
      patchJson([
        { op: 'remove', path: `/metadata/annotations/${escapeKey(pickStated(live, manifest, 'annotations'))}` },
      ]),
  },
  {
    name: 'strips the label of the ApplySet',
    applies: isAny,
    expect: 'drift',
    tamper: ({ patchMerge }) => patchMerge({ metadata: { labels: { [OURS[0] as string]: null } } }),
  },
  {
    name: 'strips the label of the component',
    applies: isAny,
    expect: 'drift',
    tamper: ({ patchMerge }) => patchMerge({ metadata: { labels: { [OURS[1] as string]: null } } }),
  },
  {
    name: 'strips all labels and annotations by a PUT',
    applies: isAny,
    expect: 'drift',
    tamper: ({ put }) =>
      put(({ metadata }) => {
        ;(metadata as Tree).labels = {}
        ;(metadata as Tree).annotations = {}
      }),
  },
  {
    name: 'gives the object to another ApplySet',
    applies: isAny,
    expect: 'drift',
    tamper: ({ patchMerge }) => patchMerge({ metadata: { labels: { [OURS[0] as string]: 'applyset-other-v1' } } }),
  },
  {
    name: 'strips our labels and wipes managed fields',
    applies: isAny,
    expect: 'drift',
    tamper: ({ patchMerge }) =>
      patchMerge({ metadata: { labels: Object.fromEntries(OURS.map((name) => [name, null])), managedFields: [{}] } }),
  },
  {
    name: 'adds the last-applied annotation',
    applies: isAny,
    expect: 'drift',
    tamper: ({ patchMerge }) =>
      patchMerge(
        { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } } },
        { manager: 'kubectl-client-side-apply' },
      ),
  },
  {
    name: 'adds a finalizer',
    applies: ({ kind }) => !['Namespace', 'CustomResourceDefinition'].includes(kind),
    expect: 'drift',
    tamper: ({ live, patchMerge }) =>
      patchMerge({ metadata: { finalizers: [...(live.metadata.finalizers ?? []), 'tamper.example.com/hold'] } }),
  },
  {
    name: 'adds an owner reference',
    applies: isAny,
    expect: 'drift',
    tamper: async ({ patchMerge, send }) => {
      const owner = (await send('GET', '/api/v1/namespaces/kube-system')) as { metadata: Tree }
      return patchMerge({
        metadata: {
          ownerReferences: [{ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system', uid: owner.metadata.uid }],
        },
      })
    },
  },
  {
    name: 'annotates through the status subresource',
    applies: hasStatus,
    tamper: ({ patchMerge }) =>
      patchMerge(
        { metadata: { annotations: { evil: 'by-status' } } },
        { subresource: 'status', manager: 'controller' },
      ),
  },
  {
    name: 'labels through the status subresource',
    applies: hasStatus,
    tamper: ({ patchMerge }) =>
      patchMerge({ metadata: { labels: { evil: 'by-status' } } }, { subresource: 'status', manager: 'controller' }),
  },
  {
    name: 'adds a finalizer through the status subresource',
    applies: (object, manifest) =>
      hasStatus(object, manifest) && !['Namespace', 'CustomResourceDefinition'].includes(object.kind),
    tamper: ({ patchMerge }) =>
      patchMerge(
        { metadata: { finalizers: ['tamper.example.com/hold'] } },
        { subresource: 'status', manager: 'controller' },
      ),
  },
  {
    name: 'strips our labels through the status subresource',
    applies: hasStatus,
    tamper: ({ patchMerge }) =>
      patchMerge(
        { metadata: { labels: Object.fromEntries(OURS.map((name) => [name, null])) } },
        { subresource: 'status', manager: 'controller' },
      ),
  },
  {
    name: 'adds an annotation and takes it away again',
    applies: isAny,
    expect: 'silent',
    tamper: async ({ patchMerge }) => {
      await patchMerge({ metadata: { annotations: { evil: 'yes' } } })
      await patchMerge({ metadata: { annotations: { evil: null } } }, { manager: 'someone-else' })
    },
  },
]
