import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AUDIT_POLICY } from './audit-log.ts'
import { openRealCluster, type RealCluster, toKubeconfigFile } from './cluster.ts'
import type { RealClusterData } from './cluster-data.ts'
import {
  type ClusterFiles,
  toApiserverArgs,
  toControllerManagerArgs,
  toEgressConfig,
  toKwokArgs,
  toSchedulerArgs,
} from './components.ts'
import { formatKubeconfig } from './kubeconfig-text.ts'
import { createNodes } from './nodes.ts'
import { findPort } from './ports.ts'
import { COMPONENT_USERS, createTokens, formatTokenFile, type Users } from './users.ts'
import { createStorageClass } from './volumes.ts'
import { waitUntil } from './wait-until.ts'

/** What a cluster is started with. */
export type ClusterOptions = {
  readonly name: string
  /** Has the certificates; takes everything else. */
  readonly folder: string
  readonly etcdPort: number
  readonly users: Users
  readonly nodes: number
  readonly controllers: boolean
  readonly apiserverArgs: readonly string[]
  readonly kwok: string
  /** Runs a part of the control plane. */
  readonly start: (component: string, args: readonly string[]) => void
  readonly signal: AbortSignal
}

const READY = { timeoutMs: 120_000 }

/** Starts an API server and what belongs to it, and waits until all of it can be used. */
export const startCluster = async (options: ClusterOptions): Promise<RealClusterData> => {
  const { start, signal } = options
  const port = await findPort()
  const { files, data } = await writeClusterFiles(options, port)
  start('kube-apiserver', [
    ...toApiserverArgs(options.name, files, { etcd: options.etcdPort, secure: port }),
    ...options.apiserverArgs,
  ])
  const cluster = openRealCluster(data)
  await waitForAnswer(cluster, '/readyz', signal)
  await waitForAnswer(cluster, '/api/v1/namespaces/default', signal)
  if (!options.controllers) return data

  startControllers(cluster, files, options)
  await Promise.all([
    waitForAnswer(cluster, '/api/v1/namespaces/default/serviceaccounts/default', signal),
    createStorageClass(cluster, signal),
    createNodes(cluster, options.nodes, signal),
  ])
  return data
}

const startControllers = (cluster: RealCluster, files: ClusterFiles, options: ClusterOptions): void => {
  const { start, nodes, kwok } = options
  start(
    'kube-controller-manager',
    toControllerManagerArgs(cluster.kubeconfigFor('system:kube-controller-manager'), files),
  )
  if (nodes === 0) return
  start('kube-scheduler', toSchedulerArgs(cluster.kubeconfigFor('system:kube-scheduler')))
  start('kwok', toKwokArgs(cluster.kubeconfigFor('system:kwok'), kwok))
}

const writeClusterFiles = async (
  { name, folder, users }: ClusterOptions,
  port: number,
): Promise<{ readonly files: ClusterFiles; readonly data: RealClusterData }> => {
  const everybody = { ...users, ...COMPONENT_USERS }
  const tokens = createTokens(everybody)
  const files = {
    folder,
    auditLog: join(folder, 'audit.log'),
    auditPolicy: join(folder, 'audit-policy.yaml'),
    egress: join(folder, 'egress.yaml'),
    tokenFile: join(folder, 'tokens.csv'),
  }
  const server = `https://127.0.0.1:${port}`
  const caFile = join(folder, 'ca.crt')
  await writeFile(files.auditPolicy, AUDIT_POLICY)
  await writeFile(files.egress, toEgressConfig(folder))
  await writeFile(files.tokenFile, formatTokenFile(everybody, tokens), { mode: 0o600 })
  for (const [user, token] of Object.entries(tokens)) {
    const kubeconfig = formatKubeconfig([{ name, server, caFile, token }])
    await writeFile(toKubeconfigFile(folder, user), kubeconfig, { mode: 0o600 })
  }
  const adminCertificate = { certFile: join(folder, 'admin.crt'), keyFile: join(folder, 'admin.key') }
  return { files, data: { name, server, folder, caFile, adminCertificate, auditLog: files.auditLog, tokens } }
}

const waitForAnswer = (cluster: RealCluster, path: string, signal: AbortSignal): Promise<true> =>
  waitUntil(`${path} of ${cluster.name}`, async () => (await cluster.call('GET', path, { signal })).status === 200, {
    ...READY,
    signal,
  })
