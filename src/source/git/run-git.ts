import { type CommandResult, runCommand } from '../../base/spawn.ts'
import type { SourceDeps } from '../source-deps.ts'

/** How one git command is run. */
export type GitOptions = {
  /** The repository: a bare one, or a folder in a working tree. */
  readonly cwd: string
  /** Repositories are not looked for in this folder and above it. */
  readonly ceiling?: string
  readonly input?: string | Buffer
  /** Settings for this command alone; given in the environment, where other users do not see them. */
  readonly config?: readonly (readonly [key: string, value: string])[]
  /** The schemes that it may use to reach other repositories; none by default. */
  readonly schemes?: readonly string[]
  readonly exitCodes?: readonly number[]
  readonly timeoutMs?: number
  readonly maxOutputBytes?: number
  readonly signal?: AbortSignal | undefined
}

/** Runs git with an argument vector. */
export type Git = (args: readonly string[], options: GitOptions) => Promise<CommandResult>

// What git and its helpers may know of the user's environment: never GIT_DIR and its like.
const PASSED_VARIABLES = ['PATH', 'HOME', 'USER', 'LOGNAME', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR', 'TMPDIR']
PASSED_VARIABLES.push('SSH_AUTH_SOCK', 'GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_SSH_VARIANT', 'GIT_ASKPASS')
PASSED_VARIABLES.push('GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM', 'GIT_SSL_CAINFO')
PASSED_VARIABLES.push('SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE', 'GNUPGHOME', 'DBUS_SESSION_BUS_ADDRESS')
PASSED_VARIABLES.push('http_proxy', 'https_proxy', 'all_proxy', 'no_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY')

const SAFE_CONFIG: readonly (readonly [string, string])[] = [
  // Nothing that a repository says is executed.
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.quotePath', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  // A redirect could lead where the URL itself may not; those that may be followed are followed by us.
  ['http.followRedirects', 'false'],
  ['http.lowSpeedLimit', '1000'],
  ['http.lowSpeedTime', '60'],
]

const TIMEOUT_MS = 600_000
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** The git command line, made harmless: no prompts, no hooks, no file-system monitor, only the schemes that are named. */
export const createGit = ({ env }: Pick<SourceDeps, 'env'>): Git => {
  const passed = Object.fromEntries(
    PASSED_VARIABLES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  )
  return (args, { cwd, ceiling, config = [], schemes = [], timeoutMs, maxOutputBytes, signal, input, exitCodes }) =>
    runCommand('git', args, {
      cwd,
      env: {
        ...passed,
        LC_ALL: 'C',
        GIT_TERMINAL_PROMPT: '0',
        GCM_INTERACTIVE: 'never',
        GIT_OPTIONAL_LOCKS: '0',
        GIT_PROTOCOL_FROM_USER: '0',
        ...(schemes.length === 0 ? { GIT_NO_LAZY_FETCH: '1' } : {}),
        // Empty is not "none" to git, so none is a scheme that there is not.
        GIT_ALLOW_PROTOCOL: schemes.length === 0 ? 'none' : schemes.join(':'),
        ...(ceiling === undefined ? {} : { GIT_CEILING_DIRECTORIES: ceiling }),
        ...formatConfig([...SAFE_CONFIG, ...config]),
      },
      timeoutMs: timeoutMs ?? TIMEOUT_MS,
      maxOutputBytes: maxOutputBytes ?? MAX_OUTPUT_BYTES,
      ...(input === undefined ? {} : { input }),
      ...(exitCodes ? { exitCodes } : {}),
      ...(signal ? { signal } : {}),
    })
}

const formatConfig = (entries: readonly (readonly [string, string])[]): Record<string, string> => ({
  GIT_CONFIG_COUNT: String(entries.length),
  ...Object.fromEntries(
    entries.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ),
})
