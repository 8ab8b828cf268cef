import type { KubeObject, Manifest } from '../../../src/kube/object.ts'
import { Refused } from '../actor.ts'
import { listChanges, pickChange, toJsonPatch, toMergePatch } from '../changes.ts'
import { at, listAt, podSpecPath, type Tree } from '../tree.ts'
import { isAny, isWorkload, type Tampering } from './tampering.ts'

const isScaledByAutoscaler: Tampering['applies'] = ({ metadata: { name, namespace } }) =>
  (namespace === 'tamper' && (name === 'scaled' || name === 'store')) || (namespace === 'podinfo' && name === 'podinfo')

/** Ordinary life, that is no drift, and what looks like it and is. */
export const LIFE_TAMPERINGS: readonly Tampering[] = [
  {
    name: 'reports a status',
    applies: ({ kind }) =>
      [
        'Deployment',
        'DaemonSet',
        'StatefulSet',
        'Job',
        'PodDisruptionBudget',
        'ServiceMonitor',
        'Prometheus',
        'Alertmanager',
        'Gadget',
      ].includes(kind),
    expect: 'silent',
    tamper: ({ live, patchMerge }) =>
      patchMerge(
        {
          status: ['Gadget', 'Prometheus', 'Alertmanager', 'ServiceMonitor'].includes(live.kind)
            ? live.kind === 'Gadget'
              ? { phase: 'Running' }
              : live.kind === 'ServiceMonitor'
                ? { bindings: [] }
                : { paused: false, replicas: 1, updatedReplicas: 1, availableReplicas: 1, unavailableReplicas: 0 }
            : { observedGeneration: live.metadata.generation },
        },
        { subresource: 'status', manager: 'controller' },
      ),
  },
  {
    name: 'reports a condition as the manager lockstep',
    applies: ({ kind }) => ['Deployment', 'DaemonSet', 'StatefulSet'].includes(kind),
    expect: 'silent',
    tamper: ({ patchStrategic }) =>
      patchStrategic(
        { status: { conditions: [{ type: 'Evil', status: 'True', reason: 'Evil' }] } },
        { subresource: 'status', manager: 'lockstep' },
      ),
  },
  {
    name: 'scales a workload',
    applies: (object, manifest) =>
      ['Deployment', 'StatefulSet', 'Gadget'].includes(object.kind) && !isScaledByAutoscaler(object, manifest),
    expect: 'drift',
    tamper: ({ live, patchMerge }, random) =>
      patchMerge(
        {
          spec: {
            replicas: Number(at(live, live.kind === 'Gadget' ? '/spec/size' : '/spec/replicas')) + 1 + random.below(2),
          },
        },
        { subresource: 'scale', manager: 'kubectl-scale' },
      ),
  },
  {
    name: 'autoscales a workload',
    applies: (object, manifest) => isWorkload(object) && isScaledByAutoscaler(object, manifest),
    expect: 'silent',
    tamper: ({ live, patchMerge }) =>
      patchMerge(
        { spec: { replicas: Number(at(live, '/spec/replicas')) === 3 ? 2 : 3 } },
        { subresource: 'scale', manager: 'kube-controller-manager' },
      ),
  },
  {
    name: 'injects a certificate',
    applies: (object, manifest) => listInjectable(object, manifest).length > 0,
    expect: 'silent',
    tamper: ({ live, manifest, patchJson }) => patchJson(listInjectable(live, manifest)),
  },
  {
    name: 'replaces a certificate that Git states',
    applies: (object, manifest) => listInjectable(object, manifest).length < listAt(object, '/webhooks').length,
    expect: 'drift',
    tamper: ({ live, patchJson }) => patchJson(listAt(live, '/webhooks').map((_, index) => toInjection(index))),
  },
  {
    name: 'writes the rules of an aggregated role',
    applies: ({ aggregationRule }) => aggregationRule !== undefined,
    expect: 'silent',
    tamper: ({ patchMerge }) =>
      patchMerge(
        { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
        { manager: 'clusterrole-aggregation' },
      ),
  },
  {
    name: 'adds what an ignore rule speaks of',
    applies: ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'settings',
    expect: 'silent',
    tamper: ({ patchMerge }, random) =>
      patchMerge({ data: { ignored: String(random.below(1000)) }, metadata: { annotations: { ignored: 'yes' } } }),
  },
  {
    name: 'lists a token of a service account',
    applies: ({ kind }) => kind === 'ServiceAccount',
    expect: 'silent',
    tamper: ({ live, patchMerge }) =>
      patchMerge({ secrets: [{ name: `${live.metadata.name}-token-x1` }] }, { manager: 'kube-controller-manager' }),
  },
  {
    name: 'notes the binding of a claim',
    applies: ({ kind }) => kind === 'PersistentVolumeClaim',
    expect: 'silent',
    tamper: ({ patchMerge }) =>
      patchMerge(
        {
          metadata: {
            annotations: {
              'volume.kubernetes.io/storage-provisioner': 'x',
              'volume.kubernetes.io/selected-node': 'node-1',
            },
          },
        },
        { manager: 'kube-scheduler' },
      ),
  },
  {
    name: 'writes the object as it is',
    applies: isAny,
    expect: 'silent',
    tamper: ({ put }) => put(() => undefined, { manager: 'kubectl-edit' }),
  },
  {
    name: 'changes a value and changes it back',
    applies: (object) => listChanges(object).some(({ pointer }) => at(object, pointer) !== undefined),
    expect: 'silent',
    tamper: async ({ live, patchJson }, random) => {
      const change = random.pick(listChanges(live).filter(({ pointer }) => at(live, pointer) !== undefined))
      await patchJson(toJsonPatch(live, change), { manager: 'kubectl-edit' })
      await patchJson(toJsonPatch(live, { pointer: change.pointer, value: at(live, change.pointer) }), {
        manager: 'someone-else',
      })
    },
  },
  {
    name: 'writes a dry run',
    applies: (object) => listChanges(object).length > 0,
    expect: 'silent',
    tamper: ({ live, patchMerge }, random) =>
      patchMerge(toMergePatch(live, pickChange(live, random)), { manager: 'kubectl-edit', dryRun: true }),
  },
  {
    name: 'spells a quantity in another way',
    applies: (object) =>
      isWorkload(object) &&
      listAt(object, `${podSpecPath(object)}/containers`).some(
        (container) => at(container, '/resources/limits/memory') !== undefined,
      ),
    expect: 'silent',
    tamper: ({ live, patchJson }) => {
      const spec = podSpecPath(live) as string
      const index = listAt(live, `${spec}/containers`).findIndex(
        (container) => at(container, '/resources/limits/memory') !== undefined,
      )
      const pointer = `${spec}/containers/${index}/resources/limits/memory`
      const mebibytes = /^(\d+)Mi$/.exec(String(at(live, pointer)))?.[1]
      return patchJson([
        { op: 'replace', path: pointer, value: mebibytes ? `${Number(mebibytes) * 1024}Ki` : at(live, pointer) },
      ])
    },
  },
  {
    name: 'debugs a pod with an ephemeral container',
    applies: ({ kind }) => kind === 'Pod',
    expect: 'drift',
    tamper: ({ patchStrategic }) =>
      patchStrategic(
        { spec: { ephemeralContainers: [{ name: 'debug', image: 'busybox:1', targetContainerName: 'bare' }] } },
        { subresource: 'ephemeralcontainers', manager: 'kubectl-debug' },
      ),
  },
  {
    name: 'resizes a pod in place',
    applies: ({ kind }) => kind === 'Pod',
    expect: 'drift',
    tamper: ({ live, patchStrategic }) =>
      patchStrategic(
        {
          spec: {
            containers: [{ name: listAt(live, '/spec/containers')[0]?.name, resources: { requests: { cpu: '25m' } } }],
          },
        },
        { subresource: 'resize', manager: 'kubectl-edit' },
      ),
  },
  {
    name: 'schedules a pod',
    applies: ({ kind, spec }) => kind === 'Pod' && (spec as Tree).nodeName === undefined,
    expect: 'silent',
    tamper: async ({ live, send }) => {
      // Pods of a node that is not there would be deleted.
      await send('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } }).catch((error: unknown) => {
        if (!(error instanceof Refused) || error.status !== 409) throw error
      })
      return send('POST', `/api/v1/namespaces/${live.metadata.namespace}/pods/${live.metadata.name}/binding`, {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: live.metadata.name },
        target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
      })
    },
  },
]

const CERTIFICATE =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJjVENDQVJlZ0F3SUJBZ0lVCi0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K'

const toInjection = (index: number): Tree => ({
  op: 'add',
  path: `/webhooks/${index}/clientConfig/caBundle`,
  value: CERTIFICATE,
})

/** Injections of certificates where Git leaves room for them. */
const listInjectable = (object: KubeObject, manifest: Manifest): Tree[] =>
  listAt(object, '/webhooks').flatMap(({ name }, index) => {
    const stated = listAt(manifest, '/webhooks').find((webhook) => webhook.name === name)
    const bundle = at(stated, '/clientConfig/caBundle')
    return bundle === undefined || bundle === 'Cg==' ? [toInjection(index)] : []
  })
