import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { formatDuration } from '../base/duration.ts'
import type { Pool } from '../base/pool.ts'
import type { ResolvedCluster } from '../fleet/resolved.ts'
import type { Discovery, KubeClient } from '../kube/client.ts'
import { createKubeError } from '../kube/errors.ts'
import { createKubeClient } from '../kube/http-client.ts'
import type { ParsedKubeconfigs } from '../kube/kubeconfig.ts'
import { createExistingProvider } from './existing/existing-provider.ts'
import { type ClusterProvider, pickProvider } from './provider.ts'

/** Where kubeconfigs are, and what they may run. */
export type ProviderOptions = {
  readonly fleetFolder: string
  readonly home: string
  /** Instead of `KUBECONFIG` and `~/.kube/config`. */
  readonly kubeconfig?: string
  /** Credential plugins that kubeconfigs may run. */
  readonly allowExec?: readonly string[]
}

/** The world of connecting. */
export type ConnectDeps = {
  readonly clock: Clock
  readonly random: () => number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly userAgent: string
  /** What clusters that are alike hold together. */
  readonly pool?: Pool
  /** Kubeconfigs that were parsed for clusters before. */
  readonly parsed?: ParsedKubeconfigs
}

/** Every way to reach clusters that this program brings. */
export const createProviders = (options: ProviderOptions, { clock, env, parsed }: ConnectDeps): ClusterProvider[] => {
  const fromEnv = (env.KUBECONFIG ?? '').split(process.platform === 'win32' ? ';' : ':').filter((path) => path !== '')
  const kubeconfigs = options.kubeconfig ? [options.kubeconfig] : fromEnv
  const existing = createExistingProvider(
    {
      fleetFolder: options.fleetFolder,
      home: options.home,
      kubeconfigs: kubeconfigs.length > 0 ? kubeconfigs : [join(options.home, '.kube', 'config')],
      allowExec: options.allowExec ?? [],
    },
    { clock, env: definedOnly(env), ...(parsed ? { parsed } : {}) },
  )
  return [existing]
}

const definedOnly = (env: ConnectDeps['env']): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))

/** A client for a cluster; nothing is sent yet but what its provider needs to know where it is. */
export const connectCluster = async (
  cluster: ResolvedCluster,
  providers: readonly ClusterProvider[],
  { clock, random, userAgent, pool }: ConnectDeps,
  options: { readonly connections: number; readonly connectTimeoutMs: number; readonly signal?: AbortSignal },
): Promise<KubeClient> => {
  const call = options.signal ? { signal: options.signal } : {}
  const access = await pickProvider(providers, cluster).openAccess(cluster, call)
  const { connections, connectTimeoutMs } = options
  return createKubeClient(
    access,
    { clock, random, userAgent, ...(pool ? { pool } : {}) },
    { connections, connectTimeoutMs },
  )
}

/** The first answers of a cluster have to come in time: one that accepts connections and says nothing is out of reach. */
export const discoverInTime = async (
  name: string,
  client: KubeClient,
  options: { readonly timeoutMs: number; readonly refresh?: boolean; readonly signal?: AbortSignal },
): Promise<Discovery> => {
  const timeout = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
  try {
    return await client.discover({ signal, ...(options.refresh ? { refresh: true } : {}) })
  } catch (error) {
    if (options.signal?.aborted || !timeout.aborted) throw error
    throw createKubeError(
      'KUBE_TIMEOUT',
      `${client.server} did not answer within ${formatDuration(options.timeoutMs)}`,
      {
        subject: name,
        hint: 'give a slow cluster more time with --connect-timeout',
        retry: 'transient',
        cause: error,
      },
    )
  }
}
