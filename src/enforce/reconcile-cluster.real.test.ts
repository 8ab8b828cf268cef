import { fork } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isWrite } from '../../test/real/audit-log.ts'
import { type RealFleet, startRealFleet } from '../../test/real/fleet.ts'
import { describeReal } from '../../test/real/shared-fleet.ts'
import { systemClock } from '../base/system-clock.ts'
import { SYSTEM_NAMESPACE } from '../inventory/apply-set.ts'
import { FIELD_MANAGER } from '../inventory/fingerprint.ts'
import type { KubeObject, Manifest } from '../kube/object.ts'
import { object } from '../kube/testing/object.ts'
import type { DesiredCluster, DesiredObject } from '../render/desired.ts'
import { diffCluster } from './diff-cluster.ts'
import type { ReconcileResult } from './reconcile-cluster.ts'
import { componentOf, desiredOf, openWorld, type World } from './testing/world.ts'

describeReal('reconciling a real cluster', () => {
  // A fleet of its own: components that nobody assigns any more are left on it.
  let fleet: RealFleet
  const cluster = () => fleet.clusters[0]!
  let world: World
  let count = 0
  beforeAll(async () => {
    fleet = await startRealFleet({ clusters: 1, nodes: 0 })
    world = await openWorld(cluster().kubeconfigFile)
  })
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  const freshNamespace = (): string => `enforce-${++count}`
  const namespaceOf = (name: string): Manifest => object`{apiVersion: v1, kind: Namespace, metadata: {name: ${name}}}`
  const configMapOf = (namespace: string, name: string, data: Record<string, string> = { a: '1' }): Manifest => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data,
  })
  const deploymentOf = (namespace: string, over: object = {}): Manifest => object`
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: ${namespace}}
    spec: ${JSON.stringify({
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [{ name: 'web', image: 'nginx:1', resources: { limits: { cpu: '1000m' } } }],
          initContainers: [
            { name: 'a', image: 'a:1' },
            { name: 'b', image: 'b:1' },
          ],
        },
      },
      ...over,
    })}`
  const kube = (
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<{ status: number; body: unknown }> =>
    cluster().call(method as 'GET', path, {
      ...(body === undefined ? {} : { body }),
      ...(contentType ? { contentType } : {}),
    }) as Promise<{ status: number; body: unknown }>
  const patchDeployment = (namespace: string, operations: unknown): Promise<{ status: number; body: unknown }> =>
    kube(
      'PATCH',
      `/apis/apps/v1/namespaces/${namespace}/deployments/web?fieldManager=someone`,
      operations,
      'application/json-patch+json',
    )
  const failed = ({ outcomes }: ReconcileResult): string[] =>
    outcomes
      .filter(({ actuation }) => actuation === 'failed')
      .map(({ ref, error }) => `${ref.kind}/${ref.name}: ${error?.message}`)
  const told = ({ findings }: ReconcileResult): string[] =>
    findings
      .map(({ drift, object: { kind, name }, field }) => [drift, `${kind}/${name}`, field].filter(Boolean).join(' '))
      .sort()

  const toldOf = (component: string, { findings, ...rest }: ReconcileResult): string[] =>
    told({ ...rest, findings: findings.filter((finding) => finding.component === component) })

  test('after a sync there is no drift, and a second sync writes nothing and reads as much as drift does', async () => {
    const ns = freshNamespace()
    const desired = desiredOf([componentOf(ns, [namespaceOf(ns), configMapOf(ns, 'c'), deploymentOf(ns)])])

    expect(failed(await world.reconcile(desired))).toEqual([])
    const drift = await cluster().countRequests(() => world.drift(desired))
    const again = await cluster().countRequests(() => world.reconcile(desired))

    expect(told(drift.result)).toEqual([])
    expect(drift.result.pending).toEqual([])
    expect(again.requests.filter(isWrite)).toEqual([])
    expect(again.result.requests).toBe(drift.result.requests)
  })

  test('what somebody added, changed and deleted is told with who did it, and healed', async () => {
    const ns = freshNamespace()
    const desired = desiredOf([
      componentOf(ns, [namespaceOf(ns), configMapOf(ns, 'c'), configMapOf(ns, 'd'), deploymentOf(ns)]),
    ])
    await world.reconcile(desired)

    await patchDeployment(ns, [
      { op: 'add', path: '/spec/template/spec/containers/-', value: { name: 'miner', image: 'm:1' } },
      { op: 'add', path: '/spec/template/spec/hostNetwork', value: true },
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'other:1' },
    ])
    await kube('DELETE', `/api/v1/namespaces/${ns}/configmaps/c`)
    await kube('PATCH', `/api/v1/namespaces/${ns}/configmaps/d`, { data: { b: '2' } }, 'application/merge-patch+json')
    const drift = await world.drift(desired)

    expect(told(drift)).toEqual([
      'added ConfigMap/d /data/b',
      'added Deployment/web /spec/template/spec/containers/[name=miner]',
      'added Deployment/web /spec/template/spec/hostNetwork',
      'missing ConfigMap/c',
      'modified Deployment/web /spec/template/spec/containers/[name=web]/image',
    ])
    expect(drift.findings.find(({ field }) => field?.endsWith('hostNetwork'))).toMatchObject({
      manager: 'someone',
      severity: 'critical',
    })
    expect(failed(await world.reconcile(desired, { mode: 'heal' }))).toEqual([])
    expect(told(await world.drift(desired))).toEqual([])
    const live = (await world.get('Deployment', ns, 'web', 'apps')) as KubeObject & {
      spec: { template: { spec: { containers: { name: string; image: string }[]; hostNetwork?: boolean } } }
    }
    expect(live.spec.template.spec.containers.map(({ name, image }) => [name, image])).toEqual([['web', 'nginx:1']])
    expect(live.spec.template.spec.hostNetwork).toBeUndefined()
  })

  test('drift, a dry run and a diff send no write, whatever there is to do', async () => {
    const ns = freshNamespace()
    const before = [namespaceOf(ns), configMapOf(ns, 'c'), configMapOf(ns, 'd'), configMapOf(ns, 'e'), deploymentOf(ns)]
    await world.reconcile(desiredOf([componentOf(ns, before)]))
    // Something of everything: missing, drifted, ahead, new, to be pruned, and an inventory that is lost.
    const after = [namespaceOf(ns), configMapOf(ns, 'c'), configMapOf(ns, 'd', { a: '2' }), deploymentOf(ns), jobOf(ns)]
    const desired = desiredOf([componentOf(ns, after)], 'r2')
    await kube('DELETE', `/api/v1/namespaces/${ns}/configmaps/c`)
    await patchDeployment(ns, [{ op: 'add', path: '/spec/template/spec/hostNetwork', value: true }])
    const look = async (): Promise<void> => {
      await world.drift(desired)
      await world.reconcile(desired, { dryRun: true })
      await world.reconcile(desired, { dryRun: true, mode: 'reconcile', deep: true })
      const { changes } = await diffCluster(
        { desired },
        { client: world.client, clock: systemClock, holder: 'test', lockWaitMs: 0, emit: () => undefined },
      )
      expect(changes.length).toBeGreaterThan(2)
    }

    const { requests } = await cluster().countRequests(async () => {
      await look()
    })
    await kube('DELETE', `/api/v1/namespaces/${SYSTEM_NAMESPACE}/configmaps`)
    const { requests: later } = await cluster().countRequests(look)

    expect(requests.length).toBeGreaterThan(20)
    expect([...requests, ...later].filter(isWrite)).toEqual([])
  })

  test('Git ahead and drift are told apart, also on one object, and healing does not apply what is new', async () => {
    const ns = freshNamespace()
    const before = desiredOf([componentOf(ns, [namespaceOf(ns), configMapOf(ns, 'c', { a: '1', b: '1' })])])
    const after = desiredOf([componentOf(ns, [namespaceOf(ns), configMapOf(ns, 'c', { a: '2', b: '1' })])], 'r2')
    await world.reconcile(before)
    await kube('PATCH', `/api/v1/namespaces/${ns}/configmaps/c`, { data: { b: 'x' } }, 'application/merge-patch+json')

    const drift = await world.drift(after)
    expect(told(drift)).toEqual(['modified ConfigMap/c /data/b'])
    expect(drift.pending).toMatchObject([{ reason: 'gitAhead', object: { name: 'c' } }])
    await world.reconcile(after, { mode: 'heal' })
    expect(await world.get('ConfigMap', ns, 'c')).toMatchObject({ data: { a: '1', b: '1' } })
    await world.reconcile(after)
    expect(await world.get('ConfigMap', ns, 'c')).toMatchObject({ data: { a: '2', b: '1' } })
    expect((await world.drift(after)).pending).toEqual([])
  })

  test('one object that cannot be applied keeps no other from being applied or healed', async () => {
    const ns = freshNamespace()
    const broken = configMapOf(ns, 'Not_A_Name')
    const desired = desiredOf([componentOf(ns, [namespaceOf(ns), broken, configMapOf(ns, 'c')])])

    const result = await world.reconcile(desired)
    expect(failed(result)).toHaveLength(1)
    expect(await world.get('ConfigMap', ns, 'c')).toBeDefined()
    await kube('DELETE', `/api/v1/namespaces/${ns}/configmaps/c`)
    await world.reconcile(desired, { mode: 'heal' })
    expect(await world.get('ConfigMap', ns, 'c')).toBeDefined()
  })

  test('a kind that is not served is one clear failure, and its definition in the same sync mends it', async () => {
    const ns = freshNamespace()
    const group = `${ns}.example.com`
    const definition = object`
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: things.${group}}
      spec:
        group: ${group}
        scope: Namespaced
        names: {kind: Thing, plural: things, singular: thing, listKind: ThingList}
        versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]`
    const thing = {
      apiVersion: `${group}/v1`,
      kind: 'Thing',
      metadata: { name: 't', namespace: ns },
      spec: { size: 1 },
    }

    const without = await world.reconcile(desiredOf([componentOf(ns, [namespaceOf(ns), thing, configMapOf(ns, 'c')])]))
    expect(without.outcomes.find(({ ref }) => ref.kind === 'Thing')?.skip).toMatchObject({ reason: 'unserved' })
    const desired = desiredOf([componentOf(ns, [namespaceOf(ns), thing, configMapOf(ns, 'c'), definition])])
    expect(failed(await world.reconcile(desired))).toEqual([])
    expect(await world.get('Thing', ns, 't', group)).toBeDefined()
    expect(told(await world.drift(desired))).toEqual([])
  })

  test('a namespace deleted by hand comes back whole in one go', async () => {
    const ns = freshNamespace()
    const desired = desiredOf([componentOf(ns, [namespaceOf(ns), configMapOf(ns, 'c'), deploymentOf(ns)])])
    await world.reconcile(desired)
    await kube('DELETE', `/api/v1/namespaces/${ns}`)
    await expect
      .poll(async () => (await kube('GET', `/api/v1/namespaces/${ns}`)).status, { timeout: 60_000, interval: 500 })
      .toBe(404)

    expect(told(await world.drift(desired))).toEqual([
      'missing ConfigMap/c',
      'missing Deployment/web',
      `missing Namespace/${ns}`,
    ])
    expect(failed(await world.reconcile(desired, { mode: 'heal' }))).toEqual([])
    expect(told(await world.drift(desired))).toEqual([])
  })

  test('what Git drops is pruned, by uid, and an object that moved to another component is handed over', async () => {
    const ns = freshNamespace()
    const [kept, dropped, moved, third] = ['kept', 'dropped', 'moved', 'third'].map((name) =>
      configMapOf(ns, name),
    ) as [Manifest, Manifest, Manifest, Manifest]
    await world.reconcile(desiredOf([componentOf(`${ns}-a`, [namespaceOf(ns), kept, dropped, moved, third])]))
    const uid = (await world.get('ConfigMap', ns, 'moved'))?.metadata.uid
    const after = desiredOf(
      [componentOf(`${ns}-a`, [namespaceOf(ns), kept, third]), componentOf(`${ns}-b`, [moved])],
      'r2',
    )

    expect(failed(await world.reconcile(after))).toEqual([])
    expect(await world.get('ConfigMap', ns, 'dropped')).toBeUndefined()
    expect((await world.get('ConfigMap', ns, 'moved'))?.metadata).toMatchObject({
      uid,
      labels: { 'lockstep.dev/component': `${ns}-b` },
    })
    const drift = await world.drift(after)
    expect([told(drift), drift.pending]).toEqual([[], []])
  })

  test('a component that is no longer assigned stays until a person confirms exactly its deletion', async () => {
    const ns = freshNamespace()
    await world.reconcile(desiredOf([componentOf(ns, [namespaceOf(ns), configMapOf(ns, 'c')])]))

    const refused = await world.reconcile(desiredOf([]))
    expect(await world.get('ConfigMap', ns, 'c')).toBeDefined()
    expect(refused.plan.confirmation?.reasons.join()).toContain(`component ${ns} is no longer assigned`)
    expect((await world.reconcile(desiredOf([]), { confirmDeletions: 'sha256:other' })).plan.confirmation).toBeDefined()
    await world.reconcile(desiredOf([]), { confirmDeletions: refused.plan.confirmation!.digest })
    expect(await world.get('ConfigMap', ns, 'c')).toBeUndefined()
  })

  test('a failed render deletes nothing', async () => {
    const ns = freshNamespace()
    await world.reconcile(desiredOf([componentOf(ns, [namespaceOf(ns), configMapOf(ns, 'c')])]))

    await world.reconcile(desiredOf([componentOf(ns, [], { error: new Error('the chart failed') })]))
    await world.reconcile(desiredOf([componentOf(ns, [])]))

    expect(await world.get('ConfigMap', ns, 'c')).toBeDefined()
  })

  test('inventories that were deleted are rebuilt, and drift is told all the same', async () => {
    const ns = freshNamespace()
    const desired = desiredOf([componentOf(ns, [namespaceOf(ns), configMapOf(ns, 'c'), deploymentOf(ns)])])
    await world.reconcile(desired)
    await kube('DELETE', `/api/v1/namespaces/${SYSTEM_NAMESPACE}/configmaps/lockstep-${ns}`)
    await kube('PATCH', `/api/v1/namespaces/${ns}/configmaps/c`, { data: { z: '1' } }, 'application/merge-patch+json')

    expect(told(await world.drift(desired))).toEqual(['added ConfigMap/c /data/z'])
    expect(failed(await world.reconcile(desired))).toEqual([])
    expect(told(await world.drift(desired))).toEqual([])
    expect(await world.get('ConfigMap', ns, 'c')).toMatchObject({ data: { a: '1' } })
  })

  test.each([
    [
      'kubectl client-side apply',
      'kubectl-client-side-apply',
      'Update',
      { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } },
      'kubectl',
    ],
    [
      'Helm',
      'helm',
      'Update',
      { annotations: { 'meta.helm.sh/release-name': 'x', 'meta.helm.sh/release-namespace': 'y' } },
      'helm',
    ],
    ['Argo CD', 'argocd-controller', 'Apply', { annotations: { 'argocd.argoproj.io/tracking-id': 'x' } }, 'argocd'],
    [
      'Flux',
      'kustomize-controller',
      'Apply',
      { labels: { 'kustomize.toolkit.fluxcd.io/name': 'x', 'kustomize.toolkit.fluxcd.io/namespace': 'y' } },
      'flux',
    ],
  ] as const)(
    'an object that %s made is left alone, then adopted without a finding',
    async (_, manager, operation, tracking, tool) => {
      const ns = freshNamespace()
      await kube('POST', '/api/v1/namespaces', namespaceOf(ns))
      const theirs = deploymentOf(ns) as KubeObject & {
        spec: { template: { spec: Record<string, unknown> & { containers: Record<string, unknown>[] } } }
      }
      const made = { ...theirs, metadata: { ...theirs.metadata, ...tracking } }
      made.spec.template.spec.hostNetwork = true
      made.spec.template.spec.containers[0]!.env = [{ name: 'OLD', value: '1' }]
      const path = `/apis/apps/v1/namespaces/${ns}/deployments`
      const created =
        operation === 'Apply'
          ? await kube('PATCH', `${path}/web?fieldManager=${manager}&force=true`, made, 'application/apply-patch+yaml')
          : await kube('POST', `${path}?fieldManager=${manager}`, made)
      expect(created.status).toBe(201)
      const manifests = [namespaceOf(ns), deploymentOf(ns)]

      const left = await world.reconcile(desiredOf([componentOf(ns, manifests)]))
      expect(left.outcomes.find(({ ref }) => ref.kind === 'Deployment' && ref.namespace === ns)?.skip).toMatchObject({
        reason: 'notAdopted',
      })
      const desired = desiredOf([componentOf(ns, manifests, { policy: { adopt: { from: [tool] } } })])
      expect(failed(await world.reconcile(desired))).toEqual([])
      const drift = await world.drift(desired)
      expect([told(drift), drift.pending]).toEqual([[], []])
      const live = (await world.get('Deployment', ns, 'web', 'apps')) as typeof made
      expect(live.spec.template.spec.hostNetwork).toBeUndefined()
      expect(live.spec.template.spec.containers[0]).not.toHaveProperty('env')
      expect(JSON.stringify([live.metadata.annotations, live.metadata.labels])).not.toMatch(
        /helm|argocd|fluxcd|last-applied/,
      )
      expect(
        live.metadata.managedFields?.filter(({ subresource }) => !subresource).map((entry) => entry.manager),
      ).toContain(FIELD_MANAGER)
    },
  )

  test('two syncs at once follow one another', async () => {
    const ns = freshNamespace()
    const desired = desiredOf([
      componentOf(ns, [namespaceOf(ns), ...Array.from({ length: 30 }, (_, at) => configMapOf(ns, `c${at}`))]),
    ])

    const results = await Promise.all(['one', 'two', 'three'].map((holder) => world.reconcile(desired, {}, { holder })))

    expect(results.flatMap(failed)).toEqual([])
    const drift = await world.drift(desired)
    expect([told(drift), drift.pending]).toEqual([[], []])
  })

  test('a field that Git and others share keeps its live value: replicas under an autoscaler, ignored fields', async () => {
    const ns = freshNamespace()
    const autoscaler = object`
      apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      metadata: {name: web, namespace: ${ns}}
      spec: {minReplicas: 1, maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}`
    const ignore = [{ kind: 'Deployment', fields: ['/spec/paused'] }]
    const desired = desiredOf([
      componentOf(ns, [namespaceOf(ns), deploymentOf(ns), autoscaler], { policy: { ignore } }),
    ])
    await world.reconcile(desired)
    await patchDeployment(ns, [
      { op: 'replace', path: '/spec/replicas', value: 7 },
      { op: 'add', path: '/spec/paused', value: true },
    ])

    expect(told(await world.drift(desired))).toEqual([])
    const changed = desiredOf(
      [
        componentOf(ns, [namespaceOf(ns), deploymentOf(ns, { minReadySeconds: 1 }), autoscaler], {
          policy: { ignore },
        }),
      ],
      'r2',
    )
    expect(failed(await world.reconcile(changed))).toEqual([])
    expect(await world.get('Deployment', ns, 'web', 'apps')).toMatchObject({
      spec: { replicas: 7, paused: true, minReadySeconds: 1 },
    })
  })

  test('a change of an immutable field is a clear failure, and replaces the object where that is allowed', async () => {
    const ns = freshNamespace()
    const changed = deploymentOf(ns, {
      selector: { matchLabels: { app: 'web', tier: 'x' } },
      template: {
        metadata: { labels: { app: 'web', tier: 'x' } },
        spec: { containers: [{ name: 'web', image: 'nginx:1' }] },
      },
    })
    await world.reconcile(desiredOf([componentOf(ns, [namespaceOf(ns), deploymentOf(ns)])]))

    const refused = await world.reconcile(desiredOf([componentOf(ns, [namespaceOf(ns), changed])], 'r2'))
    expect(refused.outcomes.find(({ ref }) => ref.kind === 'Deployment' && ref.namespace === ns)?.error).toMatchObject({
      code: 'APPLY_IMMUTABLE',
    })
    const desired = desiredOf([componentOf(ns, [namespaceOf(ns), changed], { policy: { replace: true } })], 'r2')
    expect(failed(await world.reconcile(desired))).toEqual([])
    expect(told(await world.drift(desired))).toEqual([])
  })

  const jobOf = (
    namespace: string,
    over: { image?: string; backoffLimit?: number; labels?: object } = {},
  ): Manifest => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'once', namespace, labels: { app: 'once', ...over.labels } },
    spec: {
      suspend: true,
      backoffLimit: over.backoffLimit ?? 3,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'once', image: over.image ?? 'once:1' }] } },
    },
  })
  const claimOf = (namespace: string, storageClassName: string, over: object = {}): Manifest => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'disk', namespace, ...over },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } } },
  })
  const bindingOf = (namespace: string, role: string, user: string, over: object = {}): Manifest => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'readers', namespace, ...over },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  })
  const secretOf = (namespace: string, type: string, password: string, over: object = {}): Manifest => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'key', namespace, ...over },
    type,
    data: { password: Buffer.from(password).toString('base64') },
  })
  const recreate = async (collection: string, manifest: Manifest): Promise<void> => {
    const gone = { propagationPolicy: 'Background', gracePeriodSeconds: 0 }
    await kube('DELETE', `${collection}/${manifest.metadata.name}`, gone)
    await kube('PATCH', `${collection}/${manifest.metadata.name}`, { metadata: { finalizers: null } }, MERGE)
    for (let tries = 0; (await kube('POST', `${collection}?fieldManager=someone`, manifest)).status !== 201; tries++) {
      if (tries === 50) throw new Error(`${collection} ${manifest.metadata.name} is not gone`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const MERGE = 'application/merge-patch+json'

  test('an immutable field that differs is told and left, and everything else of its object is healed', async () => {
    const ns = freshNamespace()
    const manifests = [
      namespaceOf(ns),
      jobOf(ns),
      claimOf(ns, 'slow'),
      bindingOf(ns, 'view', 'ann'),
      secretOf(ns, 'Opaque', 'hunter2'),
    ]
    const desired = desiredOf([componentOf(ns, manifests)])
    expect(failed(await world.reconcile(desired))).toEqual([])
    const owned = { labels: { 'lockstep.dev/component': ns, evil: 'yes' }, annotations: { evil: 'yes' } }
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${ns}/rolebindings`
    await recreate(
      `/apis/batch/v1/namespaces/${ns}/jobs`,
      jobOf(ns, { image: 'evil:1', backoffLimit: 5, labels: { evil: 'yes' } }),
    )
    await recreate(`/api/v1/namespaces/${ns}/persistentvolumeclaims`, claimOf(ns, 'fast', owned))
    await recreate(rbac, bindingOf(ns, 'admin', 'mallory', owned))
    await recreate(`/api/v1/namespaces/${ns}/secrets`, secretOf(ns, 'evil.example.com/type', 'changed', owned))

    const healing = await world.reconcile(desired, { mode: 'heal' })
    const left = [
      'modified Job/once /spec/template/spec/containers/[name=once]/image',
      'modified PersistentVolumeClaim/disk /spec/storageClassName',
      'modified RoleBinding/readers /roleRef/name',
      'modified Secret/key /type',
    ]

    expect(
      new Set(healing.outcomes.flatMap(({ error }) => (error ? [(error as { code?: string }).code] : []))),
    ).toEqual(new Set(['APPLY_IMMUTABLE']))
    expect(healing.outcomes.find(({ ref }) => ref.kind === 'RoleBinding')).toMatchObject({
      actuation: 'failed',
      healed: expect.arrayContaining(['/metadata/annotations/evil', '/metadata/labels/evil', '/subjects/0/name']),
    })
    expect(toldOf(ns, await world.drift(desired))).toEqual(left)
    expect(await world.get('Secret', ns, 'key')).toMatchObject({ data: { password: 'aHVudGVyMg==' } })
    expect(failed(await world.reconcile(desired))).toHaveLength(4)
    expect(toldOf(ns, await world.drift(desired))).toEqual(left)
    const replacing = desiredOf([componentOf(ns, manifests, { policy: { replace: true } })])
    expect(failed(await world.reconcile(replacing))).toEqual([expect.stringContaining('PersistentVolumeClaim/disk')])
    expect(toldOf(ns, await world.drift(desired))).toEqual(left.filter((line) => line.includes('Claim')))

    // By hand, as the error says: then nothing is left of it.
    await recreate(`/api/v1/namespaces/${ns}/persistentvolumeclaims`, claimOf(ns, 'slow', owned))
    expect(failed(await world.reconcile(desired, { mode: 'heal' }))).toEqual([])
    expect(toldOf(ns, await world.drift(desired))).toEqual([])
  })

  test('additions that are immutable are told and left, and replaced where that is allowed', async () => {
    const ns = freshNamespace()
    const desired = desiredOf([componentOf(ns, [namespaceOf(ns), jobOf(ns)])])
    await world.reconcile(desired)
    const evil = jobOf(ns, { labels: { evil: 'yes' } })
    ;(evil.spec as { template: { spec: { containers: object[] } } }).template.spec.containers.push({
      name: 'miner',
      image: 'm:1',
    })
    await recreate(`/apis/batch/v1/namespaces/${ns}/jobs`, evil)

    const healing = await world.reconcile(desired, { mode: 'heal' })

    expect(failed(healing)).toEqual([expect.stringContaining('field is immutable')])
    expect(toldOf(ns, await world.drift(desired))).toEqual([
      'added Job/once /spec/template/spec/containers/[name=miner]',
    ])
    const replacing = desiredOf([componentOf(ns, [namespaceOf(ns), jobOf(ns)], { policy: { replace: true } })])
    expect(failed(await world.reconcile(replacing, { mode: 'heal' }))).toEqual([])
    expect(toldOf(ns, await world.drift(desired))).toEqual([])
  })

  test('where Git changes an immutable field, or is not valid, its new state waits whole and drift is healed', async () => {
    const ns = freshNamespace()
    const before = [namespaceOf(ns), jobOf(ns), deploymentOf(ns)]
    await world.reconcile(desiredOf([componentOf(ns, before)]))
    await kube(
      'PATCH',
      `/apis/batch/v1/namespaces/${ns}/jobs/once?fieldManager=someone`,
      { metadata: { annotations: { evil: 'yes' }, labels: { app: 'evil' } }, spec: { backoffLimit: 9 } },
      MERGE,
    )
    await patchDeployment(ns, [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'evil:1' },
      { op: 'add', path: '/spec/template/spec/hostNetwork', value: true },
    ])
    const invalid = deploymentOf(ns, { minReadySeconds: -1 })
    const ahead = desiredOf(
      [componentOf(ns, [namespaceOf(ns), jobOf(ns, { image: 'once:2', backoffLimit: 7 }), invalid])],
      'r2',
    )

    const synced = await world.reconcile(ahead)

    expect(failed(synced)).toHaveLength(2)
    expect(toldOf(ns, await world.drift(ahead))).toEqual([])
    expect((await world.drift(ahead)).pending.map(({ object, reason }) => `${object?.kind} ${reason}`).sort()).toEqual([
      'Deployment gitAhead',
      'Job gitAhead',
    ])
    expect(await world.get('Job', ns, 'once', 'batch')).toMatchObject({ spec: { backoffLimit: 3 } })
    expect(await world.get('Deployment', ns, 'web', 'apps')).toMatchObject({
      spec: { template: { spec: { containers: [{ image: 'nginx:1' }] } } },
    })
    expect(toldOf(ns, await world.drift(desiredOf([componentOf(ns, before)])))).toEqual([])
  })

  test('an object nobody owns in an exclusive scope is told as unmanaged, and removed', async () => {
    const ns = freshNamespace()
    const exclusive = [{ group: 'rbac.authorization.k8s.io', kind: 'RoleBinding', namespaces: { names: [ns] } }]
    const desired = desiredOf([componentOf(ns, [namespaceOf(ns)], { policy: { exclusive } })])
    await world.reconcile(desired)
    await kube('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${ns}/rolebindings?fieldManager=mallory`, {
      metadata: { name: 'extra' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
      subjects: [{ kind: 'User', name: 'mallory', apiGroup: 'rbac.authorization.k8s.io' }],
    })

    const drift = await world.drift(desired)
    expect(drift.findings).toMatchObject([{ drift: 'unmanaged', severity: 'critical', manager: 'mallory' }])
    await world.reconcile(desired, { mode: 'heal' })
    expect(await world.get('RoleBinding', ns, 'extra', 'rbac.authorization.k8s.io')).toBeUndefined()
  })

  test('what was not ready is waited for again until it is, and then nothing is written any more', async () => {
    const ns = freshNamespace()
    const health = [{ group: '', kind: 'ConfigMap', current: 'object.data.ready == "yes"' }]
    const ignore = [{ kind: 'ConfigMap', fields: ['/data/ready'] }]
    const manifests = [namespaceOf(ns), configMapOf(ns, 'c', { ready: 'no' })]
    const desired = desiredOf([componentOf(ns, manifests, { policy: { waitMs: 500, health, ignore } })])
    const ourStatus = ({ outcomes }: ReconcileResult): string | undefined =>
      outcomes.find(({ ref }) => ref.namespace === ns)?.status

    expect(ourStatus(await world.reconcile(desired))).toBe('InProgress')
    expect(ourStatus(await world.reconcile(desired))).toBe('InProgress')
    await kube(
      'PATCH',
      `/api/v1/namespaces/${ns}/configmaps/c`,
      { data: { ready: 'yes' } },
      'application/merge-patch+json',
    )
    expect(ourStatus(await world.reconcile(desired))).toBe('Current')
    const { requests } = await cluster().countRequests(() => world.reconcile(desired))
    expect(requests.filter(isWrite)).toEqual([])
    // Without the component's rule it would be drift in the tests that follow.
    await world.reconcile(desiredOf([componentOf(ns, manifests)]))
  })

  test('hooks run around a change of their component, are not inventoried, and one that fails keeps it from being applied', async () => {
    const ns = freshNamespace()
    const hook = (name: string, phase: string, deletePolicies: string[] = []): DesiredObject => ({
      manifest: configMapOf(ns, name),
      hook: { phases: [phase], weight: 0, deletePolicies },
    })
    const withHooks = (hooks: DesiredObject[], data = '1'): DesiredCluster => {
      const component = componentOf(ns, [namespaceOf(ns), configMapOf(ns, 'c', { a: data })])
      return desiredOf([{ ...component, objects: [...component.objects, ...hooks] }], `r${data}`)
    }
    const hooks = [
      hook('before', 'pre-install'),
      hook('after', 'post-install', ['hook-succeeded']),
      hook('upgrade', 'pre-upgrade'),
    ]

    expect(failed(await world.reconcile(withHooks(hooks)))).toEqual([])
    expect(await world.get('ConfigMap', ns, 'before')).toBeDefined()
    expect(await world.get('ConfigMap', ns, 'after')).toBeUndefined()
    expect(await world.get('ConfigMap', ns, 'upgrade')).toBeUndefined()
    expect(told(await world.drift(withHooks(hooks)))).toEqual([])
    await world.reconcile(withHooks([...hooks, hook('Not_A_Name', 'pre-upgrade')], '2'))
    expect(await world.get('ConfigMap', ns, 'c')).toMatchObject({ data: { a: '1' } })
    await world.reconcile(withHooks(hooks, '3'))
    expect(await world.get('ConfigMap', ns, 'upgrade')).toBeDefined()
    expect(await world.get('ConfigMap', ns, 'c')).toMatchObject({ data: { a: '3' } })
  })

  test('killed at any request, the next sync finishes the work: nothing orphaned, nothing lost', async () => {
    const ns = freshNamespace()
    const first = [
      namespaceOf(ns),
      deploymentOf(ns),
      ...Array.from({ length: 6 }, (_, at) => configMapOf(ns, `c${at}`)),
    ]
    const second = [
      namespaceOf(ns),
      deploymentOf(ns, { replicas: 3 }),
      ...Array.from({ length: 6 }, (_, at) => configMapOf(ns, `c${at + 2}`, { a: '2' })),
    ]
    let kills = 0
    for (let request = 4; request <= 46; request += 3) {
      const manifests = request % 2 === 0 ? first : second
      kills += (await syncUntilKilled(cluster().kubeconfigFile, ns, manifests, request)) ? 1 : 0
      const desired = desiredOf([componentOf(ns, manifests)], `r${request}`)
      const result = await world.reconcile(desired, {}, { holder: `killed-${ns}` })
      expect(failed(result)).toEqual([])
      const names = (
        (await kube('GET', `/api/v1/namespaces/${ns}/configmaps`)).body as { items: KubeObject[] }
      ).items.map(({ metadata }) => metadata.name)
      expect(names.filter((name) => name !== 'kube-root-ca.crt').sort()).toEqual(
        manifests
          .filter(({ kind }) => kind === 'ConfigMap')
          .map(({ metadata }) => metadata.name)
          .sort(),
      )
      const drift = await world.drift(desired)
      expect([told(drift), drift.pending]).toEqual([[], []])
    }
    expect(kills).toBeGreaterThan(8)
  })
})

/** Runs a sync in a process of its own that is killed at its n-th request. Was it? */
const syncUntilKilled = (
  kubeconfigFile: string,
  component: string,
  manifests: readonly Manifest[],
  request: number,
): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const child = fork(new URL('./testing/killed-sync.ts', import.meta.url), { stdio: 'inherit' })
    child.on('error', reject)
    child.on('exit', (_, signal) => resolve(signal === 'SIGKILL'))
    child.send({ kubeconfigFile, component, manifests, request })
  })
