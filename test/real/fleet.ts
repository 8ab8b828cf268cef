import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openRealCluster, type RealCluster, toKubeconfigFile } from './cluster.ts'
import type { RealClusterData, RealFleetData } from './cluster-data.ts'
import { type ComponentCommand, type ComponentProcess, startComponent } from './component-process.ts'
import { toEtcdArgs } from './components.ts'
import { formatKubeconfig } from './kubeconfig-text.ts'
import { findPort } from './ports.ts'
import { type BuildOptions, buildPrograms, type Programs } from './programs.ts'
import { startCluster } from './start-cluster.ts'
import { DEFAULT_USERS, type Users } from './users.ts'
import { removeVolumeFolders } from './volumes.ts'
import { createWorkFolder } from './work-folder.ts'

/** What fleet to start. */
export type RealFleetOptions = Pick<BuildOptions, 'onBuild'> & {
  /** How many clusters. */
  readonly clusters: number
  /** Fake nodes of each cluster, 1 by default. Without any there is no scheduler, and pods stay pending. */
  readonly nodes?: number
  /** Users and their groups, beside `admin`, `alice`, `bob` and `ci`. */
  readonly users?: Users
  /** Runs kube-controller-manager, scheduler and kwok; true by default. Without, objects only lie there. */
  readonly controllers?: boolean
  /** Further flags of each kube-apiserver. */
  readonly apiserverArgs?: (cluster: string) => readonly string[]
  /** Ends the start. Has no meaning after that. */
  readonly signal?: AbortSignal
}

/** Clusters that somebody started, and may not be ours to stop. */
export type RealClusters = {
  readonly clusters: readonly RealCluster[]
  /** A kubeconfig with a context for each cluster, `real-1` …, for the administrator. */
  readonly kubeconfigFile: string
  /** The same for one of the users. */
  readonly kubeconfigFor: (user: string) => string
}

/** Running clusters. Disposing of them stops them all and removes their files. */
export type RealFleet = RealClusters & AsyncDisposable & { readonly data: RealFleetData }

/** Starts kube-apiservers on one etcd, all at once, each with its controllers and nodes; back when all can be used. */
export const startRealFleet = async (options: RealFleetOptions): Promise<RealFleet> => {
  const { signal, onBuild } = options
  const programs = await buildPrograms({ signal, ...(onBuild && { onBuild }) })
  const folder = await createWorkFolder()
  const processes: ComponentProcess[] = []
  const stop = async (): Promise<void> => {
    // The last started first, so etcd last: an API server without its etcd would hang.
    for (const { kill } of processes.toReversed()) await kill()
    await rm(folder, { recursive: true, force: true })
  }
  const failed = new AbortController()
  const onFailure = (error: Error): void => failed.abort(error)
  const start: StartContext['start'] = (command) => {
    processes.push(startComponent({ ...command, program: programs.controlplane, onFailure }))
  }
  try {
    const starting = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])])
    const data = { folder, clusters: await startClusters(options, { folder, programs, start, signal: starting }) }
    await writeFleetKubeconfigs(data)
    const clusters = openRealClusters(data)
    const dispose = async (): Promise<void> => {
      await Promise.all(clusters.clusters.map(removeVolumeFolders))
      await stop()
    }
    return { ...clusters, data, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The handles of a running fleet, in whichever process. */
export const openRealClusters = ({ folder, clusters }: RealFleetData): RealClusters => ({
  clusters: clusters.map(openRealCluster),
  kubeconfigFile: toKubeconfigFile(folder, 'admin'),
  kubeconfigFor: (user) => toKubeconfigFile(folder, user),
})

type StartContext = {
  readonly folder: string
  readonly programs: Programs
  readonly start: (command: Omit<ComponentCommand, 'program' | 'onFailure'>) => void
  readonly signal: AbortSignal
}

const startClusters = async (
  { clusters, nodes = 1, controllers = true, users = {}, apiserverArgs }: RealFleetOptions,
  { folder, programs, start, signal }: StartContext,
): Promise<readonly RealClusterData[]> => {
  const names = Array.from({ length: clusters }, (_, index) => `real-${index + 1}`)
  const ports = { client: await findPort(), peer: await findPort() }
  start({ name: 'etcd', folder, title: 'etcd', args: toEtcdArgs(folder, ports) })
  const folders = names.map((name) => join(folder, name))
  await Promise.all(folders.map((path) => mkdir(path)))
  await promisify(execFile)(programs.controlplane, ['certs', ...folders], { signal })
  return await Promise.all(
    names.map((name) =>
      startCluster({
        name,
        folder: join(folder, name),
        etcdPort: ports.client,
        users: { ...DEFAULT_USERS, ...users },
        nodes,
        controllers,
        apiserverArgs: apiserverArgs?.(name) ?? [],
        kwok: programs.kwok,
        start: (component, args) =>
          start({ name: component, folder: join(folder, name), title: `${component} of ${name}`, args }),
        signal,
      }),
    ),
  )
}

const writeFleetKubeconfigs = async ({ folder, clusters }: RealFleetData): Promise<void> => {
  for (const user of Object.keys(clusters[0]?.tokens ?? {})) {
    const contexts = clusters.map(({ name, server, caFile, tokens }) => ({
      name,
      server,
      caFile,
      token: tokens[user]!,
    }))
    await writeFile(toKubeconfigFile(folder, user), formatKubeconfig(contexts), { mode: 0o600 })
  }
}
