import { type IgnoreRule, matchesIgnoreRule } from '../fleet/policy.ts'
import { coversPath, type FieldPath, getAtPath, parseFieldPath } from '../kube/field-path.ts'
import type { JsonObject, KubeObject, Manifest, ObjectRef } from '../kube/object.ts'

/** What entitlement to a field depends on. */
export type CoOwnerContext = {
  readonly ref: ObjectRef
  /** As in Git, where Git still has it. */
  readonly manifest?: Manifest
  /** As recorded. */
  readonly seen: JsonObject
  /** The live object, or only its metadata. */
  readonly live: KubeObject
  /** Does a HorizontalPodAutoscaler scale this object? */
  readonly isAutoscaled: (ref: ObjectRef) => boolean
  readonly ignore: readonly IgnoreRule[]
}

/**
 * A rule of who else may write a field. By kind, path and what must hold; never by the name of a manager, which anybody
 * can take. `kinds` empty: every kind.
 */
type CoOwnerRule = {
  readonly who: string
  readonly kinds: readonly string[]
  readonly paths: readonly string[]
  readonly when?: (context: CoOwnerContext, path: FieldPath) => boolean
  /** Holds for fields that Git states too; else what Git states is Git's. */
  readonly evenIfStated?: true
}

const WORKLOADS = ['apps/Deployment', 'apps/StatefulSet', 'apps/ReplicaSet']
const isUnstated =
  (...path: string[]) =>
  ({ manifest }: CoOwnerContext): boolean =>
    manifest === undefined || readAt(manifest, path) === undefined

const readAt = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], root)

const isHeadless = (service: unknown): boolean => readAt(service, ['spec', 'clusterIP']) === 'None'

