import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manifest } from '../../src/kube/object.ts'
import { runCommand } from './command.ts'

/** What the fleet holds: a folder of manifests, or manifests. */
type Content = string | readonly Manifest[]

/**
 * Writes a fleet repository, committed: one component of plain manifests on all clusters, `real-1` and so on. Gives what
 * a command needs to be told of it.
 */
export const writeFleetRepository = async (
  folder: string,
  content: Content,
  {
    clusters,
    kubeconfigFile,
    spec = '{}',
  }: {
    readonly clusters: readonly string[]
    readonly kubeconfigFile: string
    /** Of the fleet, as YAML on one line. */
    readonly spec?: string
  },
): Promise<{ readonly args: readonly string[]; readonly manifests: string }> => {
  const manifests = join(folder, 'app')
  await mkdir(manifests, { recursive: true })
  if (typeof content === 'string') await cp(content, manifests, { recursive: true })
  else await writeFile(join(manifests, 'objects.yaml'), content.map((object) => JSON.stringify(object)).join('\n---\n'))
  await writeFile(join(folder, 'fleet.yaml'), [toFleet(spec), ...clusters.map(toCluster), PLACEMENT].join('---\n'))
  const git = (...args: string[]) => runCommand('git', ['-C', folder, ...IDENTITY, ...args])
  await git('init', '--quiet')
  await git('add', '.')
  await git('commit', '--quiet', '--message', 'A fleet')
  return { args: ['--fleet', folder, '--kubeconfig', kubeconfigFile], manifests }
}

const IDENTITY = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'commit.gpgsign=false']

const toFleet = (spec: string): string => `apiVersion: lockstep.dev/v1alpha1
kind: Fleet
metadata: {name: bench}
spec: ${spec}
`

const toCluster = (name: string): string => `apiVersion: lockstep.dev/v1alpha1
kind: Cluster
metadata: {name: ${name}}
spec:
  provider: {existing: {kubeconfig: {context: ${name}}}}
`

const PLACEMENT = `apiVersion: lockstep.dev/v1alpha1
kind: Placement
metadata: {name: all}
spec:
  clusters: {}
  components: [{name: app, source: {path: ./app}}]
`
