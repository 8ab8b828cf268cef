import { expect, test } from 'vitest'
import { createDiscoverer } from './discovery.ts'
import { createKubeError } from './errors.ts'
import type { Requester } from './requester.ts'

const VERSION = { gitVersion: 'v1.36.3' }

const createRequester = (answers: Readonly<Record<string, unknown>>) => {
  const paths: string[] = []
  const send: Requester['send'] = async ({ path }) => {
    paths.push(path)
    const answer = answers[path]
    if (answer === undefined) throw createKubeError('KUBE_SERVER_ERROR', `${path} failed`)
    return { status: 200, headers: {}, body: JSON.stringify(answer) }
  }
  return { requester: { send } as Requester, paths }
}

const toList = (...items: unknown[]) => ({ kind: 'APIGroupDiscoveryList', items })
const toEntry = (resource: string, kind: string | null, scope = 'Namespaced', more: object = {}) => ({
  resource,
  responseKind: kind && { group: '', version: '', kind },
  scope,
  verbs: ['get', 'list'],
  ...more,
})

const AGGREGATED = {
  '/version': VERSION,
  '/api': toList({
    versions: [
      {
        version: 'v1',
        freshness: 'Current',
        resources: [
          toEntry('pods', 'Pod', 'Namespaced', { shortNames: ['po'], subresources: [{ subresource: 'log' }] }),
          toEntry('namespaces', 'Namespace', 'Cluster'),
          toEntry('odd', null),
        ],
      },
    ],
  }),
  '/apis': toList(
    {
      metadata: { name: 'autoscaling' },
      versions: [
        {
          version: 'v2',
          freshness: 'Current',
          resources: [toEntry('horizontalpodautoscalers', 'HorizontalPodAutoscaler')],
        },
        {
          version: 'v1',
          freshness: 'Current',
          resources: [toEntry('horizontalpodautoscalers', 'HorizontalPodAutoscaler')],
        },
      ],
    },
    { metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1beta1', freshness: 'Stale' }] },
  ),
}

test('reads what is served in three requests, preferred versions first', async () => {
  const { requester, paths } = createRequester(AGGREGATED)

  const discovery = await createDiscoverer(requester)()

  expect(discovery.find('', 'Pod')).toEqual({
    group: '',
    version: 'v1',
    kind: 'Pod',
    plural: 'pods',
    namespaced: true,
    verbs: ['get', 'list'],
    shortNames: ['po'],
    subresources: ['log'],
  })
  expect(discovery.find('', 'Namespace')?.namespaced).toBe(false)
  expect(discovery.find('autoscaling', 'HorizontalPodAutoscaler')?.version).toBe('v2')
  expect(discovery.find('autoscaling', 'HorizontalPodAutoscaler', 'v1')?.version).toBe('v1')
  expect(discovery.find('autoscaling', 'HorizontalPodAutoscaler', 'v3')).toBeUndefined()
  expect(discovery.resources.map(({ kind }) => kind)).toEqual(['Pod', 'Namespace', 'HorizontalPodAutoscaler'])
  expect(discovery.serverVersion).toBe('v1.36.3')
  expect(paths.sort()).toEqual(['/api', '/apis', '/version'])
})

test('names APIs without a backend, and lists versions and kinds as Helm wants them', async () => {
  const discovery = await createDiscoverer(createRequester(AGGREGATED).requester)()

  expect(discovery.stale).toEqual(['metrics.k8s.io/v1beta1'])
  expect(discovery.apiVersions).toEqual([
    'v1',
    'autoscaling/v2',
    'autoscaling/v1',
    'metrics.k8s.io/v1beta1',
    'v1/Pod',
    'v1/Namespace',
    'autoscaling/v2/HorizontalPodAutoscaler',
    'autoscaling/v1/HorizontalPodAutoscaler',
  ])
})

test('asks an old server version by version, and goes on when one does not answer', async () => {
  const { requester } = createRequester({
    '/version': VERSION,
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/api/v1': {
      resources: [
        { name: 'pods', kind: 'Pod', namespaced: true, verbs: ['get'] },
        { name: 'pods/log', kind: 'Pod', namespaced: true, verbs: ['get'] },
      ],
    },
    '/apis': { kind: 'APIGroupList', groups: [{ name: 'metrics.k8s.io', versions: [{ version: 'v1beta1' }] }] },
  })

  const discovery = await createDiscoverer(requester)()

  expect(discovery.resources).toEqual([
    { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, verbs: ['get'], subresources: ['log'] },
  ])
  expect(discovery.stale).toEqual(['metrics.k8s.io/v1beta1'])
})

test('asks once for all, again on refresh, and again after a failure', async () => {
  const answers: Record<string, unknown> = { ...AGGREGATED }
  const { requester, paths } = createRequester(answers)
  const discover = createDiscoverer(requester)

  await Promise.all([discover(), discover()])
  await discover()
  expect(paths).toHaveLength(3)
  delete answers['/apis']
  await expect(discover({ refresh: true })).rejects.toMatchObject({ code: 'KUBE_SERVER_ERROR' })
  answers['/apis'] = AGGREGATED['/apis']
  expect((await discover()).serverVersion).toBe('v1.36.3')
  expect(paths).toHaveLength(9)
})
