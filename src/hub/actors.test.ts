import { expect, test } from 'vitest'
import { createVirtualClock } from '../base/virtual-clock.ts'
import type { Discovery } from '../kube/client.ts'
import type { StoredFinding } from '../store/findings.ts'
import { createActors } from './actors.ts'

const discovery = {
  resources: [{ group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true, verbs: [] }],
} as unknown as Discovery

const START = Date.UTC(2026, 0, 1)
const at = (second: number): string => new Date(START + second * 1_000).toISOString()

const finding: StoredFinding = {
  id: 1,
  cluster: 'eu',
  component: 'shop',
  object: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
  drift: 'modified',
  field: '/spec/replicas',
  severity: 'medium',
  manager: 'kubectl-scale',
  firstSeen: at(10),
  lastSeen: at(10),
}

const toEvent = (second: number, user: string, rest: object = {}) => ({
  stage: 'ResponseComplete',
  verb: 'patch',
  requestURI: '/apis/apps/v1/namespaces/shop/deployments/web/scale',
  user: { username: user, groups: ['dev'] },
  sourceIPs: ['10.0.0.1'],
  userAgent: 'kubectl/v1.36.3',
  objectRef: { apiGroup: 'apps', resource: 'deployments', subresource: 'scale', namespace: 'shop', name: 'web' },
  responseStatus: { code: 200 },
  requestReceivedTimestamp: at(second),
  ...rest,
})

const open = () => createActors({ clock: createVirtualClock(new Date(START + 10_000)) })

test('the last writer before it was seen is meant', () => {
  const actors = open()
  const keys = actors.note('eu', { items: [toEvent(8, 'ann'), toEvent(9.9, 'bob'), toEvent(20, 'eve')] }, discovery)

  expect([...keys]).toEqual(['apps/Deployment/shop/web'])
  expect(actors.find(finding)).toEqual({
    user: 'bob',
    groups: ['dev'],
    sourceIps: ['10.0.0.1'],
    userAgent: 'kubectl/v1.36.3',
    verb: 'patch',
    time: at(9.9),
  })
})

test('the writer whose field manager the finding names goes before a later one', () => {
  const actors = open()
  const named = { requestURI: '/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=kubectl-scale' }
  actors.note('eu', { items: [toEvent(8, 'ann', named), toEvent(9.9, 'bob')] }, discovery)

  expect(actors.find(finding)?.user).toBe('ann')
})

test.each<[string, object]>([
  ['that was refused', { responseStatus: { code: 403 } }],
  ['that was a dry run', { requestURI: '/x?dryRun=All' }],
  ['of our own', { userAgent: 'lockstep/0.1.0 hub' }],
  ['that only read', { verb: 'get' }],
  [
    'of status',
    { objectRef: { apiGroup: 'apps', resource: 'deployments', subresource: 'status', namespace: 'shop', name: 'web' } },
  ],
  ['of another object', { objectRef: { apiGroup: 'apps', resource: 'deployments', namespace: 'shop', name: 'api' } }],
])('a request %s is nobody’s doing', (_, rest) => {
  const actors = open()
  actors.note('eu', { items: [toEvent(9, 'ann', rest)] }, discovery)

  expect(actors.find(finding)).toBeUndefined()
})

test('who impersonates is told', () => {
  const actors = open()
  actors.note('eu', { items: [toEvent(9, 'ann', { impersonatedUser: { username: 'root' } })] }, discovery)

  expect(actors.find(finding)?.user).toBe('root (impersonated by ann)')
})

test('another cluster is another matter, and nonsense is nothing', () => {
  const actors = open()
  actors.note('us', { items: [toEvent(9, 'ann')] }, discovery)

  expect(actors.find(finding)).toBeUndefined()
  expect(actors.note('eu', { items: ['x', null, {}] }, discovery).size).toBe(0)
  expect(actors.note('eu', 'x', discovery).size).toBe(0)
})
