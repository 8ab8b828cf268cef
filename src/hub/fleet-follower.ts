import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { isLockstepError, toError } from '../base/errors.ts'
import { assertValidSession, type FleetSession, openSessionAt } from '../render/fleet-session.ts'
import { createSourceError } from '../source/errors.ts'
import { appendToRef } from '../source/git/append-to-ref.ts'
import { createConnection } from '../source/git/connection.ts'
import { isGitUrl, parseGitUrl } from '../source/git/git-url.ts'
import { createGit } from '../source/git/run-git.ts'
import { parseRefs, toUnknownRefError } from '../source/git/select-ref.ts'
import { createHttpClient } from '../source/http-client.ts'
import { createUrlGuard } from '../source/url-guard.ts'
import type { StoredRevision } from '../store/revisions.ts'
import { type RefFolders, readRefSignature } from './ref-signature.ts'

/** Which fleet repository, and how often it is asked. */
export type FollowOptions = {
  /** A folder in a Git working tree, or a URL. */
  readonly fleet: string
  /** The branch that is followed; by default the one that is checked out, or the remote's default. */
  readonly branch?: string
  /** `user:password` or a token for the remote, read anew for each request. */
  readonly credentialsFile?: string
  /** Where a copy of a remote repository is kept. */
  readonly copyDir: string
  readonly cacheDir: string
  readonly allowPrivate?: readonly string[]
  readonly pollMs: number
}

/** The world of following. */
export type FollowDeps = {
  readonly clock: Clock
  readonly random: () => number
  readonly env: Readonly<Record<string, string | undefined>>
  /** A new commit is there to be had. */
  readonly onRevision: (commit: string) => Promise<void>
  /** Git could not be asked; it is tried again. */
  readonly onError: (error: Error) => void
  /** Git answers again. */
  readonly onAnswer: () => void
}

const CHECKPOINT_REF = 'refs/lockstep/audit'

/** A fleet repository that is followed. */
export type FleetFollower = {
  /** Asks Git now instead of at the next turn. */
  readonly poke: () => void
  /** Follows until the signal. */
  readonly run: (options: { readonly signal: AbortSignal }) => Promise<void>
  /** The fleet as it was at a commit (`FLEET_INVALID`). */
  readonly openRevision: (commit: string, options: { readonly signal: AbortSignal }) => Promise<FleetSession>
  /** Appends lines to `checkpoints.jsonl` under `refs/lockstep/audit` of the repository; gives how many were new. */
  readonly keepCheckpoints: (
    lines: readonly string[],
    hub: string,
    options: { readonly signal: AbortSignal },
  ) => Promise<number>
  /** Who made a commit. */
  readonly describe: (commit: string, time: string) => Promise<StoredRevision>
}

/**
 * Follows one branch of a fleet repository: a folder by asking git there, a URL by asking the server for one line
 * (`ls-remote`) and fetching only when that changed. Only commits count: what is not committed is nobody's word.
 */
