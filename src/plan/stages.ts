import type { ObjectRef } from '../kube/object.ts'

/** In the order of applying; deleting goes the other way. */
export const STAGES = ['definitions', 'access', 'configuration', 'workloads', 'admission'] as const
/** One of {@link STAGES}. */
export type Stage = (typeof STAGES)[number]

const STAGE_BY_KIND: ReadonlyMap<string, Stage> = new Map(
  Object.entries({
    definitions: ['Namespace', 'CustomResourceDefinition'],
    access: [
      'StorageClass',
      'PriorityClass',
      'IngressClass',
      'RuntimeClass',
      'GatewayClass',
      'VolumeSnapshotClass',
      'DeviceClass',
      'CSIDriver',
      'ClusterRole',
      'ClusterRoleBinding',
      'Role',
      'RoleBinding',
      'ServiceAccount',
      'FlowSchema',
      'PriorityLevelConfiguration',
    ],
    configuration: [
      'ConfigMap',
      'Secret',
      'PersistentVolume',
      'PersistentVolumeClaim',
      'LimitRange',
      'ResourceQuota',
      'NetworkPolicy',
      'Service',
      'Endpoints',
      'EndpointSlice',
      'Lease',
      'Node',
    ],
    admission: [
      'MutatingWebhookConfiguration',
      'ValidatingWebhookConfiguration',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
      'MutatingAdmissionPolicy',
      'MutatingAdmissionPolicyBinding',
      'APIService',
    ],
  } satisfies Partial<Record<Stage, string[]>>).flatMap(([stage, kinds]) =>
    kinds.map((kind) => [kind, stage as Stage]),
  ),
)

/** When an object is applied: what it may need comes before it. Custom resources and what is not in the table: workloads. */
export const toStage = ({ kind }: Pick<ObjectRef, 'kind'>): Stage => STAGE_BY_KIND.get(kind) ?? 'workloads'
