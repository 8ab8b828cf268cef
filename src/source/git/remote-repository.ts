import { createHash, randomUUID } from 'node:crypto'
import { access, appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import { isLockstepError } from '../../base/errors.ts'
import type { GitRef } from '../../fleet/resolved.ts'
import { createSourceError } from '../errors.ts'
import { withFileLock } from '../file-lock.ts'
import type { GitConnection } from './connection.ts'
import type { GitUrl } from './git-url.ts'
import type { Git } from './run-git.ts'
import { formatRef, listPatterns, parseRefs, type SelectedRef, selectRef, toUnknownRefError } from './select-ref.ts'

/** Another repository as the cache holds it: a bare one, shallow and without contents that nobody asked for. */
export type RemoteRepository = {
  readonly directory: string
  /** The commit that a reference stands for now; what is in the cache already and cannot change needs no network. */
  readonly resolve: (ref: GitRef | undefined, options: { signal?: AbortSignal | undefined }) => Promise<ResolvedRef>
  /** Sees to it that everything below a tree is in the cache. */
  readonly completeTree: (tree: string, options: { signal?: AbortSignal | undefined }) => Promise<void>
}

/** A commit that is in the cache, its trees with it. */
type ResolvedRef = { readonly commit: string; readonly warnings: readonly string[] }

type Deps = { readonly git: Git; readonly connection: GitConnection; readonly clock: Clock }
type Options = { readonly signal?: AbortSignal | undefined }
type NamedRef = Exclude<GitRef, { readonly commit: string }>

/** Objects that are asked for by name at a time. */
const WANTS_AT_ONCE = 20_000

const FILTER = 'blob:none'
const FILTER_FLAG = `--filter=${FILTER}`
const ALL_REFS = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']
const PARTIAL_SETTINGS = ['remote.origin.promisor', 'remote.origin.partialCloneFilter', 'extensions.partialClone']
/** Marks the copy of a server that gives no single commit, or no content on its own. */
const WHOLE = 'lockstep-whole'

/** The cached copy of a repository below `gitDir`; it is made with the first reference. */
export const createRemoteRepository = (
  url: GitUrl,
  gitDir: string,
  offline: boolean,
  { git, connection, clock }: Deps,
): RemoteRepository => {
  const directory = join(gitDir, createHash('sha256').update(url.text).digest('hex').slice(0, 32))
  const locked = <Result>(task: () => Promise<Result>, { signal }: Options): Promise<Result> =>
    withFileLock(`${directory}.lock`, task, clock, { signal })

  const resolve = async (ref: GitRef | undefined, options: Options): Promise<ResolvedRef> => {
    const fixed = await findFixed(ref, options)
    if (fixed) return { commit: fixed, warnings: [] }
    if (offline) return findLastSeen(ref, options, new Error('offline'))
    try {
      return { commit: await fetchRef(ref, options), warnings: [] }
    } catch (error) {
      if (!isLockstepError(error, 'SOURCE_UNREACHABLE')) throw error
      return findLastSeen(ref, options, error)
    }
  }

  /** Commits do not change, and tags are taken not to. */
  const findFixed = async (ref: GitRef | undefined, options: Options): Promise<string | undefined> => {
    if (ref === undefined || !('commit' in ref || 'tag' in ref)) return undefined
    return findCommit('commit' in ref ? ref.commit : toSeenName(ref), options)
  }

  const findCommit = async (name: string, { signal }: Options): Promise<string | undefined> => {
    if (!(await exists(directory))) return undefined
    // Other commands would ask the origin of a partial clone for a commit that is not there.
    const args = ['rev-list', '--missing=allow-any', '--no-walk', '--max-count=1', '--end-of-options', name, '--']
    const { stdout, exitCode } = await git(args, { cwd: directory, exitCodes: [0, 128], signal })
    return exitCode === 0 ? stdout.toString().trim() || undefined : undefined
  }

  const findLastSeen = async (ref: GitRef | undefined, options: Options, cause: Error): Promise<ResolvedRef> => {
    const seen = ref === undefined || !('commit' in ref) ? await selectSeen(ref, options) : undefined
    if (seen === undefined) {
      if (isLockstepError(cause)) throw cause
      throw createSourceError('SOURCE_NOT_CACHED', `${url.display} is not in the cache: ${formatRef(ref)}`, {
        subject: url.display,
        hint: 'run it once with the network',
      })
    }
    const commit = seen.slice(0, 12)
    return {
      commit: seen,
      warnings: [`${url.display}: ${cause.message}; using ${formatRef(ref)} as last seen, ${commit}`],
    }
  }

  const selectSeen = async (ref: NamedRef | undefined, options: Options): Promise<string | undefined> => {
    if (ref === undefined || !('semver' in ref)) return findCommit(toSeenName(ref), options)
    if (!(await exists(directory))) return undefined
    const format = '--format=%(objectname)%09%(refname:lstrip=3)'
    const { stdout } = await git(['for-each-ref', format, 'refs/lockstep/tag/'], {
      cwd: directory,
      signal: options.signal,
    })
    const lines = stdout
      .toString()
      .split('\n')
      .map((line) => line.split('\t'))
    const tags = lines.flatMap(([id, name]) =>
      id && name ? [[`refs/tags/${decodeURIComponent(name)}`, id] as const] : [],
    )
    return selectRef(new Map(tags), ref)?.commit
  }

  const fetchRef = async (ref: GitRef | undefined, options: Options): Promise<string> => {
    const selected =
      ref !== undefined && 'commit' in ref ? { name: ref.commit, commit: ref.commit } : await lookUp(ref, options)
    await locked(async () => {
      if (await findCommit(selected.commit, options)) return
      await initialize(selected.commit.length, options)
      await fetchCommit(selected.commit, ref, options)
    }, options)
    if (ref === undefined || !('commit' in ref)) await remember(ref, selected, options)
    return selected.commit
  }

  const lookUp = async (ref: NamedRef | undefined, options: Options): Promise<SelectedRef> => {
    const selected = selectRef(await listRefs(listPatterns(ref), options), ref)
    if (selected) return selected
    throw toUnknownRefError(url.display, ref, await listRefs(['refs/heads/*', 'refs/tags/*'], options))
  }

  const listRefs = async (patterns: readonly string[], { signal }: Options) => {
    await mkdir(gitDir, { recursive: true })
    const { stdout } = await connection(['ls-remote', '--quiet', '--', url.text, ...patterns], {
      cwd: gitDir,
      ceiling: gitDir,
      signal,
    })
    return parseRefs(stdout.toString())
  }

  const initialize = async (idLength: number, { signal }: Options): Promise<void> => {
    if (await exists(directory)) return
    const temporary = `${directory}.new-${randomUUID()}`
    try {
      const format = idLength === 64 ? 'sha256' : 'sha1'
      await git(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '--', temporary], {
        cwd: gitDir,
        ceiling: gitDir,
        signal,
      })
      const origin = [
        '[remote "origin"]',
        `url = ${JSON.stringify(url.text)}`,
        'promisor = true',
        `partialCloneFilter = ${FILTER}`,
      ]
      const extension = ['[extensions]', 'partialClone = origin', '[core]', 'repositoryFormatVersion = 1']
      await appendFile(join(temporary, 'config'), `${[...origin, ...extension].join('\n')}\n`)
      await rename(temporary, directory)
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
  }

  const fetchCommit = async (commit: string, ref: GitRef | undefined, options: Options): Promise<void> => {
    if ((await isWhole()) || !(await tryShallow(commit, ref, options))) {
      await fetchFromOrigin(['origin', ...ALL_REFS], options)
    }
    if (!(await findCommit(commit, options))) throw toUnknownRefError(url.display, ref, new Map())
  }

  /** One commit, where the server gives one by its id; false where it has to be asked for all there is. */
  const tryShallow = async (commit: string, ref: GitRef | undefined, options: Options): Promise<boolean> => {
    try {
      await fetchFromOrigin([FILTER_FLAG, '--depth=1', 'origin', commit], options)
      return true
    } catch (error) {
      const said = isLockstepError(error) ? String(error.details.stderr) : ''
      if (/not our ref/.test(said)) throw toUnknownRefError(url.display, ref, new Map())
      if (!/dumb http|unadvertised object|does not (allow request|support shallow)/.test(said)) throw error
      await setWhole(options)
      return false
    }
  }

  const isWhole = (): Promise<boolean> => exists(join(directory, WHOLE))

  const setWhole = async ({ signal }: Options): Promise<void> => {
    // A partial clone asks its origin for what it lacks, over dumb HTTP again and again without end.
    for (const key of PARTIAL_SETTINGS) {
      await git(['config', '--unset', '--', key], { cwd: directory, exitCodes: [0, 5], signal })
    }
    await writeFile(join(directory, WHOLE), '')
  }

  const fetchFromOrigin = async (operands: readonly string[], { signal }: Options, input?: string): Promise<void> => {
    const flags = ['--quiet', '--no-tags', '--no-write-fetch-head']
    await connection(['fetch', ...flags, ...operands], {
      cwd: directory,
      ...(input === undefined ? {} : { input, config: [['fetch.negotiationAlgorithm', 'noop']] }),
      signal,
    })
  }

  const remember = async (
    ref: NamedRef | undefined,
    { name, commit }: SelectedRef,
    { signal }: Options,
  ): Promise<void> => {
    const tag = name.startsWith('refs/tags/') ? { tag: name.slice('refs/tags/'.length) } : undefined
    const seen = toSeenName(tag ?? (ref as Exclude<NamedRef, { semver: string }> | undefined))
    await locked(() => git(['update-ref', '--', seen, commit], { cwd: directory, signal }), { signal })
  }

  const listMissing = async (tree: string, { signal }: Options): Promise<readonly string[]> => {
    const args = ['rev-list', '--objects', '--no-object-names', '--missing=print', tree, '--']
    const { stdout } = await git(args, { cwd: directory, signal })
    return stdout
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('?'))
      .map((line) => line.slice(1))
  }

  const completeTree = async (tree: string, options: Options): Promise<void> => {
    await locked(async () => {
      const missing = await listMissing(tree, options)
      if (missing.length > 0 && offline) {
        throw createSourceError('SOURCE_NOT_CACHED', `${url.display} is not wholly in the cache`, {
          subject: url.display,
          hint: 'run it once with the network',
        })
      }
      for (let start = 0; start < missing.length; start += WANTS_AT_ONCE) {
        await fetchFromOrigin(
          [FILTER_FLAG, '--stdin', 'origin'],
          options,
          `${missing.slice(start, start + WANTS_AT_ONCE).join('\n')}\n`,
        )
      }
    }, options)
  }

  return { directory, resolve, completeTree }
}

/** Where the cache remembers the commit of a branch or tag. Slashes are escaped: `a` and `a/b` may follow each other. */
const toSeenName = (ref: Exclude<NamedRef, { semver: string }> | undefined): string => {
  if (ref === undefined) return 'refs/lockstep/head'
  const [kind, name] = Object.entries(ref)[0]!
  return `refs/lockstep/${kind}/${encodeURIComponent(name)}`
}

const exists = async (path: string): Promise<boolean> => {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
