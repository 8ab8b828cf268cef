import { expect, test } from 'vitest'
import type { KubeObject } from './object.ts'
import type { ObjectStatus } from './object-status.ts'
import { computeStatus } from './status.ts'
import { parseYaml } from './yaml.ts'

const NOW = new Date('2026-01-01T00:01:00Z')

/** Kind, then spec, metadata and status as YAML. */
const createObject = (apiVersion: string, kind: string, text: string): KubeObject => {
  const rest = (parseYaml(text)[0] ?? {}) as { metadata?: object }
  return { apiVersion, kind, ...rest, metadata: { name: 'it', generation: 2, ...rest.metadata } }
}

const DEPLOYED = `
  spec: {replicas: 2, progressDeadlineSeconds: 600}
  status: {observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2, conditions: [
    {type: Available, status: "True", reason: MinimumReplicasAvailable},
    {type: Progressing, status: "True", reason: NewReplicaSetAvailable}]}`
const SET = `
  spec: {replicas: 2, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 0}}}
  status: {observedGeneration: 2, replicas: 2, readyReplicas: 2, currentReplicas: 2, updatedReplicas: 2, currentRevision: a, updateRevision: a}`
const DAEMONS = `
  spec: {updateStrategy: {type: RollingUpdate}}
  status: {observedGeneration: 2, desiredNumberScheduled: 3, currentNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3, numberReady: 3}`
const REPLICAS = `
  spec: {replicas: 2}
  status: {observedGeneration: 2, replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 2}`
const UNSCHEDULABLE = (created: string) => `
  metadata: {creationTimestamp: "${created}"}
  status: {phase: Pending, conditions: [{type: PodScheduled, status: "False", reason: Unschedulable, message: no nodes}]}`

