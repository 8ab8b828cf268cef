import { afterAll, beforeAll, expect, test } from 'vitest'
import { isWrite } from './audit-log.ts'
import type { RealCluster } from './cluster.ts'
import { describeReal, sharedFleet } from './shared-fleet.ts'
import { waitUntil } from './wait-until.ts'

type WorkloadStatus = {
  readonly readyReplicas?: number
  readonly succeeded?: number
  readonly completionTime?: string
  readonly phase?: string
}
type Pod = {
  readonly status: {
    readonly phase: string
    readonly conditions: readonly { readonly type: string; readonly status: string }[]
  }
}

const NAMESPACE = 'harness'

const deployment = (name: string, image: string) => ({
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } },
  },
})

describeReal('a real cluster', () => {
  let cluster: RealCluster

  const create = async (path: string, body: unknown): Promise<void> => {
    expect(await cluster.call('POST', path, { body })).toMatchObject({ status: 201 })
  }

  const inNamespace = (apiVersion: string, resource: string): string =>
    `${apiVersion === 'v1' ? '/api' : '/apis'}/${apiVersion}/namespaces/${NAMESPACE}/${resource}`

  const readStatus = async (resource: string, name: string, apiVersion = 'apps/v1'): Promise<WorkloadStatus> =>
    (await cluster.call<{ status: WorkloadStatus }>('GET', `${inNamespace(apiVersion, resource)}/${name}`)).body.status

  const listPods = async (app: string): Promise<readonly Pod[]> =>
    (await cluster.call<{ items: Pod[] }>('GET', `${inNamespace('v1', 'pods')}?labelSelector=app%3D${app}`)).body.items

  beforeAll(async () => {
    cluster = sharedFleet().clusters[0]!
    await create('/api/v1/namespaces', { metadata: { name: NAMESPACE } })
  })

  afterAll(async () => {
    await cluster.call('DELETE', `/api/v1/namespaces/${NAMESPACE}`)
  })

  test('makes the pods of a Deployment ready, but not those whose image is tagged :never-ready', async () => {
    await create(inNamespace('apps/v1', 'deployments'), deployment('good', 'example.com/app:1'))
    await create(inNamespace('apps/v1', 'deployments'), deployment('bad', 'example.com/app:never-ready'))

    await waitUntil('the good Deployment', async () => (await readStatus('deployments', 'good')).readyReplicas === 2)
    const bad = await waitUntil('the bad pods', async () => {
      const pods = (await listPods('bad')).filter(({ status }) => status.phase === 'Running')
      return pods.length === 2 && pods
    })

    expect(bad.map(({ status }) => status.conditions.find(({ type }) => type === 'Ready')?.status)).toEqual([
      'False',
      'False',
    ])
    expect((await readStatus('deployments', 'bad')).readyReplicas ?? 0).toBe(0)
  })

  test('lets Jobs succeed', async () => {
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'job', image: 'example.com/job:1' }] } }
    await create(inNamespace('batch/v1', 'jobs'), { metadata: { name: 'once' }, spec: { template } })

    const { succeeded } = await waitUntil('the Job', async () => {
      const status = await readStatus('jobs', 'once', 'batch/v1')
      return status.completionTime !== undefined && status
    })

    expect(succeeded).toBe(1)
  })

  test('binds volume claims', async () => {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
    await create(inNamespace('v1', 'persistentvolumeclaims'), { metadata: { name: 'data' }, spec })

    await expect.poll(async () => (await readStatus('persistentvolumeclaims', 'data', 'v1')).phase).toBe('Bound')
  })

  test('sends nothing to the addresses of pods and services', async () => {
    await create(inNamespace('v1', 'services'), { metadata: { name: 'webhook' }, spec: { ports: [{ port: 443 }] } })
    const webhook = {
      name: 'harness.example.com',
      clientConfig: { service: { namespace: NAMESPACE, name: 'webhook' } },
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['secrets'], operations: ['CREATE'] }],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    }
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
    await create(path, { metadata: { name: 'harness' }, webhooks: [webhook] })

    const refusal = await waitUntil('the webhook to be called', async () => {
      const secret = { metadata: { generateName: 'secret-' } }
      const { status, body } = await cluster.call('POST', inNamespace('v1', 'secrets'), { body: secret })
      return status === 500 && body
    })

    await cluster.call('DELETE', `${path}/harness`)
    expect(refusal).toMatchObject({ message: expect.stringMatching(/dial unix .*nobody\.sock/) })
  })

  test('mutates by policy', async () => {
    const policies = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies'
    const bindings = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings'
    const expression = 'Object{metadata: Object.metadata{labels: {"mutated": "yes"}}}'
    await create(policies, {
      metadata: { name: 'harness' },
      spec: {
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }],
        },
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
      },
    })
    await create(bindings, { metadata: { name: 'harness' }, spec: { policyName: 'harness' } })

    const labels = await waitUntil('the policy', async () => {
      const { body } = await cluster.call<{ metadata: { labels?: Record<string, string> } }>(
        'POST',
        `${inNamespace('v1', 'configmaps')}?dryRun=All`,
        { body: { metadata: { name: 'plain' } } },
      )
      return body.metadata.labels
    })

    await cluster.call('DELETE', `${bindings}/harness`)
    await cluster.call('DELETE', `${policies}/harness`)
    expect(labels).toEqual({ mutated: 'yes' })
  })

  test('deletes a namespace with all that is in it', async () => {
    await create('/api/v1/namespaces', { metadata: { name: 'harness-gone' } })
    await create('/api/v1/namespaces/harness-gone/configmaps', { metadata: { name: 'settings' } })

    await cluster.call('DELETE', '/api/v1/namespaces/harness-gone')

    await waitUntil(
      'its end',
      async () => (await cluster.call('GET', '/api/v1/namespaces/harness-gone')).status === 404,
    )
  })

  test('knows its users and holds them to RBAC', async () => {
    const review = await cluster.call<{ status: { userInfo: { username: string; groups: string[] } } }>(
      'POST',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { user: 'alice', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } },
    )
    expect(review.body.status.userInfo).toMatchObject({
      username: 'alice',
      groups: expect.arrayContaining(['oidc:team-a']),
    })
    const pods = inNamespace('v1', 'pods')
    expect((await cluster.call('GET', pods, { user: 'alice' })).status).toBe(403)

    await create(inNamespace('rbac.authorization.k8s.io/v1', 'rolebindings'), {
      metadata: { name: 'team-a' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'oidc:team-a' }],
    })

    await waitUntil('the grant', async () => (await cluster.call('GET', pods, { user: 'alice' })).status === 200)
    expect((await cluster.call('GET', pods, { user: 'bob' })).status).toBe(403)
  })

  test('counts the requests of a run, and none of the control plane', async () => {
    const { result, requests } = await cluster.countRequests(async () => {
      await cluster.call('GET', inNamespace('v1', 'configmaps'), { user: 'ci' })
      await create(inNamespace('v1', 'configmaps'), { metadata: { name: 'counted' } })
      await create(`${inNamespace('v1', 'configmaps')}?dryRun=All`, { metadata: { name: 'dry' } })
      return 'done'
    })

    expect(result).toBe('done')
    expect(requests.map(({ user, verb, responseStatus }) => [user.username, verb, responseStatus?.code])).toEqual([
      ['ci', 'list', 403],
      ['admin', 'create', 201],
      ['admin', 'create', 201],
    ])
    expect(requests.filter(isWrite).map(({ objectRef }) => objectRef?.name)).toEqual(['counted'])
  })

  test('answers nothing while it is paused', async () => {
    cluster.pause()
    try {
      await expect(cluster.call('GET', '/version', { signal: AbortSignal.timeout(300) })).rejects.toThrow()
    } finally {
      cluster.resume()
    }

    expect((await cluster.call('GET', '/version')).status).toBe(200)
  })
})