export const createFleetFollower = (options: FollowOptions, deps: FollowDeps): FleetFollower => {
  const { fleet, branch, pollMs } = options
  const { clock, random, env } = deps
  const git = createGit({ env })
  const isRemote = isGitUrl(fleet)
  const directory = isRemote ? options.copyDir : resolve(fleet)
  let poked = Promise.withResolvers<void>()

  const connection = isRemote ? openConnection(fleet, options, deps) : undefined

  let refs: RefFolders | undefined
  let last: { readonly signature: string; readonly commit: string } | undefined

  /** Git is asked when something changed on the disk. */
  const readLocal = async (signal: AbortSignal): Promise<string> => {
    const name = branch ?? 'HEAD'
    const signature = refs && (await readRefSignature(refs, name))
    if (last && last.signature === signature) return last.commit
    const commit = await askLocal(name, signal)
    refs ??= await findRefs(signal)
    // As it was before git was asked: what changed meanwhile is asked about again.
    last = signature === undefined ? undefined : { signature, commit }
    return commit
  }

  const findRefs = async (signal: AbortSignal): Promise<RefFolders> => {
    const { stdout } = await git(['rev-parse', '--git-dir', '--git-common-dir'], { cwd: directory, signal })
    const [own = '', common = ''] = stdout
      .toString()
      .split('\n')
      .map((path) => resolve(directory, path))
    return { own, common }
  }

  const askLocal = async (name: string, signal: AbortSignal): Promise<string> => {
    const { stdout, exitCode } = await git(
      ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`],
      { cwd: directory, exitCodes: [0, 1, 128], signal },
    )
    if (exitCode === 128 && !existsSync(join(directory, '.git'))) await assertInGit(signal)
    if (exitCode !== 0) throw toUnknownRefError(directory, branch === undefined ? undefined : { branch }, new Map())
    return stdout.toString().trim()
  }

  const assertInGit = async (signal: AbortSignal): Promise<void> => {
    const { exitCode } = await git(['rev-parse', '--git-dir'], { cwd: directory, exitCodes: [0, 128], signal })
    if (exitCode === 0) return
    throw createSourceError('SOURCE_REPOSITORY_NOT_FOUND', `${directory} is in no Git repository`, {
      subject: directory,
      hint: 'a hub follows commits: make it one with git init, and commit the fleet',
    })
  }

  const readRemote = async (ask: NonNullable<typeof connection>, signal: AbortSignal): Promise<string> => {
    const name = branch === undefined ? 'HEAD' : `refs/heads/${branch}`
    const parent = dirname(directory)
    await mkdir(parent, { recursive: true })
    const listed = await ask(['ls-remote', '--quiet', '--', fleet, name], { cwd: parent, ceiling: parent, signal })
    const commit = parseRefs(listed.stdout.toString()).get(name)
    if (commit === undefined) throw toUnknownRefError(fleet, branch === undefined ? undefined : { branch }, new Map())
    if (!existsSync(directory)) {
      await git(['init', '--quiet', '--template=', '--', directory], { cwd: parent, ceiling: parent, signal })
    }
    if (!(await hasCommit(commit, signal))) {
      const refs = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']
      await ask(['fetch', '--quiet', '--prune', '--no-write-fetch-head', fleet, ...refs], { cwd: directory, signal })
    }
    return commit
  }

  const hasCommit = async (commit: string, signal: AbortSignal): Promise<boolean> => {
    const { exitCode } = await git(['cat-file', '-e', `${commit}^{commit}`], {
      cwd: directory,
      exitCodes: [0, 1, 128],
      signal,
    })
    return exitCode === 0
  }

  const openRevision: FleetFollower['openRevision'] = async (commit, { signal }) => {
    const { cacheDir, allowPrivate } = options
    const session = await openSessionAt(
      { folder: directory, revision: commit, cacheDir, ...(allowPrivate ? { allowPrivate } : {}), signal },
      { clock, env },
    )
    return assertValidSession(session)
  }

  return {
    poke: () => poked.resolve(),
    openRevision,
    keepCheckpoints: (lines, hub, { signal }) =>
      appendToRef(
        {
          cwd: directory,
          ref: CHECKPOINT_REF,
          file: 'checkpoints.jsonl',
          lines,
          message: `Checkpoints of the trail of ${hub}`,
          author: { name: `lockstep hub ${hub}`, email: 'hub@lockstep.invalid' },
          signal,
        },
        { git, ...(connection ? { remote: { url: fleet, run: connection } } : {}) },
      ),
    describe: async (commit, time) => {
      const format = ['%an <%ae>', '%cn <%ce>', '%cI', '%s', '%G?', '%(trailers:only,unfold)'].join('%x00')
      const { stdout } = await git(['show', '--no-patch', `--format=${format}`, '--end-of-options', commit], {
        cwd: directory,
      })
      const [author = '', committer = '', committed = '', subject = '', signature = '', trailers = ''] = stdout
        .toString()
        .trimEnd()
        .split('\0')
      const lines = trailers.split('\n').filter((line) => line !== '')
      return { commit, time, author, committer, committed, subject, signature, trailers: lines }
    },
    run: async ({ signal }) => {
      let last: string | undefined
      while (!signal.aborted) {
        poked = Promise.withResolvers<void>()
        try {
          const commit = connection ? await readRemote(connection, signal) : await readLocal(signal)
          deps.onAnswer()
          if (commit !== last) {
            // One that is wrong in itself is not looked at again; whatever else fails is tried again.
            await tryRevision(() => deps.onRevision(commit), deps)
            last = commit
          }
        } catch (error) {
          if (signal.aborted) return
          deps.onError(toError(error))
        }
        const waiting = new AbortController()
        const sleep = clock.sleep(pollMs * (0.9 + 0.2 * random()), {
          signal: AbortSignal.any([signal, waiting.signal]),
        })
        await Promise.race([sleep.catch(() => undefined), poked.promise])
        waiting.abort()
      }
    },
  }
}

const tryRevision = async (task: () => Promise<void>, { onError }: FollowDeps): Promise<void> => {
  try {
    await task()
  } catch (error) {
    if (!isLockstepError(error) || error.retry === 'transient') throw error
    onError(error)
  }
}

const openConnection = (
  fleet: string,
  { allowPrivate, credentialsFile }: FollowOptions,
  { env }: FollowDeps,
): ReturnType<typeof createConnection> => {
  const credentials = credentialsFile === undefined ? undefined : { file: credentialsFile }
  const guard = createUrlGuard(allowPrivate)
  const http = createHttpClient({ env, guard })
  return createConnection(parseGitUrl(fleet), credentials, {
    env,
    git: createGit({ env }),
    guard,
    http,
    allowFile: true,
  })
}
