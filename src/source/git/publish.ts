import { posix } from 'node:path'
import type { FileChange } from '../../fleet/edit.ts'
import { createSourceError } from '../errors.ts'
import { type GitUrl, parseGitUrl } from './git-url.ts'
import type { Git } from './run-git.ts'

/** Where changes are committed. */
type CommitOptions = { readonly cwd: string; readonly message: string; readonly signal?: AbortSignal | undefined }

/** Commits files of the working tree, and nothing else of what is changed or staged there. */
export const commitFiles = async (
  git: Git,
  changes: readonly FileChange[],
  options: CommitOptions,
): Promise<string> => {
  const { cwd, message, signal } = options
  const files = changes.map(({ file }) => file)
  await git(['add', '--all', '--', ...files], { cwd, signal })
  await git(['commit', '--quiet', `--message=${message}`, '--', ...files], { cwd, signal })
  return (await git(['rev-parse', '--short', 'HEAD'], { cwd, signal })).stdout.toString().trim()
}

/**
 * Commits changes on top of the current commit and pushes them as a branch, without touching the working tree or any branch
 * that is there. Gives the page to open a review at, where the host says or is known.
 */
export const publishBranch = async (
  git: Git,
  changes: readonly FileChange[],
  options: CommitOptions & { readonly branch: string; readonly remote?: string },
): Promise<{ readonly commit: string; readonly reviewUrl?: string }> => {
  const { cwd, message, branch, remote = 'origin', signal } = options
  const run = async (args: string[], input?: string): Promise<string> =>
    (await git(args, { cwd, signal, ...(input === undefined ? {} : { input }) })).stdout.toString()
  const found = await git(['remote', 'get-url', '--push', '--', remote], { cwd, signal, exitCodes: [0, 2, 128] })
  if (found.exitCode !== 0) {
    throw createSourceError('GIT_FAILED', `there is no remote ${remote} to push to`, {
      hint: `git remote add ${remote} URL`,
    })
  }
  const url = parseRemote(found.stdout.toString().trim())
  const prefix = (await run(['rev-parse', '--show-prefix'])).trim()
  let tree = (await run(['rev-parse', 'HEAD^{tree}'])).trim()
  for (const { file, after } of changes) tree = await writeFile(run, tree, posix.join(prefix, file).split('/'), after)
  const commit = (await run(['commit-tree', tree, '-p', 'HEAD', '-m', message])).trim()
  const pushed = await git(['push', remote, `${commit}:refs/heads/${branch}`], { cwd, signal, schemes: [url.scheme] })
  const reviewUrl = /remote:\s+(https?:\/\/\S+)/.exec(pushed.stderr)?.[1] ?? toReviewUrl(url, branch)
  return { commit: commit.slice(0, 12), ...(reviewUrl ? { reviewUrl } : {}) }
}

const parseRemote = (text: string): GitUrl => parseGitUrl(text.startsWith('/') ? `file://${text}` : text)

type Run = (args: string[], input?: string) => Promise<string>

/** A tree with one file written or taken away; folders that are left empty go with it. */
const writeFile = async (
  run: Run,
  tree: string,
  path: readonly string[],
  text: string | undefined,
): Promise<string> => {
  const [name = '', ...rest] = path
  const entries = new Map(
    (tree === '' ? '' : await run(['ls-tree', '-z', tree]))
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => [line.slice(line.indexOf('\t') + 1), line.slice(0, line.indexOf('\t'))]),
  )
  const known = entries.get(name)
  if (rest.length > 0) {
    const below = await writeFile(run, known?.split(' ')[1] === 'tree' ? (known.split(' ')[2] ?? '') : '', rest, text)
    if (below === EMPTY_TREE) entries.delete(name)
    else entries.set(name, `040000 tree ${below}`)
  } else if (text === undefined) entries.delete(name)
  else {
    const blob = (await run(['hash-object', '-w', '--stdin'], text)).trim()
    entries.set(name, `${known?.split(' ')[0] ?? '100644'} blob ${blob}`)
  }
  const lines = [...entries].map(([entry, about]) => `${about}\t${entry}\0`).join('')
  return (await run(['mktree', '-z'], lines)).trim()
}

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

/** Where the hosts that are known open a review of a branch. */
const toReviewUrl = ({ text, host }: GitUrl, branch: string): string | undefined => {
  const path = /[:/]([^:/]+\/[^:]+?)(?:\.git)?$/.exec(text.replace(/^\w+:\/\/[^/]+/, ''))?.[1]
  if (host === undefined || path === undefined) return undefined
  const encoded = encodeURIComponent(branch)
  if (host.includes('github')) return `https://${host}/${path}/compare/${encoded}?expand=1`
  if (host.includes('gitlab'))
    return `https://${host}/${path}/-/merge_requests/new?merge_request[source_branch]=${encoded}`
  return undefined
}
