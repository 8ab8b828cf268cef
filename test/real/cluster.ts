import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type ApiRequest, type ApiResponse, sendApiRequest } from './api-request.ts'
import { type AuditEvent, readAuditLog } from './audit-log.ts'
import type { RealClusterData } from './cluster-data.ts'
import { readComponentPid, restartComponent } from './component-process.ts'
import { COMPONENT_USERS } from './users.ts'
import { waitUntil } from './wait-until.ts'

/** What a call to {@link RealCluster.call} may add. */
type CallOptions = Pick<ApiRequest, 'body' | 'contentType' | 'headers' | 'signal'> & {
  /** Who calls; `admin` by default. */
  readonly user?: string
}

/** A running cluster in the hands of a test. */
export type RealCluster = RealClusterData & {
  readonly adminToken: string
  /** The administrator's kubeconfig. */
  readonly kubeconfigFile: string
  /** The kubeconfig of one of the fleet's users, its one context named like the cluster. */
  readonly kubeconfigFor: (user: string) => string
  readonly tokenFor: (user: string) => string
  /** One request to the API server, by a client that is not the product's. */
  readonly call: <Body = unknown>(method: string, path: string, options?: CallOptions) => Promise<ApiResponse<Body>>
  /** Everything that was asked of the API server since it started, by whomever. */
  readonly auditEvents: () => Promise<readonly AuditEvent[]>
  /** What others than the control plane asked of the API server while `run` ran. */
  readonly countRequests: <Result>(run: () => Promise<Result>) => Promise<CountedRequests<Result>>
  /** Stops the API server in its tracks: connections stay open, nothing is answered. */
  readonly pause: () => void
  readonly resume: () => void
  /** Kills the API server and starts it again, same address and data; back when it answers. */
  readonly restart: (options?: { readonly signal?: AbortSignal }) => Promise<void>
  /** Kills this cluster for good; the others go on. */
  readonly stop: () => void
}

/** The result of a run, and the requests it made. */
type CountedRequests<Result> = { readonly result: Result; readonly requests: readonly AuditEvent[] }

/** The file of a user's kubeconfig in the folder of a cluster or fleet. */
export const toKubeconfigFile = (folder: string, user: string): string => join(folder, `${user}.kubeconfig`)

/** The handle of a running cluster, in whichever process. */
export const openRealCluster = (data: RealClusterData): RealCluster => {
  const ca = readFileSync(data.caFile, 'utf8')
  const tokenFor = (user: string): string => {
    const token = data.tokens[user]
    if (token === undefined) throw new Error(`Cluster ${data.name} has no user ${user}`)
    return token
  }
  const kubeconfigFor = (user: string): string => {
    tokenFor(user)
    return toKubeconfigFile(data.folder, user)
  }
  const call: RealCluster['call'] = (method, path, { user = 'admin', ...options } = {}) =>
    sendApiRequest({ server: data.server, ca }, { method, path, token: tokenFor(user), ...options })
  const signalApiserver = (signal: NodeJS.Signals): void => {
    process.kill(readComponentPid(data.folder, APISERVER), signal)
  }
  return {
    ...data,
    adminToken: tokenFor('admin'),
    kubeconfigFile: kubeconfigFor('admin'),
    kubeconfigFor,
    tokenFor,
    call,
    auditEvents: async () => (await readAuditLog(data.auditLog)).events,
    countRequests: async (run) => {
      const before = await markAuditLog(data.auditLog, 0, call)
      const result = await run()
      const after = await markAuditLog(data.auditLog, before.end, call)
      return { result, requests: after.events.filter(isOfOthers) }
    },
    pause: () => signalApiserver('SIGSTOP'),
    resume: () => signalApiserver('SIGCONT'),
    restart: async ({ signal } = {}) => {
      await restartComponent(data.folder, APISERVER, { signal })
      const isReady = async () => (await call('GET', '/readyz', { signal })).status === 200
      await waitUntil(`${data.name} after its restart`, isReady, { timeoutMs: 60_000, signal })
    },
    stop: () => {
      for (const name of listComponents(data.folder)) killIfRunning(readComponentPid(data.folder, name))
    },
  }
}

const APISERVER = 'kube-apiserver'

const listComponents = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap((file) => (file.endsWith('.pid') ? [basename(file, '.pid')] : []))

const MARKER = 'mark-'

/** Sends a request that can be told from all others and waits for it in the log: all that came before is there, too. */
const markAuditLog = async (
  file: string,
  offset: number,
  call: RealCluster['call'],
): Promise<{ readonly events: readonly AuditEvent[]; readonly end: number }> => {
  const id = `${MARKER}${randomUUID()}`
  await call('GET', '/version', { headers: { 'audit-id': id } })
  return waitUntil('the audit log', async () => {
    const read = await readAuditLog(file, offset)
    return read.events.some(({ auditID }) => auditID === id) && read
  })
}

const isOfOthers = ({ auditID, user: { username } }: AuditEvent): boolean =>
  !auditID.startsWith(MARKER) &&
  username !== 'system:apiserver' &&
  !(username in COMPONENT_USERS) &&
  !username.startsWith('system:serviceaccount:kube-system:')

const killIfRunning = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
