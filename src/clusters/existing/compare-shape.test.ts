import { expect, test } from 'vitest'
import type { KubeObject } from '../../kube/object.ts'
import { compareShape } from './compare-shape.ts'

const node = (name: string, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels },
})
const workers = (count: number): KubeObject[] => Array.from({ length: count }, (_, index) => node(`worker-${index}`))
const master = node('master', { 'node-role.kubernetes.io/control-plane': '' })

test('a version is compared as far as the template states it, whatever a distribution adds', () => {
  const compare = (wanted: string, serverVersion: string) =>
    compareShape({ kubernetesVersion: wanted }, { serverVersion })

  expect(compare('v1.36.3', 'v1.36.3+k3s1')).toEqual([])
  expect(compare('v1.36', 'v1.36.9')).toEqual([])
  expect(compare('v1.36.3', 'v1.36.4')).toEqual(['runs Kubernetes v1.36.4, the template says v1.36.3'])
})

test('worker nodes may be as many as all groups together allow', () => {
  const shape = {
    workers: [
      { name: 'a', replicas: 2 },
      { name: 'b', autoscale: { min: 1, max: 3 } },
    ],
  }
  const compare = (count: number) => compareShape(shape, { serverVersion: '', nodes: [master, ...workers(count)] })

  expect([3, 5].map(compare)).toEqual([[], []])
  expect(compare(6)).toEqual(['has 6 worker nodes, the template says 3 to 5'])
})

test('a group without a count sets no limit', () => {
  expect(compareShape({ workers: [{ name: 'a' }] }, { serverVersion: '', nodes: workers(9) })).toEqual([])
})

test('a control plane that a managed service hides is not missed', () => {
  const shape = { controlPlane: { replicas: 3 } }

  expect(compareShape(shape, { serverVersion: '', nodes: workers(1) })).toEqual([])
  expect(compareShape(shape, { serverVersion: '', nodes: [master] })).toEqual([
    'has 1 control plane nodes, the template says 3',
  ])
})