type Case = readonly [
  sentence: string,
  apiVersion: string,
  kind: string,
  text: string,
  expected: ObjectStatus,
  message?: RegExp,
]
const CASES: readonly Case[] = [
  ['a Deployment that is rolled out', 'apps/v1', 'Deployment', DEPLOYED, 'Current', /2 replicas/],
  [
    'one whose generation is not seen',
    'apps/v1',
    'Deployment',
    DEPLOYED.replace('observedGeneration: 2', 'observedGeneration: 1'),
    'InProgress',
    /generation 2/,
  ],
  ['one that was just made', 'apps/v1', 'Deployment', 'spec: {replicas: 0}', 'InProgress', /has not seen/],
  [
    'one with too few updated replicas',
    'apps/v1',
    'Deployment',
    DEPLOYED.replace('updatedReplicas: 2', 'updatedReplicas: 1'),
    'InProgress',
    /1 of 2 replicas are updated/,
  ],
  [
    'one with old replicas left',
    'apps/v1',
    'Deployment',
    DEPLOYED.replace(' replicas: 2, u', ' replicas: 3, u'),
    'InProgress',
    /1 old/,
  ],
  [
    'one with unavailable replicas',
    'apps/v1',
    'Deployment',
    DEPLOYED.replace('availableReplicas: 2', 'availableReplicas: 0'),
    'InProgress',
    /available/,
  ],
  [
    'one with replicas that are not ready',
    'apps/v1',
    'Deployment',
    DEPLOYED.replace('readyReplicas: 2', 'readyReplicas: 1'),
    'InProgress',
    /ready/,
  ],
  [
    'one whose new ReplicaSet is coming up',
    'apps/v1',
    'Deployment',
    DEPLOYED.replace('NewReplicaSetAvailable', 'ReplicaSetUpdated'),
    'InProgress',
    /ReplicaSet/,
  ],
  [
    'one that is paused',
    'apps/v1',
    'Deployment',
    DEPLOYED.replace('NewReplicaSetAvailable', 'DeploymentPaused').replace('spec: {', 'spec: {paused: true, '),
    'Current',
  ],
  [
    'one that is not available',
    'apps/v1',
    'Deployment',
    DEPLOYED.replace('Available, status: "True"', 'Available, status: "False"'),
    'InProgress',
  ],
  [
    'one that took too long',
    'apps/v1',
    'Deployment',
    DEPLOYED.replace('NewReplicaSetAvailable', 'ProgressDeadlineExceeded'),
    'Failed',
    /ProgressDeadlineExceeded/,
  ],
  ['a ReplicaSet with all replicas', 'apps/v1', 'ReplicaSet', REPLICAS, 'Current'],
  [
    'one without its labels yet',
    'apps/v1',
    'ReplicaSet',
    REPLICAS.replace('fullyLabeledReplicas: 2', 'fullyLabeledReplicas: 1'),
    'InProgress',
    /labelled/,
  ],
  [
    'one that may not make pods',
    'apps/v1',
    'ReplicaSet',
    REPLICAS.replace('status: {', 'status: {conditions: [{type: ReplicaFailure, status: "True", message: quota}], '),
    'InProgress',
    /quota/,
  ],
  [
    'a ReplicationController',
    'v1',
    'ReplicationController',
    REPLICAS.replace('readyReplicas: 2', 'readyReplicas: 0'),
    'InProgress',
  ],
  ['a StatefulSet that is rolled out', 'apps/v1', 'StatefulSet', SET, 'Current'],
  [
    'one that is half updated',
    'apps/v1',
    'StatefulSet',
    SET.replace('updatedReplicas: 2', 'updatedReplicas: 1'),
    'InProgress',
    /1 of 2 replicas are updated/,
  ],
  [
    'one updated down to its partition',
    'apps/v1',
    'StatefulSet',
    SET.replace('updatedReplicas: 2', 'updatedReplicas: 1').replace('partition: 0', 'partition: 1'),
    'Current',
  ],
  [
    'one without a partition and an old revision',
    'apps/v1',
    'StatefulSet',
    SET.replace(', rollingUpdate: {partition: 0}', '').replace('updateRevision: a', 'updateRevision: b'),
    'InProgress',
    /revision/,
  ],
  [
    'one that is not ready',
    'apps/v1',
    'StatefulSet',
    SET.replace('readyReplicas: 2', 'readyReplicas: 1'),
    'InProgress',
  ],
  [
    'one that shrinks',
    'apps/v1',
    'StatefulSet',
    SET.replace(' replicas: 2, r', ' replicas: 3, r'),
    'InProgress',
    /1 old/,
  ],
  [
    'one that updates on deletion',
    'apps/v1',
    'StatefulSet',
    'spec: {updateStrategy: {type: OnDelete}}\nstatus: {observedGeneration: 2}',
    'Current',
  ],
  ['a DaemonSet on all nodes', 'apps/v1', 'DaemonSet', DAEMONS, 'Current'],
  [
    'one that nobody has seen',
    'apps/v1',
    'DaemonSet',
    'status: {desiredNumberScheduled: 0}',
    'InProgress',
    /has not seen/,
  ],
  [
    'one that is not available everywhere',
    'apps/v1',
    'DaemonSet',
    DAEMONS.replace('numberAvailable: 3', 'numberAvailable: 2'),
    'InProgress',
    /2 of 3/,
  ],
  [
    'one half updated',
    'apps/v1',
    'DaemonSet',
    DAEMONS.replace('updatedNumberScheduled: 3', 'updatedNumberScheduled: 1'),
    'InProgress',
    /updated/,
  ],
  [
    'one half updated that updates on deletion',
    'apps/v1',
    'DaemonSet',
    DAEMONS.replace('updatedNumberScheduled: 3', 'updatedNumberScheduled: 1').replace('RollingUpdate', 'OnDelete'),
    'Current',
  ],
  [
    'a pod that is ready',
    'v1',
    'Pod',
    'status: {phase: Running, conditions: [{type: Ready, status: "True"}]}',
    'Current',
  ],
  [
    'a pod that is not ready',
    'v1',
    'Pod',
    'status: {phase: Running, conditions: [{type: Ready, status: "False"}]}',
    'InProgress',
  ],
  [
    'a pod that crashes',
    'v1',
    'Pod',
    'status: {phase: Running, containerStatuses: [{name: web, state: {waiting: {reason: CrashLoopBackOff}}}]}',
    'Failed',
    /web/,
  ],
  ['a pod that has completed', 'v1', 'Pod', 'status: {phase: Succeeded}', 'Current'],
  ['a pod that has failed', 'v1', 'Pod', 'status: {phase: Failed, message: evicted}', 'Failed', /evicted/],
  ['a pod that starts', 'v1', 'Pod', 'status: {phase: Pending}', 'InProgress'],
  ['a new pod that has no node', 'v1', 'Pod', UNSCHEDULABLE('2026-01-01T00:00:50Z'), 'InProgress', /no nodes/],
  ['a pod that had no node for long', 'v1', 'Pod', UNSCHEDULABLE('2026-01-01T00:00:00Z'), 'Failed', /no nodes/],
  ['a pod in a phase that nobody knows', 'v1', 'Pod', 'status: {phase: Dancing}', 'Unknown'],
  [
    'a Job that has completed',
    'batch/v1',
    'Job',
    'status: {succeeded: 1, conditions: [{type: Complete, status: "True"}]}',
    'Current',
    /completed/,
  ],
  [
    'a Job that has failed',
    'batch/v1',
    'Job',
    'status: {conditions: [{type: Failed, status: "True", reason: BackoffLimitExceeded}]}',
    'Failed',
    /BackoffLimit/,
  ],
  [
    'a Job that is suspended',
    'batch/v1',
    'Job',
    'status: {conditions: [{type: Suspended, status: "True"}]}',
    'Current',
  ],
  ['a Job that has not started', 'batch/v1', 'Job', 'spec: {}', 'InProgress'],
  [
    'a Job that runs',
    'batch/v1',
    'Job',
    'status: {startTime: "2026-01-01T00:00:00Z", active: 1}',
    'Current',
    /1 active/,
  ],
  ['a CronJob', 'batch/v1', 'CronJob', 'status: {}', 'Current'],
  ['a claim that is bound', 'v1', 'PersistentVolumeClaim', 'status: {phase: Bound}', 'Current'],
  ['a claim that is pending', 'v1', 'PersistentVolumeClaim', 'status: {phase: Pending}', 'InProgress', /Pending/],
  ['a Service', 'v1', 'Service', 'spec: {type: ClusterIP}', 'Current'],
  ['a Service that waits for its address', 'v1', 'Service', 'spec: {type: LoadBalancer}', 'InProgress'],
  [
    'a Service without a load balancer',
    'v1',
    'Service',
    'spec: {type: LoadBalancer, clusterIP: 10.0.0.1}\nstatus: {loadBalancer: {}}',
    'Current',
  ],
  [
    'a budget that is computed',
    'policy/v1',
    'PodDisruptionBudget',
    'status: {observedGeneration: 2, currentHealthy: 0, desiredHealthy: 1}',
    'Current',
  ],
  ['a budget that nobody has seen', 'policy/v1', 'PodDisruptionBudget', 'spec: {}', 'InProgress'],
  [
    'a CRD that is established',
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'status: {conditions: [{type: NamesAccepted, status: "True"}, {type: Established, status: "True"}]}',
    'Current',
  ],
  [
    'a CRD that is being established',
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'status: {conditions: [{type: Established, status: "False", reason: Installing}]}',
    'InProgress',
  ],
  [
    'a CRD whose names are taken',
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'status: {conditions: [{type: NamesAccepted, status: "False", message: taken}]}',
    'Failed',
    /taken/,
  ],
  [
    'a CRD that cannot be established',
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'status: {conditions: [{type: Established, status: "False", reason: NotAccepted}]}',
    'Failed',
  ],
  ['a CRD that was just made', 'apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'spec: {}', 'InProgress'],
  [
    'an APIService without a backend',
    'apiregistration.k8s.io/v1',
    'APIService',
    'status: {conditions: [{type: Available, status: "False", message: no endpoints}]}',
    'Current',
    /no endpoints/,
  ],
  [
    'an APIService',
    'apiregistration.k8s.io/v1',
    'APIService',
    'status: {conditions: [{type: Available, status: "True"}]}',
    'Current',
  ],
  ['a Namespace', 'v1', 'Namespace', 'status: {phase: Active}', 'Current'],
  ['a Namespace that ends', 'v1', 'Namespace', 'status: {phase: Terminating}', 'Terminating'],
  [
    'an autoscaler',
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    'status: {conditions: [{type: ScalingActive, status: "False"}]}',
    'Current',
  ],
  ['a ConfigMap', 'v1', 'ConfigMap', 'data: {}', 'Current'],
  [
    'a node that is not ready',
    'v1',
    'Node',
    'status: {conditions: [{type: Ready, status: Unknown, message: no heartbeat}]}',
    'InProgress',
    /no heartbeat/,
  ],
  [
    'a custom resource that is ready',
    'example.com/v1',
    'Thing',
    'status: {conditions: [{type: Ready, status: "True"}]}',
    'Current',
  ],
  [
    'a custom resource that is not',
    'example.com/v1',
    'Thing',
    'status: {conditions: [{type: Ready, status: "False", reason: Waiting}]}',
    'InProgress',
    /Waiting/,
  ],
  [
    'one that reconciles',
    'example.com/v1',
    'Thing',
    'status: {conditions: [{type: Ready, status: "True"}, {type: Reconciling, status: "True"}]}',
    'InProgress',
  ],
  [
    'one that is stalled',
    'example.com/v1',
    'Thing',
    'status: {conditions: [{type: Stalled, status: "True", message: bad}]}',
    'Failed',
    /bad/,
  ],
  ['one with a status that makes no sense', 'example.com/v1', 'Thing', 'status: {conditions: none}', 'Current'],
  [
    'anything that is being deleted',
    'apps/v1',
    'Deployment',
    `metadata: {deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: [example.com/hold]}${DEPLOYED}`.replace(
      /^ {2}/gm,
      '',
    ),
    'Terminating',
    /example\.com\/hold/,
  ],
]

for (const [sentence, apiVersion, kind, text, expected, message = /./] of CASES) {
  test(`${kind}: ${sentence} is ${expected}`, () => {
    const result = computeStatus(createObject(apiVersion, kind, text), { now: NOW })

    expect(result).toEqual({ status: expected, message: expect.stringMatching(message) })
  })
}

test('what does not exist is NotFound', () => {
  expect(computeStatus(undefined).status).toBe('NotFound')
})

test('without a clock a pod that has no node stays in progress', () => {
  expect(computeStatus(createObject('v1', 'Pod', UNSCHEDULABLE('2020-01-01T00:00:00Z'))).status).toBe('InProgress')
})
