import { createExampleFleet } from '../../src/fleet/init.ts'

/** One cluster of the demo: where it stands, and what it is made of. */
export type DemoCluster = { readonly name: string; readonly site: 'cloud' | 'on-prem' | 'edge'; readonly nodes: number }

/** The clusters of the example fleet, and two that stand elsewhere. */
export const DEMO_CLUSTERS: readonly DemoCluster[] = [
  { name: 'staging', site: 'cloud', nodes: 2 },
  { name: 'prod-eu', site: 'cloud', nodes: 3 },
  { name: 'prod-us', site: 'cloud', nodes: 3 },
  { name: 'plant-7', site: 'on-prem', nodes: 2 },
  { name: 'store-42', site: 'edge', nodes: 1 },
]

const toCluster = (name: string, site: string, region: string): string => `apiVersion: lockstep.dev/v1alpha1
kind: Cluster
metadata:
  name: ${name}
  labels: {env: prod, region: ${region}, site: ${site}}
spec:
  template:
    name: standard
    arguments: {replicas: 1, logLevel: warn}
  provider:
    existing:
      kubeconfig: {context: ${name}}
`

/** The fleet repository of the demo, as path → content: what `lockstep init` writes, with two more clusters. `toContext` names the contexts. */
export const createDemoFleet = (toContext: (cluster: string) => string): Readonly<Record<string, string>> => {
  const files = {
    ...createExampleFleet(),
    'clusters/plant-7.yaml': toCluster('plant-7', 'on-prem', 'eu'),
    'clusters/store-42.yaml': toCluster('store-42', 'edge', 'us'),
  }
  return Object.fromEntries(
    Object.entries(files).map(([path, content]) => [
      path,
      content
        .replace(/^( {2}labels: \{env: \w+, region: \w+)\}/m, '$1, site: cloud}')
        .replace(/\{context: ([\w-]+)\}/, (_, name: string) => `{context: ${toContext(name)}}`),
    ]),
  )
}
