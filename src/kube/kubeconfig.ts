import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { isLockstepError, type LockstepError } from '../base/errors.ts'
import { findProxy, isLoopback } from '../base/proxy.ts'
import { suggestName } from '../base/suggest.ts'
import type { Impersonation } from './client.ts'
import type { ClusterAccess, Credentials } from './cluster-access.ts'
import { createKubeError } from './errors.ts'
import { createExecCredentials, type ExecPlugin } from './exec-credentials.ts'
import { createTokenFile } from './token-file.ts'
import { parseYaml } from './yaml.ts'

/** Which kubeconfig, which context. */
export type KubeconfigOptions = {
  /** The files of `KUBECONFIG`, or `~/.kube/config` alone. Those missing are skipped as long as one is there. */
  readonly paths: readonly string[]
  /** The current context by default. */
  readonly context?: string
  /** Commands that credential plugins may be, exactly as the kubeconfig writes them or by their absolute path. */
  readonly allowExec: readonly string[]
}

/** The world of {@link loadKubeconfig}. */
export type KubeconfigDeps = {
  readonly clock: Clock
  /** The environment of credential plugins; it also names the proxy where the kubeconfig names none. */
  readonly env: Readonly<Record<string, string>>
  readonly readFile?: (path: string, options: { readonly signal?: AbortSignal }) => Promise<Buffer>
  /** What was parsed before, where many contexts of the same files are loaded. */
  readonly parsed?: ParsedKubeconfigs
}

/** The last content of kubeconfigs, by their paths: a file is read each time, and parsed when it changed. */
export type ParsedKubeconfigs = Map<string, { readonly content: Buffer; readonly config: Kubeconfig }>

type Named<Content> = Readonly<Record<string, Entry<Content>>>
/** An entry with the folder of the file it is from, which its paths are relative to. */
type Entry<Content> = { readonly content: Content; readonly folder: string }
type ClusterEntry = {
  readonly server?: string
  readonly 'certificate-authority'?: string
  readonly 'certificate-authority-data'?: string
  readonly 'insecure-skip-tls-verify'?: boolean
  readonly 'tls-server-name'?: string
  readonly 'proxy-url'?: string
}
type UserEntry = {
  readonly 'client-certificate'?: string
  readonly 'client-certificate-data'?: string
  readonly 'client-key'?: string
  readonly 'client-key-data'?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly username?: string
  readonly password?: string
  readonly as?: string
  readonly 'as-uid'?: string
  readonly 'as-groups'?: readonly string[]
  readonly exec?: ExecPlugin
  readonly 'auth-provider'?: { readonly name?: string }
}
type ContextEntry = { readonly cluster?: string; readonly user?: string; readonly namespace?: string }
type Kubeconfig = {
  readonly currentContext: string | undefined
  readonly contexts: Named<ContextEntry>
  readonly clusters: Named<ClusterEntry>
  readonly users: Named<UserEntry>
}

/** The access that a context of these files gives, files merged as kubectl does: the first to name something wins. */
export const loadKubeconfig = async (
  options: KubeconfigOptions,
  deps: KubeconfigDeps,
  callOptions: { readonly signal?: AbortSignal } = {},
): Promise<ClusterAccess> => {
  const read = (path: string): Promise<Buffer> => (deps.readFile ?? readFile)(path, callOptions)
  const config = await loadFiles(options.paths, read, deps.parsed)
  const name = options.context ?? config.currentContext
  if (!name) throw toInvalidError(options.paths, 'no context is given and there is no current-context')
  const context = config.contexts[name]
  if (!context) throw toContextError(name, config, options.paths)
  const cluster = pickEntry(config.clusters, context.content.cluster, 'cluster', name, options.paths)
  const user = context.content.user
    ? pickEntry(config.users, context.content.user, 'user', name, options.paths)
    : { content: {}, folder: '' }
  return toAccess(name, context.content, cluster, user, options, deps, read)
}

