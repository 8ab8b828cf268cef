import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleProgram } from '../../scripts/bundle-program.ts'
import { findEngine } from '../../src/render/engines.ts'
import { corpusDir } from '../../test/corpus.ts'
import { type CommandResult, runCommand } from './command.ts'

/** A folder for one bench, and the programs that it compares. */
export type Workspace = AsyncDisposable & {
  readonly folder: string
  /** The manifests of kube-prometheus: 131 objects. */
  readonly corpus: string
  /** Runs `lockstep`, as the package brings it, as a process of its own; its cache is in this folder. */
  readonly lockstep: (
    args: readonly string[],
    options?: { readonly expect?: readonly number[] },
  ) => Promise<CommandResult>
  /** What people have without Lockstep: `kubectl diff --server-side --force-conflicts` of a folder. */
  readonly kubectlDiff: (manifests: string, kubeconfigFile: string) => Promise<CommandResult>
}

const ROOT = join(import.meta.dirname, '../..')

/** Opens a workspace; disposing of it removes its folder. */
export const openWorkspace = async (): Promise<Workspace> => {
  const corpus = corpusDir()
  if (corpus === undefined) throw new Error('the corpus is not here: name its folder with LOCKSTEP_CORPUS')
  const base = await mkdtemp(join(tmpdir(), 'lockstep-bench-'))
  const folder = join(base, 'fleet')
  const cacheDir = join(base, 'cache')
  const program = join(base, 'program')
  await bundleProgram(program)
  for (const part of ['bin', 'package.json']) await cp(join(ROOT, part), join(program, part), { recursive: true })
  const kubectl = await findEngine('kustomize', { cacheDir })
  return {
    folder,
    corpus: join(corpus, 'kube-prometheus'),
    lockstep: (args, options) =>
      runCommand(
        process.execPath,
        [join(program, 'bin', 'lockstep.mjs'), ...args, '-o', 'json', '--cache-dir', cacheDir],
        options,
      ),
    kubectlDiff: (manifests, kubeconfigFile) =>
      runCommand(kubectl.file, [
        ...['diff', '--server-side', '--force-conflicts', '--recursive', '--filename', manifests],
        ...['--kubeconfig', kubeconfigFile, '--cache-dir', join(base, 'kubectl')],
      ]),
    [Symbol.asyncDispose]: () => rm(base, { recursive: true, force: true }),
  }
}
