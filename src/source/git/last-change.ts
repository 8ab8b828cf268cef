import type { SourcePosition } from '../../base/errors.ts'
import type { Git } from './run-git.ts'

/** Who last changed a document, and with which commit. */
export type LastChange = {
  readonly commit: string
  readonly author: string
  readonly date: string
  readonly subject: string
}

type BlamedLine = { readonly commit: string; readonly time: number; readonly text: string }

/**
 * The newest commit that changed a document of a file, in the working tree or at a revision; undefined where it is not
 * committed.
 */
export const readLastChange = async (
  git: Git,
  { file, line = 1 }: SourcePosition,
  options: { readonly cwd: string; readonly revision?: string; readonly signal?: AbortSignal | undefined },
): Promise<LastChange | undefined> => {
  const { cwd, revision, signal } = options
  const at = revision === undefined ? [] : [revision]
  const blame = await git(['blame', '--line-porcelain', ...at, '--', file], { cwd, exitCodes: [0, 128], signal })
  if (blame.exitCode !== 0) return undefined
  const lines = parseBlame(blame.stdout.toString())
  const [start, end] = findDocument(lines, line)
  const newest = lines.slice(start, end).toSorted((left, right) => right.time - left.time)[0]
  if (newest === undefined || /^0+$/.test(newest.commit)) return undefined
  const shown = await git(['show', '-s', '--format=%h%x00%an%x00%as%x00%s', newest.commit], { cwd, signal })
  const [commit = '', author = '', date = '', subject = ''] = shown.stdout.toString().trimEnd().split('\0')
  return { commit, author, date, subject }
}

const parseBlame = (text: string): BlamedLine[] => {
  const lines: BlamedLine[] = []
  let commit = ''
  let time = 0
  for (const each of text.split('\n')) {
    commit = /^([0-9a-f]{40,64}) \d+ \d+/.exec(each)?.[1] ?? commit
    time = Number(/^committer-time (\d+)/.exec(each)?.[1] ?? time)
    // The line itself comes last, after a tab.
    if (each.startsWith('\t')) lines.push({ commit, time, text: each.slice(1) })
  }
  return lines
}

/** From where to where the document goes that a line is in; lines count from 1, and what is given from 0. */
const findDocument = (lines: readonly BlamedLine[], line: number): [number, number] => {
  const isSeparator = ({ text }: BlamedLine): boolean => /^---(\s|$)/.test(text)
  const before = lines.slice(0, line - 1).findLastIndex(isSeparator)
  const after = lines.findIndex((each, at) => at >= line && isSeparator(each))
  return [before + 1, after < 0 ? lines.length : after]
}
