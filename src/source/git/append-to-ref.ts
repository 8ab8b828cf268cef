import type { GitOptions } from './run-git.ts'
import { parseRefs } from './select-ref.ts'

/** Runs git; `remote` may reach the repository at `url`, and is absent where that is this one. */
export type AppendDeps = {
  readonly git: (args: readonly string[], options: GitOptions) => Promise<{ readonly stdout: Buffer }>
  readonly remote?: {
    readonly url: string
    readonly run: (args: readonly string[], options: GitOptions) => Promise<{ readonly stdout: Buffer }>
  }
}

/** What is appended where. */
export type AppendOptions = {
  readonly cwd: string
  /** Like `refs/lockstep/audit`. Nobody's branch: it is fetched only by who asks for it. */
  readonly ref: string
  readonly file: string
  readonly lines: readonly string[]
  readonly message: string
  readonly author: { readonly name: string; readonly email: string }
  readonly signal?: AbortSignal | undefined
}

const ATTEMPTS = 3

/**
 * Appends lines to a file under a ref of its own, as a commit upon what is there, never over it; lines that it has already are
 * left out. Gives how many were new. No working tree is touched.
 */
export const appendToRef = async (options: AppendOptions, deps: AppendDeps): Promise<number> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await appendOnce(options, deps)
    } catch (error) {
      // Somebody else was first: upon that, then.
      if (attempt >= ATTEMPTS || options.signal?.aborted) throw error
    }
  }
}

const appendOnce = async (
  { cwd, ref, file, lines, message, author, signal }: AppendOptions,
  { git, remote }: AppendDeps,
): Promise<number> => {
  const config = [
    ['user.name', author.name],
    ['user.email', author.email],
    ['commit.gpgsign', 'false'],
  ] as const
  const run = async (args: readonly string[], input?: string): Promise<string> =>
    (await git(args, { cwd, config, signal, ...(input === undefined ? {} : { input }) })).stdout.toString()
  const listed = remote
    ? await remote.run(['ls-remote', '--quiet', '--', remote.url, ref], { cwd, signal })
    : await git(['for-each-ref', '--format=%(objectname)%09%(refname)', '--', ref], { cwd, signal })
  const tip = parseRefs(listed.stdout.toString()).get(ref)
  if (remote && tip !== undefined)
    await remote.run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', remote.url, ref], { cwd, signal })
  const before = tip === undefined ? '' : await run(['cat-file', 'blob', `${tip}:${file}`])
  const known = new Set(before.split('\n'))
  const fresh = lines.filter((line) => !known.has(line))
  if (fresh.length === 0) return 0
  const blob = (await run(['hash-object', '-w', '--stdin'], `${before}${fresh.join('\n')}\n`)).trim()
  const tree = (await run(['mktree'], `100644 blob ${blob}\t${file}\n`)).trim()
  const commit = (await run(['commit-tree', tree, ...(tip === undefined ? [] : ['-p', tip]), '-m', message])).trim()
  if (remote) await remote.run(['push', '--quiet', remote.url, `${commit}:${ref}`], { cwd, signal })
  else await run(['update-ref', '--', ref, commit, tip ?? ''])
  return fresh.length
}
