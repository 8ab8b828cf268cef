import { expect, test } from 'vitest'
import { createMemoryTree } from '../base/file-tree.ts'
import { createExampleFleet } from './init.ts'
import { loadFleet } from './load.ts'

test('the example fleet has no problems', async () => {
  const { problems } = await loadFleet(createMemoryTree(createExampleFleet()))

  expect(problems).toEqual([])
})

test('the example fleet shows four source types on three clusters', async () => {
  const files = createExampleFleet()
  const { fleet } = await loadFleet(createMemoryTree(files))

  const names = fleet!.clusters.map(({ name, components }) => [name, components.map((component) => component.name)])
  expect(Object.fromEntries(names)).toEqual({
    'prod-eu': ['greeter', 'guardrails', 'inventory', 'web'],
    'prod-us': ['greeter', 'guardrails', 'inventory', 'web'],
    staging: ['guardrails', 'inventory', 'web'],
  })
  for (const marker of ['Chart.yaml', 'main.jsonnet', 'kustomization.yaml']) {
    expect(Object.keys(files).filter((path) => path.endsWith(`/${marker}`))).toHaveLength(1)
  }
})

test('arguments of the example reach the chart', async () => {
  const { fleet } = await loadFleet(createMemoryTree(createExampleFleet()))

  const web = fleet!.clusters.map(({ components }) => components.find(({ name }) => name === 'web')!)
  expect(web.map(({ helm, policy }) => [helm.values, policy.drift])).toEqual([
    [{ replicas: 3, logLevel: 'warn' }, 'heal'],
    [{ replicas: 2, logLevel: 'info' }, 'report'],
    [{ replicas: 1, logLevel: 'info' }, 'heal'],
  ])
})
