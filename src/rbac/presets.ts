import type { ResolvedRole } from '../fleet/resolved.ts'
import type { RbacRule } from '../kube/rbac-rule.ts'

/** The name of a preset. */
export type PresetName = NonNullable<ResolvedRole['preset']>

/** A role that Lockstep brings along: one that every cluster has, or rules. */
export type Preset = { readonly summary: string } & (
  | { readonly clusterRole: string }
  | { readonly rules: readonly RbacRule[] }
)

const READ = ['get', 'list', 'watch']
const WRITE = [...READ, 'create', 'update', 'patch', 'delete']

/** Every preset. What each may is also told in docs/spec/rbac-template.md. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  view: { summary: 'read most objects, but neither Secrets nor roles', clusterRole: 'view' },
  edit: { summary: 'read and change most objects, Secrets included, but no roles', clusterRole: 'edit' },
  admin: { summary: 'everything in a namespace, giving access to it included', clusterRole: 'admin' },
  debugger: {
    summary: 'read workloads, their logs and events; run commands in pods, forward ports, add debug containers',
    rules: [
      {
        apiGroups: [''],
        resources: ['pods', 'pods/log', 'pods/status', 'events', 'services', 'endpoints', 'configmaps'],
        verbs: READ,
      },
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: READ },
      { apiGroups: ['apps', 'batch'], resources: ['*'], verbs: READ },
      { apiGroups: ['metrics.k8s.io'], resources: ['pods'], verbs: ['get', 'list'] },
      {
        apiGroups: [''],
        resources: ['pods/exec', 'pods/attach', 'pods/portforward'],
        verbs: ['get', 'create'],
      },
      { apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['get', 'update', 'patch'] },
    ],
  },
  deployer: {
    summary: 'deploy: read and change workloads, services, ingresses and ConfigMaps; neither Secrets nor roles',
    rules: [
      {
        apiGroups: ['apps'],
        resources: ['deployments', 'deployments/scale', 'statefulsets', 'statefulsets/scale', 'daemonsets'],
        verbs: WRITE,
      },
      { apiGroups: ['apps'], resources: ['replicasets', 'controllerrevisions'], verbs: READ },
      { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: WRITE },
      { apiGroups: [''], resources: ['configmaps', 'services', 'persistentvolumeclaims'], verbs: WRITE },
      { apiGroups: [''], resources: ['pods', 'pods/log', 'events', 'endpoints'], verbs: READ },
      { apiGroups: [''], resources: ['pods'], verbs: ['delete'] },
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'networkpolicies'], verbs: WRITE },
      { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: WRITE },
      { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: WRITE },
    ],
  },
  'secret-reader': {
    summary: 'read Secrets, and nothing else',
    rules: [{ apiGroups: [''], resources: ['secrets'], verbs: READ }],
  },
  auditor: {
    summary: 'read everything of Kubernetes itself, roles and bindings included, but no Secrets',
    rules: [
      {
        apiGroups: [''],
        resources: [
          'bindings',
          'componentstatuses',
          'configmaps',
          'endpoints',
          'events',
          'limitranges',
          'namespaces',
          'nodes',
          'persistentvolumeclaims',
          'persistentvolumes',
          'pods',
          'pods/log',
          'pods/status',
          'podtemplates',
          'replicationcontrollers',
          'resourcequotas',
          'serviceaccounts',
          'services',
        ],
        verbs: READ,
      },
      {
        apiGroups: [
          'admissionregistration.k8s.io',
          'apiextensions.k8s.io',
          'apiregistration.k8s.io',
          'apps',
          'autoscaling',
          'batch',
          'certificates.k8s.io',
          'coordination.k8s.io',
          'discovery.k8s.io',
          'events.k8s.io',
          'flowcontrol.apiserver.k8s.io',
          'networking.k8s.io',
          'node.k8s.io',
          'policy',
          'rbac.authorization.k8s.io',
          'scheduling.k8s.io',
          'storage.k8s.io',
        ],
        resources: ['*'],
        verbs: READ,
      },
    ],
  },
}
