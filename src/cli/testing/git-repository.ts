import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Runs git in a repository; rejects where it fails. */
export type Git = (...args: string[]) => Promise<string>

/** Makes a folder a repository of Ada's with everything in it committed, and a bare one beside it, `up.git`, its origin. */
export const initRepository = async (folder: string): Promise<Git> => {
  const git: Git = async (...args) => (await promisify(execFile)('git', args, { cwd: folder })).stdout.trim()
  const origin = join(folder, '..', 'up.git')
  await git('init', '-q', '--bare', origin)
  await git('init', '-q', '-b', 'main')
  await git('config', 'user.name', 'Ada')
  await git('config', 'user.email', 'ada@example.com')
  await git('remote', 'add', 'origin', origin)
  await git('add', '.')
  await git('commit', '-qm', 'Begin')
  return git
}
