import Type from 'typebox'
import { choice, freeForm, list, name, object, type Typed, text } from './common.ts'
import { nodeLabels } from './component.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })

const cidr = (description: string) =>
  text(description, {
    pattern: '^[0-9a-fA-F.:]+/[0-9]{1,3}(,[0-9a-fA-F.:]+/[0-9]{1,3})?$',
    'x-message': 'must be an address range',
    'x-hint': 'write it like 10.244.0.0/16',
  })

const workerPool = object('A group of equal worker nodes.', {
  name: name('The name of the group.'),
  replicas: Type.Optional(count('How many nodes.')),
  machine: Type.Optional(text('The machine type, as the provider calls it.')),
  autoscale: Type.Optional(
    object('Between how many nodes the group is scaled.', { min: count('At least.'), max: count('At most.') }),
  ),
  labels: Type.Optional(nodeLabels),
  taints: Type.Optional(
    list(
      'Taints of the nodes.',
      object('A taint.', {
        key: text('The key.'),
        value: Type.Optional(Type.String({ description: 'The value.' })),
        effect: choice('What it does to pods that do not tolerate it.', [
          'NoSchedule',
          'PreferNoSchedule',
          'NoExecute',
        ]),
      }),
    ),
  ),
})

/** What a cluster is made of. */
export const shape = object(
  'What the cluster is made of: made so by providers that create clusters, checked and reported on existing ones.',
  {
    kubernetesVersion: Type.Optional(
      text('The version of Kubernetes.', {
        pattern: '^v[0-9]+\\.[0-9]+(\\.[0-9]+)?([-+].+)?$',
        'x-message': 'must be a version of Kubernetes',
        'x-hint': 'write it like v1.36.3',
      }),
    ),
    controlPlane: Type.Optional(
      object('The control plane.', {
        replicas: Type.Optional(count('How many nodes.')),
        machine: Type.Optional(text('The machine type, as the provider calls it.')),
      }),
    ),
    workers: Type.Optional(list('Groups of worker nodes.', workerPool)),
    network: Type.Optional(
      object('Address ranges.', {
        podCIDR: Type.Optional(cidr('Of pods.')),
        serviceCIDR: Type.Optional(cidr('Of services.')),
      }),
    ),
  },
)

/** How a cluster comes to be and is reached. */
export const provider = object(
  'How the cluster comes to be and is reached: exactly one of the kinds.',
  {
    existing: Type.Optional(
      object('A cluster that exists and is reached by a kubeconfig; Lockstep never changes its shape.', {
        kubeconfig: object('How it is reached.', {
          path: Type.Optional(
            text(
              'The kubeconfig file: absolute, in the home folder (~/), or relative to this document. The default is what kubectl would use.',
            ),
          ),
          context: Type.Optional(text('The context; the default is the current one.')),
        }),
      }),
    ),
    clusterAPI: Type.Optional(
      object('A cluster made by Cluster API from a ClusterClass.', {
        managementCluster: text('The cluster of this fleet on which Cluster API runs.'),
        class: text('The ClusterClass.'),
        namespace: Type.Optional(name('The namespace on the management cluster.')),
        variables: Type.Optional(freeForm('Variables of the ClusterClass.')),
      }),
    ),
    local: Type.Optional(object('A cluster on this machine, made and removed by Lockstep.', {})),
    simulated: Type.Optional(object('A cluster in memory, for trying things out.', {})),
    agent: Type.Optional(object('A cluster that enforces itself and reports to the hub.', {})),
  },
  {
    minProperties: 1,
    maxProperties: 1,
    'x-message': 'must have exactly one of existing, clusterAPI, local, simulated and agent',
  },
)

/** A shape as a document has it. */
export type ShapeSpec = Typed<typeof shape>
/** A provider as a document has it. */
export type ProviderSpec = Typed<typeof provider>
