import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourcePosition } from '../../base/errors.ts'
import { createGit } from '../../source/git/run-git.ts'
import type { World } from '../world.ts'

/** Who last changed a document, and with which commit. */
export type LastChange = {
  readonly commit: string
  readonly author: string
  readonly date: string
  readonly subject: string
}

/** The newest commit that changed a document of a file; undefined where it is not committed. */
export const readLastChange = async (
  directory: string,
  { file, line = 1 }: SourcePosition,
  { env, signal }: Pick<World, 'env' | 'signal'>,
): Promise<LastChange | undefined> => {
  const git = createGit({ env })
  const [start, end] = findDocument(await readFile(join(directory, file), 'utf8'), line)
  const blame = await git(['blame', '--line-porcelain', '-L', `${start},${end}`, '--', file], {
    cwd: directory,
    exitCodes: [0, 128],
    signal,
  })
  const lines = blame.stdout.toString().split('\n')
  const commits = lines.flatMap((text) => /^([0-9a-f]{40}) \d+ \d+/.exec(text)?.[1] ?? [])
  const times = lines.flatMap((text) => /^committer-time (\d+)/.exec(text)?.[1] ?? []).map(Number)
  const newest = commits[times.indexOf(Math.max(...times))]
  if (blame.exitCode !== 0 || newest === undefined || /^0+$/.test(newest)) return undefined
  const shown = await git(['show', '-s', '--format=%h%x00%an%x00%as%x00%s', newest], { cwd: directory, signal })
  const [commit = '', author = '', date = '', subject = ''] = shown.stdout.toString().trimEnd().split('\0')
  return { commit, author, date, subject }
}

/** The first and last line of the document that a line is in. */
const findDocument = (text: string, line: number): [number, number] => {
  const lines = text.trimEnd().split('\n')
  const isSeparator = (each: string): boolean => /^---(\s|$)/.test(each)
  const before = lines.slice(0, line - 1).findLastIndex(isSeparator)
  const after = lines.findIndex((each, at) => at >= line && isSeparator(each))
  return [before + 2, after < 0 ? lines.length : after]
}