/** The names of all contexts, and the current one. */
export const listContexts = async (
  paths: readonly string[],
  deps: Pick<KubeconfigDeps, 'readFile'> = {},
): Promise<{ readonly contexts: readonly string[]; readonly current?: string }> => {
  const config = await loadFiles(paths, (path) => (deps.readFile ?? readFile)(path, {}))
  return {
    contexts: Object.keys(config.contexts),
    ...(config.currentContext ? { current: config.currentContext } : {}),
  }
}

type ReadFile = (path: string) => Promise<Buffer>

const loadFiles = async (
  paths: readonly string[],
  read: ReadFile,
  parsed: ParsedKubeconfigs = new Map(),
): Promise<Kubeconfig> => {
  const files = await Promise.all(paths.filter((path) => path !== '').map((path) => loadFile(path, read, parsed)))
  const found = files.filter((file) => file !== undefined)
  if (found.length === 0) throw toInvalidError(paths, 'there is no such file')
  const [only] = found
  if (found.length === 1 && only) return only
  // Later spreads win, so the first file comes last.
  const merge = <Content>(pick: (config: Kubeconfig) => Named<Content>): Named<Content> =>
    Object.assign(Object.create(null), ...found.map(pick).reverse())
  return {
    currentContext: found.map((file) => file.currentContext).find((name) => name),
    contexts: merge((file) => file.contexts),
    clusters: merge((file) => file.clusters),
    users: merge((file) => file.users),
  }
}

