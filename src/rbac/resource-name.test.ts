import { expect, test } from 'vitest'
import { formatResourceName, parseResourceName } from './resource-name.ts'

test.each<[string, string | undefined]>([
  ['pods', 'pods'],
  ['pod', 'pods'],
  ['Secret', 'secrets'],
  ['pods/log', 'pods/log'],
  ['deploy', 'deployments.apps'],
  ['deployments/scale', 'deployments.apps/scale'],
  ['ingress', 'ingresses.networking.k8s.io'],
  ['networkpolicy', 'networkpolicies.networking.k8s.io'],
  ['widgets.example.com/status', 'widgets.example.com/status'],
  ['pods.metrics.k8s.io', 'pods.metrics.k8s.io'],
  ['widgets', undefined],
  ['', undefined],
])('%s is %s', (text, expected) => {
  const parsed = parseResourceName(text)

  expect(parsed && formatResourceName(parsed)).toBe(expected)
})
