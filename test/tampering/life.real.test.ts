import { afterAll, beforeAll, expect, test } from 'vitest'
import { componentOf, desiredOf, openWorld, type World } from '../../src/enforce/testing/world.ts'
import { type KubeObject, type Manifest, toGroup } from '../../src/kube/object.ts'
import { parseYaml } from '../../src/kube/yaml.ts'
import type { DesiredCluster } from '../../src/render/desired.ts'
import { isWrite } from '../real/audit-log.ts'
import { type RealFleet, startRealFleet } from '../real/fleet.ts'
import { describeReal } from '../real/shared-fleet.ts'
import { waitUntil } from '../real/wait-until.ts'
import { at, listAt } from './tree.ts'

/**
 * What controllers do to objects of Git, each by the component that does it on every cluster: the controllers of
 * kube-controller-manager, the API server's allocators and the scheduler. In the sweep, stood in for by writes of the
 * same fields, are those that no control plane has: injectors of certificates, cloud load balancers, provisioners.
 */
const LIFE = `
apiVersion: v1
kind: Namespace
metadata: {name: life}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: elastic, namespace: life, labels: {app: elastic}}
spec:
  replicas: 1
  selector: {matchLabels: {app: elastic}}
  template:
    metadata: {labels: {app: elastic}}
    spec: {containers: [{name: app, image: "app:1"}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: elastic, namespace: life}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: elastic}
  minReplicas: 3
  maxReplicas: 5
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: life-volume}
spec:
  accessModes: [ReadWriteOnce]
  capacity: {storage: 5Gi}
  storageClassName: life-static
  persistentVolumeReclaimPolicy: Retain
  hostPath: {path: /tmp/none}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: static, namespace: life}
spec: {accessModes: [ReadWriteOnce], storageClassName: life-static, resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: dynamic, namespace: life}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: life-late}
provisioner: kubernetes.io/host-path
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: late, namespace: life}
spec: {accessModes: [ReadWriteOnce], storageClassName: life-late, resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: bare, namespace: life}
spec:
  containers: [{name: bare, image: "bare:1", volumeMounts: [{name: late, mountPath: /late}]}]
  volumes: [{name: late, persistentVolumeClaim: {claimName: late}}]
---
apiVersion: v1
kind: Service
metadata: {name: open, namespace: life}
spec: {type: NodePort, selector: {app: elastic}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: balanced, namespace: life}
spec: {type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: elastic}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: life}
---
apiVersion: v1
kind: Secret
metadata: {name: robot-token, namespace: life, annotations: {kubernetes.io/service-account.name: robot}}
type: kubernetes.io/service-account-token
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: life-part, labels: {life/aggregate: "true"}}
rules: [{apiGroups: [""], resources: [nodes], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: life-whole}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {life/aggregate: "true"}}]}
rules: []
---
apiVersion: batch/v1
kind: Job
metadata: {name: short, namespace: life}
spec:
  ttlSecondsAfterFinished: 0
  template: {spec: {restartPolicy: Never, containers: [{name: short, image: "short:1"}]}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: life}
spec:
  selector: {matchLabels: {app: agent}}
  template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: agent, image: "agent:1"}]}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: elastic, namespace: life}
spec: {minAvailable: 1, selector: {matchLabels: {app: elastic}}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota, namespace: life}
spec: {hard: {pods: "50"}}
`

