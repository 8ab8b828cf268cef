import { isAbsolute, resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { type LockstepError, toError } from '../base/errors.ts'
import { runCommand } from '../base/spawn.ts'
import { untilAborted } from '../base/until-aborted.ts'
import type { ClusterAccess, Credentials } from './cluster-access.ts'
import { createKubeError } from './errors.ts'

/** The `exec` of a kubeconfig's user. */
export type ExecPlugin = {
  readonly apiVersion?: string
  readonly command?: string
  readonly args?: readonly string[] | null
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null
  readonly installHint?: string
  readonly interactiveMode?: string
  readonly provideClusterInfo?: boolean
}

type ExecCredential = {
  readonly apiVersion?: string
  readonly kind?: string
  readonly status?: {
    readonly token?: string
    readonly expirationTimestamp?: string
    readonly clientCertificateData?: string
    readonly clientKeyData?: string
  }
}
type Context = {
  readonly folder: string
  readonly allowExec: readonly string[]
  readonly access: Omit<ClusterAccess, 'getCredentials'>
}
type Deps = { readonly clock: Clock; readonly env: Readonly<Record<string, string>> }

const API_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']
const TIMEOUT_MS = 60_000
const MAX_OUTPUT_BYTES = 1024 * 1024
/** Renewed this long before the end, so that no request is on its way with a token that ends. */
const EARLY_MS = 10_000

/**
 * Credentials that a plugin makes: run without a shell, once for all that wait, kept until they end or are refused.
 * Only commands that the operator allows; checked here, at once, not when first needed.
 */
export const createExecCredentials = (
  plugin: ExecPlugin,
  context: Context,
  deps: Deps,
): ClusterAccess['getCredentials'] => {
  const command = toAllowedCommand(plugin, context)
  let known: { readonly credentials: Credentials; readonly until: number } | undefined
  let running: Promise<Credentials> | undefined

  const run = async (): Promise<Credentials> => {
    const status = await runPlugin(command, plugin, context, deps)
    const until = status.expirationTimestamp
      ? Date.parse(status.expirationTimestamp) - EARLY_MS
      : Number.POSITIVE_INFINITY
    known = { credentials: toCredentials(status), until }
    return known.credentials
  }

  return async (options = {}) => {
    if (known && !options.renew && deps.clock.now().getTime() < known.until) return known.credentials
    running ??= run().finally(() => {
      running = undefined
    })
    return untilAborted(running, options.signal)
  }
}

const toAllowedCommand = (plugin: ExecPlugin, { folder, allowExec }: Context): string => {
  const { command } = plugin
  if (!command) throw createKubeError('KUBECONFIG_INVALID', 'the exec of a kubeconfig names no command')
  if (!API_VERSIONS.includes(plugin.apiVersion ?? '')) {
    throw createKubeError('KUBECONFIG_INVALID', `exec ${command}: apiVersion must be ${API_VERSIONS.join(' or ')}`)
  }
  if (plugin.interactiveMode === 'Always') {
    throw createKubeError('KUBE_EXEC_FAILED', `exec ${command} wants to talk to a person, which is not possible here`)
  }
  // A bare name is looked up in PATH; anything else is a path from the kubeconfig's folder.
  const file = command.includes('/') && !isAbsolute(command) ? resolve(folder, command) : command
  if (allowExec.includes(file) || allowExec.includes(command)) return file
  throw createKubeError('KUBE_EXEC_NOT_ALLOWED', `the kubeconfig wants to run ${file}, which is not allowed`, {
    subject: file,
    hint: `allow it with --allow-exec ${file} if you trust this kubeconfig`,
  })
}

const runPlugin = async (
  command: string,
  plugin: ExecPlugin,
  { access }: Context,
  deps: Deps,
): Promise<NonNullable<ExecCredential['status']>> => {
  const info = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(plugin.provideClusterInfo ? { cluster: toClusterInfo(access) } : {}) },
  }
  const extra = Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value]))
  let output: string
  try {
    const { stdout } = await runCommand(command, plugin.args ?? [], {
      env: { ...deps.env, ...extra, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      timeoutMs: TIMEOUT_MS,
      maxOutputBytes: MAX_OUTPUT_BYTES,
    })
    output = stdout.toString()
  } catch (error) {
    throw toFailedError(command, toError(error).message, plugin.installHint, error)
  }
  const { status } = parseCredential(command, output, plugin)
  if (!status?.token && !(status?.clientCertificateData && status.clientKeyData)) {
    throw toFailedError(command, 'it gave neither a token nor a certificate with its key')
  }
  return status
}

const parseCredential = (command: string, output: string, plugin: ExecPlugin): ExecCredential => {
  let credential: ExecCredential
  try {
    credential = JSON.parse(output)
  } catch {
    // The parser's message would quote the output, which may hold the token.
    throw toFailedError(command, 'what it wrote is not JSON')
  }
  if (credential.kind !== 'ExecCredential' || credential.apiVersion !== plugin.apiVersion) {
    throw toFailedError(command, `it must write an ExecCredential of ${plugin.apiVersion}`)
  }
  return credential
}

const toClusterInfo = (access: Context['access']) => ({
  server: access.server,
  ...(access.tlsServerName ? { 'tls-server-name': access.tlsServerName } : {}),
  ...(access.insecureSkipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
  ...(access.certificateAuthority
    ? { 'certificate-authority-data': Buffer.from(access.certificateAuthority).toString('base64') }
    : {}),
  ...(access.proxyUrl ? { 'proxy-url': access.proxyUrl } : {}),
})

const toCredentials = (status: NonNullable<ExecCredential['status']>): Credentials => ({
  ...(status.token ? { authorization: `Bearer ${status.token}` } : {}),
  ...(status.clientCertificateData && status.clientKeyData
    ? { clientCertificate: status.clientCertificateData, clientKey: status.clientKeyData }
    : {}),
})

const toFailedError = (command: string, reason: string, hint?: string, cause?: unknown): LockstepError =>
  createKubeError('KUBE_EXEC_FAILED', `credential plugin ${command} failed: ${reason}`, {
    subject: command,
    ...(hint ? { hint } : {}),
    cause,
  })