const loadFile = async (path: string, read: ReadFile, parsed: ParsedKubeconfigs): Promise<Kubeconfig | undefined> => {
  let content: Buffer
  try {
    content = await read(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw toInvalidError([path], 'it cannot be read', error)
  }
  const known = parsed.get(path)
  if (known?.content.equals(content)) return known.config
  try {
    const config = parseFile(content.toString(), path)
    parsed.set(path, { content, config })
    return config
  } catch (error) {
    throw isLockstepError(error, 'YAML_INVALID') ? toInvalidError([path], error.message, error) : error
  }
}

const parseFile = (text: string, path: string): Kubeconfig => {
  const document = (parseYaml(text, { file: path })[0] ?? {}) as Readonly<Record<string, unknown>>
  const folder = dirname(resolve(path))
  const index = <Content>(list: string, key: string): Named<Content> => {
    const items = document[list] ?? []
    if (!Array.isArray(items)) throw toInvalidError([path], `${list} is not a list`)
    const entries = items.map((item): [string, Entry<Content>] => {
      if (typeof item?.name !== 'string') throw toInvalidError([path], `an item of ${list} has no name`)
      return [item.name, { content: (item[key] ?? {}) as Content, folder }]
    })
    return Object.assign(Object.create(null), Object.fromEntries(entries.reverse()))
  }
  return {
    currentContext: typeof document['current-context'] === 'string' ? document['current-context'] : undefined,
    contexts: index('contexts', 'context'),
    clusters: index('clusters', 'cluster'),
    users: index('users', 'user'),
  }
}

const pickEntry = <Content>(
  entries: Named<Content>,
  name: string | undefined,
  what: string,
  context: string,
  paths: readonly string[],
): Entry<Content> => {
  const entry = name === undefined ? undefined : entries[name]
  if (entry) return entry
  const reason = name === undefined ? `names no ${what}` : `names the ${what} "${name}", which is not there`
  throw toInvalidError(paths, `context "${context}" ${reason}`)
}

const toAccess = async (
  contextName: string,
  context: ContextEntry,
  { content: cluster, folder }: Entry<ClusterEntry>,
  user: Entry<UserEntry>,
  options: KubeconfigOptions,
  deps: KubeconfigDeps,
  read: ReadFile,
): Promise<ClusterAccess> => {
  const fail = (reason: string): LockstepError => toInvalidError(options.paths, `context "${contextName}": ${reason}`)
  if (!cluster.server || !URL.canParse(cluster.server)) throw fail('its cluster has no valid server')
  const certificateAuthority = await readPem(
    cluster['certificate-authority-data'],
    cluster['certificate-authority'],
    folder,
    read,
    fail,
  )
  const insecure = cluster['insecure-skip-tls-verify'] === true
  if (insecure && certificateAuthority)
    throw fail('insecure-skip-tls-verify and a certificate authority exclude each other')
  const impersonate = toImpersonation(user.content, fail)
  const server = new URL(cluster.server)
  const proxyUrl = cluster['proxy-url'] || (isLoopback(server) ? undefined : findProxy(server, deps.env))
  const access: Omit<ClusterAccess, 'getCredentials'> = {
    server: cluster.server,
    ...(certificateAuthority ? { certificateAuthority } : {}),
    ...(insecure ? { insecureSkipTlsVerify: true } : {}),
    ...(cluster['tls-server-name'] ? { tlsServerName: cluster['tls-server-name'] } : {}),
    ...(proxyUrl ? { proxyUrl } : {}),
    ...(context.namespace ? { namespace: context.namespace } : {}),
    ...(impersonate ? { impersonate } : {}),
  }
  return { ...access, getCredentials: await createCredentials(user, access, options, deps, read, fail) }
}

const readPem = async (
  data: string | undefined,
  file: string | undefined,
  folder: string,
  read: ReadFile,
  fail: (reason: string) => LockstepError,
): Promise<string | undefined> => {
  if (data) return Buffer.from(data, 'base64').toString()
  if (!file) return undefined
  const path = resolve(folder, file)
  try {
    return (await read(path)).toString()
  } catch (error) {
    throw fail(`${path} cannot be read: ${(error as Error).message}`)
  }
}

const toImpersonation = (user: UserEntry, fail: (reason: string) => LockstepError): Impersonation | undefined => {
  const { as, 'as-groups': groups, 'as-uid': uid } = user
  if (as) return { user: as, ...(groups ? { groups } : {}), ...(uid ? { uid } : {}) }
  // Impersonating nobody in particular would mean going in with full rights.
  if (groups?.length || uid) throw fail('as-groups and as-uid need as')
  return undefined
}

const createCredentials = async (
  { content: user, folder }: Entry<UserEntry>,
  access: Omit<ClusterAccess, 'getCredentials'>,
  options: KubeconfigOptions,
  deps: KubeconfigDeps,
  read: ReadFile,
  fail: (reason: string) => LockstepError,
): Promise<ClusterAccess['getCredentials']> => {
  if (user['auth-provider']) {
    throw fail(`auth-provider ${user['auth-provider'].name ?? ''} is gone from Kubernetes; use an exec plugin`)
  }
  const clientCertificate = await readPem(
    user['client-certificate-data'],
    user['client-certificate'],
    folder,
    read,
    fail,
  )
  const clientKey = await readPem(user['client-key-data'], user['client-key'], folder, read, fail)
  if ((clientCertificate === undefined) !== (clientKey === undefined)) {
    throw fail('a client certificate and its key belong together, one is missing')
  }
  const certificate: Credentials = clientCertificate && clientKey ? { clientCertificate, clientKey } : {}
  if (user.tokenFile) return createTokenFile(resolve(folder, user.tokenFile), certificate, { clock: deps.clock, read })
  if (user.exec) return createExecCredentials(user.exec, { folder, allowExec: options.allowExec, access }, deps)
  const authorization = user.token
    ? `Bearer ${user.token}`
    : user.username
      ? `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`
      : undefined
  const credentials = { ...certificate, ...(authorization ? { authorization } : {}) }
  return async () => credentials
}

const toContextError = (name: string, config: Kubeconfig, paths: readonly string[]): LockstepError => {
  const suggestion = suggestName(name, Object.keys(config.contexts))
  return createKubeError('KUBECONFIG_CONTEXT_NOT_FOUND', `there is no context "${name}" in ${paths.join(', ')}`, {
    subject: name,
    hint: suggestion
      ? `did you mean "${suggestion}"?`
      : `contexts: ${Object.keys(config.contexts).slice(0, 10).join(', ') || 'none'}`,
  })
}

const toInvalidError = (paths: readonly string[], reason: string, cause?: unknown): LockstepError =>
  createKubeError('KUBECONFIG_INVALID', `kubeconfig ${paths.join(', ')}: ${reason}`, {
    subject: paths.join(', '),
    cause,
  })