describeReal('ordinary life on a real cluster', () => {
  let fleet: RealFleet
  let world: World
  const manifests = parseYaml(LIFE, { file: 'life.yaml' }) as Manifest[]
  const cluster = () => fleet.clusters[0]!
  const toDesired = (objects: readonly Manifest[], revision = 'r1'): DesiredCluster =>
    desiredOf([componentOf('life', objects)], revision)
  const desired = toDesired(manifests)
  const get = (kind: string, name: string): Promise<KubeObject | undefined> => {
    const manifest = manifests.find((found) => found.kind === kind)
    return world.get(kind, manifest?.metadata.namespace, name, toGroup(manifest?.apiVersion ?? 'v1'))
  }
  const until = (what: string, isSo: () => Promise<boolean>): Promise<true> =>
    waitUntil(what, async () => (await isSo()) || undefined, { timeoutMs: 60_000 })
  const tell = async (of: DesiredCluster): Promise<string[]> =>
    (await world.drift(of)).findings.map(
      ({ drift, object, field }) => `${drift} ${object.kind}/${object.name} ${field}`,
    )
  beforeAll(async () => {
    fleet = await startRealFleet({ clusters: 1, nodes: 1 })
    world = await openWorld(cluster().kubeconfigFile)
  })
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  /** Each with the proof that its component did it. */
  const DEEDS: readonly (readonly [what: string, isDone: () => Promise<boolean>])[] = [
    [
      'the autoscaler scales',
      async () => {
        const elastic = await get('Deployment', 'elastic')
        const entries = (elastic?.metadata.managedFields ?? []) as readonly { manager?: string; subresource?: string }[]
        return at(elastic, '/spec/replicas') === 3 && entries.some(({ subresource }) => subresource === 'scale')
      },
    ],
    [
      'the deployment controller numbers its rollouts',
      async () =>
        Number((await get('Deployment', 'elastic'))?.metadata.annotations?.['deployment.kubernetes.io/revision']) >= 1,
    ],
    [
      'pods roll out and become available',
      async () => at(await get('Deployment', 'elastic'), '/status/availableReplicas') === 3,
    ],
    [
      'the volume controller binds a claim and a volume of Git to one another',
      async () =>
        at(await get('PersistentVolumeClaim', 'static'), '/spec/volumeName') === 'life-volume' &&
        at(await get('PersistentVolume', 'life-volume'), '/spec/claimRef/name') === 'static' &&
        at(await get('PersistentVolume', 'life-volume'), '/status/phase') === 'Bound',
    ],
    [
      'a provisioner makes a volume for a claim',
      async () => at(await get('PersistentVolumeClaim', 'dynamic'), '/status/phase') === 'Bound',
    ],
    [
      'the scheduler places a pod and binds its claim to the node',
      async () =>
        at(await get('Pod', 'bare'), '/spec/nodeName') !== undefined &&
        (await get('PersistentVolumeClaim', 'late'))?.metadata.annotations?.['volume.kubernetes.io/selected-node'] !==
          undefined,
    ],
    [
      'the server copies the zone of its node to a pod',
      async () => (await get('Pod', 'bare'))?.metadata.labels?.['topology.kubernetes.io/zone'] === 'local-a',
    ],
    [
      'services are given addresses and ports',
      async () =>
        at(await get('Service', 'open'), '/spec/clusterIP') !== undefined &&
        listAt(await get('Service', 'open'), '/spec/ports').every(({ nodePort }) => nodePort !== undefined) &&
        at(await get('Service', 'balanced'), '/spec/healthCheckNodePort') !== undefined,
    ],
    [
      'the token controller fills a Secret',
      async () => at(await get('Secret', 'robot-token'), '/data/token') !== undefined,
    ],
    [
      'the aggregation controller writes rules',
      async () => listAt(await get('ClusterRole', 'life-whole'), '/rules').length === 1,
    ],
    ['a Job finishes and goes by its time to live', async () => (await get('Job', 'short')) === undefined],
    ['a daemon set runs on every node', async () => at(await get('DaemonSet', 'agent'), '/status/numberReady') === 1],
    [
      'the disruption controller counts',
      async () => at(await get('PodDisruptionBudget', 'elastic'), '/status/currentHealthy') === 3,
    ],
    ['the quota is used up', async () => Number(at(await get('ResourceQuota', 'quota'), '/status/used/pods')) >= 5],
  ]

  test('is done by real controllers, and is no drift', async () => {
    const synced = await world.reconcile(desired)
    expect(synced.outcomes.filter(({ actuation }) => actuation !== 'done')).toEqual([])
    for (const [what, isDone] of DEEDS) await until(what, isDone)

    expect(await tell(desired)).toEqual([])
    const { requests } = await cluster().countRequests(() => world.reconcile(desired, { mode: 'heal' }))
    expect(requests.filter(isWrite)).toEqual([])
    expect(await tell(desired)).toEqual([])
    expect((await world.reconcile(desired, { mode: 'heal', dryRun: true, deep: true })).findings).toEqual([])
  })

  test('does not hide what somebody does beside it', async () => {
    const body = {
      metadata: { annotations: { evil: 'yes' } },
      spec: { template: { spec: { hostNetwork: true } } },
    }
    await cluster().call(
      'PATCH',
      '/apis/apps/v1/namespaces/life/deployments/elastic?fieldManager=kube-controller-manager',
      {
        body,
        contentType: 'application/merge-patch+json',
      },
    )
    await cluster().call('PATCH', '/api/v1/persistentvolumes/life-volume?fieldManager=kube-controller-manager', {
      body: { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
      contentType: 'application/merge-patch+json',
    })
    const told = await tell(desired)
    expect(told.sort()).toEqual([
      'added Deployment/elastic /metadata/annotations/evil',
      'added Deployment/elastic /spec/template/spec/hostNetwork',
      'modified PersistentVolume/life-volume /spec/persistentVolumeReclaimPolicy',
    ])

    await world.reconcile(desired, { mode: 'heal' })
    expect(await tell(desired)).toEqual([])
    expect(await get('Deployment', 'elastic')).toMatchObject({ spec: { replicas: 3 } })
  })

  test('goes on after a rollout that Git asked for, and stays silent', async () => {
    const next = toDesired(
      manifests.map((manifest) =>
        manifest.kind === 'Deployment'
          ? (JSON.parse(JSON.stringify(manifest).replace('app:1', 'app:2')) as Manifest)
          : manifest,
      ),
      'r2',
    )
    await world.reconcile(next)
    await until('the second rollout', async () => {
      const elastic = await get('Deployment', 'elastic')
      return (
        Number(elastic?.metadata.annotations?.['deployment.kubernetes.io/revision']) >= 2 &&
        at(elastic, '/status/updatedReplicas') === 3 &&
        at(elastic, '/status/replicas') === 3
      )
    })

    expect(await tell(next)).toEqual([])
    expect(await get('Deployment', 'elastic')).toMatchObject({ spec: { replicas: 3 } })
  })
})