const RULES: readonly CoOwnerRule[] = [
  {
    who: 'horizontal pod autoscaler',
    kinds: [],
    paths: ['/spec/replicas'],
    when: ({ ref, isAutoscaled }) => isAutoscaled(ref),
    evenIfStated: true,
  },
  {
    // Status, shown as annotations by the version that has no place for it.
    who: 'horizontal pod autoscaler',
    kinds: ['autoscaling/HorizontalPodAutoscaler'],
    paths: ['conditions', 'current-metrics'].map(
      (name) => `/metadata/annotations/autoscaling.alpha.kubernetes.io~1${name}`,
    ),
  },
  {
    who: 'deployment controller',
    kinds: WORKLOADS,
    paths: ['/metadata/annotations/deployment.kubernetes.io~1revision'],
  },
  {
    who: 'daemon set controller',
    kinds: ['apps/DaemonSet'],
    paths: ['/metadata/annotations/deprecated.daemonset.template.generation'],
  },
  {
    who: 'certificate injection',
    kinds: [
      'admissionregistration.k8s.io/MutatingWebhookConfiguration',
      'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
    ],
    paths: ['/webhooks/*/clientConfig/caBundle'],
    when: ({ manifest }, path) => manifest === undefined || isInjectable(getAtPath(manifest, path)),
    evenIfStated: true,
  },
  {
    who: 'certificate injection',
    kinds: ['apiextensions.k8s.io/CustomResourceDefinition'],
    paths: ['/spec/conversion/webhook/clientConfig/caBundle'],
    when: isUnstated('spec', 'conversion', 'webhook', 'clientConfig', 'caBundle'),
  },
  {
    who: 'certificate injection',
    kinds: ['apiregistration.k8s.io/APIService'],
    paths: ['/spec/caBundle'],
    when: isUnstated('spec', 'caBundle'),
  },
  {
    who: 'service allocation',
    kinds: ['Service'],
    paths: ['/spec/clusterIP', '/spec/clusterIPs'],
    // Whatever the address: but one that has none is another kind of Service.
    when: ({ seen, live }) => isHeadless(seen) === isHeadless(live),
  },
  {
    who: 'service allocation',
    kinds: ['Service'],
    paths: ['/spec/ipFamilies', '/spec/ipFamilyPolicy', '/spec/ports/*/nodePort', '/spec/healthCheckNodePort'],
    // An allocation that follows from what Git says. Of a Service whose type somebody changed, it is part of the drift.
    when: ({ seen, live }) => readAt(seen, ['spec', 'type']) === readAt(live, ['spec', 'type']),
  },
  {
    who: 'load balancer controller',
    kinds: ['Service'],
    paths: ['/metadata/finalizers/["service.kubernetes.io/load-balancer-cleanup"]'],
  },
  {
    who: 'volume binding',
    kinds: ['PersistentVolumeClaim'],
    paths: [
      '/spec/volumeName',
      '/metadata/annotations/pv.kubernetes.io~1bind-completed',
      '/metadata/annotations/pv.kubernetes.io~1bound-by-controller',
      '/metadata/annotations/volume.kubernetes.io~1storage-provisioner',
      '/metadata/annotations/volume.beta.kubernetes.io~1storage-provisioner',
      '/metadata/annotations/volume.kubernetes.io~1selected-node',
      '/metadata/finalizers/["kubernetes.io/pvc-protection"]',
    ],
  },
  {
    who: 'volume binding',
    kinds: ['PersistentVolume'],
    paths: [
      '/spec/claimRef',
      '/metadata/annotations/pv.kubernetes.io~1bound-by-controller',
      '/metadata/annotations/pv.kubernetes.io~1provisioned-by',
      '/metadata/finalizers/["kubernetes.io/pv-protection"]',
    ],
  },
  {
    who: 'node controller',
    kinds: ['Node'],
    paths: [
      '/spec/podCIDR',
      '/spec/podCIDRs',
      '/spec/providerID',
      '/metadata/annotations/node.alpha.kubernetes.io~1ttl',
    ],
  },
  {
    // The selector and the labels of a Job's pods hold its uid, which a recreation changes.
    who: 'job defaults',
    kinds: ['batch/Job'],
    paths: ['/metadata/labels', '/spec/selector/matchLabels', '/spec/template/metadata/labels'].flatMap((labels) => [
      `${labels}/controller-uid`,
      `${labels}/batch.kubernetes.io~1controller-uid`,
    ]),
  },
  { who: 'token controller', kinds: ['ServiceAccount'], paths: ['/secrets'], when: isUnstated('secrets') },
  {
    who: 'token controller',
    kinds: ['Secret'],
    paths: [
      '/data/token',
      '/data/ca.crt',
      '/data/namespace',
      '/metadata/annotations/kubernetes.io~1service-account.uid',
    ],
    when: ({ live }) => live.type === 'kubernetes.io/service-account-token' || live.type === undefined,
  },
  {
    who: 'role aggregation',
    kinds: ['rbac.authorization.k8s.io/ClusterRole'],
    paths: ['/rules'],
    when: ({ seen }) => seen.aggregationRule !== undefined && seen.aggregationRule !== null,
    evenIfStated: true,
  },
  {
    who: 'namespace controller',
    kinds: ['Namespace'],
    paths: ['/spec/finalizers', '/metadata/labels/kubernetes.io~1metadata.name'],
  },
  {
    who: 'resource definition controller',
    kinds: ['apiextensions.k8s.io/CustomResourceDefinition'],
    paths: ['/metadata/finalizers/["customresourcecleanup.apiextensions.k8s.io"]'],
  },
  {
    // The server copies the labels of the node to a pod that is bound to it.
    who: 'scheduler',
    kinds: ['Pod'],
    paths: ['/spec/nodeName', ...['zone', 'region'].map((name) => `/metadata/labels/topology.kubernetes.io~1${name}`)],
    when: ({ live }) => live.spec === undefined || readAt(live, ['spec', 'nodeName']) !== undefined,
  },
  {
    who: 'garbage collector',
    kinds: [],
    paths: ['/metadata/finalizers/["foregroundDeletion"]', '/metadata/finalizers/["orphan"]'],
    when: ({ live }) => live.metadata.deletionTimestamp !== undefined,
  },
]

/** "Cg==" (a line feed) is what people write to say: to be injected. */
const isInjectable = (bundle: unknown): boolean => bundle === undefined || bundle === '' || bundle === 'Cg=='

const COMPILED = RULES.map((rule) => ({ ...rule, patterns: rule.paths.map(parseFieldPath) }))

/** Who is entitled to change this field, or undefined: nobody but Git. */
export const findCoOwner = (path: FieldPath, context: CoOwnerContext): string | undefined => {
  const kind = context.ref.group ? `${context.ref.group}/${context.ref.kind}` : context.ref.kind
  for (const rule of COMPILED) {
    if (rule.kinds.length > 0 && !rule.kinds.includes(kind)) continue
    if (!rule.evenIfStated && context.manifest && getAtPath(context.manifest, path) !== undefined) continue
    if (rule.patterns.some((pattern) => coversPath(pattern, path)) && (rule.when?.(context, path) ?? true))
      return rule.who
  }
  const isIgnored = context.ignore.some(
    (rule) =>
      matchesIgnoreRule(rule, context.ref) && rule.fields.some((field) => coversPath(parseFieldPath(field), path)),
  )
  return isIgnored ? 'ignore rule' : undefined
}
