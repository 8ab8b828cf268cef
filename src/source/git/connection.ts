import { isIP } from 'node:net'
import { isLockstepError, type LockstepError } from '../../base/errors.ts'
import { findProxy } from '../../base/proxy.ts'
import type { CommandResult } from '../../base/spawn.ts'
import type { CredentialsRef } from '../../fleet/resolved.ts'
import { formatBasic, readCredentials } from '../credentials.ts'
import { createSourceError } from '../errors.ts'
import type { HttpClient } from '../http-client.ts'
import type { SourceDeps } from '../source-deps.ts'
import type { UrlGuard } from '../url-guard.ts'
import { findRedirect } from './find-redirect.ts'
import { type GitUrl, parseGitUrl } from './git-url.ts'
import type { Git, GitOptions } from './run-git.ts'

/** Runs git commands that talk to one other repository. */
export type GitConnection = (args: readonly string[], options: GitOptions) => Promise<CommandResult>

/** What decides where git may go. */
export type ConnectionDeps = Pick<SourceDeps, 'env'> & {
  readonly git: Git
  readonly guard: UrlGuard
  readonly http: HttpClient
  readonly allowFile: boolean
}

/**
 * Git towards one repository: the host is checked before, and git is held to the addresses that were checked;
 * credentials travel in the environment and to that host alone. What git says of the network becomes an error of ours.
 */
export const createConnection = (
  url: GitUrl,
  credentials: CredentialsRef | undefined,
  deps: ConnectionDeps,
): GitConnection => {
  const { git, guard, http, env, allowFile } = deps
  const prepare = async (): Promise<readonly (readonly [string, string])[]> => {
    if (url.scheme === 'file') {
      if (!allowFile) throw refuseFile(url)
      return []
    }
    if (url.scheme === 'ssh') {
      await resolveIfKnown(guard, url)
      return []
    }
    const parsed = new URL(url.text)
    guard.assertScheme(parsed)
    return [...(await pinHost(url, parsed, guard, env)), ...(await authorize(url, parsed, credentials, env))]
  }
  let moved: Promise<URL | undefined> | undefined

  const run: GitConnection = async (args, options) => {
    const config = [...(await prepare()), ...(options.config ?? [])]
    try {
      return await git(args, { ...options, config, schemes: [url.scheme] })
    } catch (error) {
      if (!isLockstepError(error, 'COMMAND_FAILED')) throw error
      const answered = REDIRECT.test(String(error.details.stderr))
      if (answered) moved ??= findRedirect(new URL(url.text), http, options)
      const target = answered ? await moved : undefined
      if (target === undefined) throw toGitError(error, url)
      return createConnection(
        parseGitUrl(target.href),
        undefined,
        deps,
      )(args, {
        ...options,
        // What is meant for the first host goes to the second one only where they are the same.
        config: [...config.filter(([key]) => key !== PIN), [`url.${target.href}.insteadOf`, url.text]],
      })
    }
  }
  return run
}

const REDIRECT = /returned error: 30\d/
const PIN = 'http.curloptResolve'

const pinHost = async (
  { host = '', port }: GitUrl,
  parsed: URL,
  guard: UrlGuard,
  env: SourceDeps['env'],
): Promise<readonly (readonly [string, string])[]> => {
  if (findProxy(parsed, env)) {
    // The proxy resolves names, and decides.
    guard.assertLiteral(host)
    return []
  }
  const addresses = await resolveOrFail(guard, host)
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return []
  const list = addresses.map(({ address, family }) => (family === 6 ? `[${address}]` : address)).join(',')
  return [[PIN, `${host}:${port}:${list}`]]
}

const authorize = async (
  url: GitUrl,
  parsed: URL,
  credentials: CredentialsRef | undefined,
  env: SourceDeps['env'],
): Promise<readonly (readonly [string, string])[]> => {
  if (!credentials) return []
  const header = formatBasic(await readCredentials(credentials, url.display, { env }))
  return [[`http.${parsed.origin}/.extraHeader`, `Authorization: ${header}`]]
}

const resolveOrFail = async (guard: UrlGuard, host: string) => {
  try {
    return await guard.resolve(host)
  } catch (error) {
    if (isLockstepError(error)) throw error
    throw createSourceError('SOURCE_UNREACHABLE', `${host} cannot be reached: its name is not known`, {
      subject: host,
      retry: 'transient',
      cause: error,
    })
  }
}

// A name that only the user's ssh configuration knows cannot be checked: that configuration says where it leads.
const resolveIfKnown = async (guard: UrlGuard, { host = '' }: GitUrl): Promise<void> => {
  try {
    await guard.resolve(host)
  } catch (error) {
    if (isLockstepError(error)) throw error
  }
}

// Most specific first: git wraps all of them into "unable to access".
const MEANINGS = [
  {
    pattern:
      /Authentication failed|could not read (Username|Password)|Permission denied|Access denied|returned error: 40[13]|Host key verification failed/i,
    code: 'SOURCE_UNAUTHORIZED',
    says: 'refuses access',
    hint: 'check the credentials: what git itself uses for this URL, or the repository’s `credentials`',
  },
  {
    pattern:
      /returned error: 404|repository .* not found|does not appear to be a git repository|does not exist|not a git repository/i,
    code: 'SOURCE_REPOSITORY_NOT_FOUND',
    says: 'is not there',
    hint: 'check the URL',
  },
  {
    pattern:
      /Could not resolve|Connection (refused|reset|timed out|closed)|timed out|Failed to connect|Couldn't connect|Could not connect|too slow|Could not read from remote|returned error: 5\d\d|early EOF|hung up|No route to host|Network is unreachable/i,
    code: 'SOURCE_UNREACHABLE',
    says: 'cannot be reached',
    hint: 'check the network and the URL',
  },
] as const

const toGitError = (error: LockstepError, url: GitUrl): LockstepError => {
  const said = String(error.details.stderr ?? '').trim()
  const meaning = MEANINGS.find(({ pattern }) => pattern.test(said))
  const last = said.split('\n').findLast((line) => /^(fatal|error):/.test(line)) ?? said.split('\n').at(-1) ?? ''
  const reason = last.replace(/^(fatal|error): /, '').trim()
  return createSourceError(meaning?.code ?? 'GIT_FAILED', `${url.display} ${meaning?.says ?? 'failed'}: ${reason}`, {
    subject: url.display,
    ...(meaning ? { hint: meaning.hint } : {}),
    retry: meaning === undefined || meaning.code === 'SOURCE_UNREACHABLE' ? 'transient' : 'terminal',
    details: error.details,
    cause: error,
  })
}

const refuseFile = (url: GitUrl) =>
  createSourceError('SOURCE_URL_REFUSED', `${url.display} is on this machine's disk, which is not allowed here`, {
    subject: url.display,
    hint: 'use https or ssh',
  })
