import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runTestGit } from '../../../test/git-server.ts'
import { systemClock } from '../../base/system-clock.ts'
import { createHttpClient, type HttpClient } from '../http-client.ts'
import type { SourceDeps } from '../source-deps.ts'
import { createUrlGuard, type UrlGuard } from '../url-guard.ts'

/** A link, for {@link writeFiles}. */
export const link = (target: string) => ({ target })

/** A private folder that disappears with its owner. */
export const createTestFolder = async (): Promise<AsyncDisposable & { readonly path: string }> => {
  const path = await mkdtemp(join(tmpdir(), 'lockstep-source-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Writes files and links. */
export const writeFiles = async (
  folder: string,
  files: Readonly<Record<string, string | Buffer | { readonly target: string }>>,
): Promise<void> => {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    if (typeof content === 'object' && 'target' in content) await symlink(content.target, join(folder, path))
    else await writeFile(join(folder, path), content)
  }
}

/** Commits files to a repository, which is made where there is none; gives the commit. */
export const commitFiles = async (folder: string, files: Parameters<typeof writeFiles>[1]): Promise<string> => {
  await mkdir(folder, { recursive: true })
  await runTestGit(folder, 'init', '--quiet', '--initial-branch=main')
  await writeFiles(folder, files)
  await runTestGit(folder, 'add', '--all')
  await runTestGit(folder, 'commit', '--quiet', '--message=change')
  return runTestGit(folder, 'rev-parse', 'HEAD')
}

/** The machine as tests see it, allowed to reach itself. */
export const createTestDeps = (
  home: string,
  variables: Readonly<Record<string, string>> = {},
  allowPrivate: readonly string[] = ['127.0.0.0/8'],
): SourceDeps & { readonly guard: UrlGuard; readonly http: HttpClient } => {
  const env = { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1', ...variables }
  const guard = createUrlGuard(allowPrivate)
  return { clock: systemClock, env, guard, http: createHttpClient({ guard, env }) }
}
