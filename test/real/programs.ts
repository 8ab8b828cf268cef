import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '../../src/base/system-clock.ts'
import { withFileLock } from '../../src/source/file-lock.ts'
import { findGo, GO, GO_MISSING } from './toolchain.ts'

const CACHE = join(import.meta.dirname, '../../.cache/real')
// The version that the servers say is set when they are linked, as Kubernetes' own build does.
const VERSION = 'k8s.io/component-base/version'
const BUILD_FLAGS = [
  '-trimpath',
  '-ldflags',
  `-s -w -X ${VERSION}.gitVersion=v1.36.3 -X ${VERSION}.gitMajor=1 -X ${VERSION}.gitMinor=36`,
]
/** A cold build of the control plane took 8 minutes on two cores that others used, too; downloads come on top. */
const BUILD_WAIT_MS = 30 * 60_000
const MODULES = { controlplane: '.', kwok: 'sigs.k8s.io/kwok/cmd/kwok' } as const

/** Paths of the programs that make up real clusters. */
export type Programs = Readonly<Record<keyof typeof MODULES, string>>

/** Options of {@link buildPrograms}. */
export type BuildOptions = {
  readonly signal?: AbortSignal | undefined
  /** Told before something is built, which takes minutes. */
  readonly onBuild?: (program: string) => void
}

/** Builds what is not in `.cache/` yet. Several processes may do so at once: one builds, the others wait for it. */
export const buildPrograms = async (options: BuildOptions = {}): Promise<Programs> => {
  const go = findGo()
  if (go === undefined) throw new Error(GO_MISSING)
  return {
    controlplane: await buildProgram('controlplane', go, options),
    kwok: await buildProgram('kwok', go, options),
  }
}

const buildProgram = async (name: keyof Programs, go: string, { signal, onBuild }: BuildOptions): Promise<string> => {
  const module = join(import.meta.dirname, name)
  const program = join(CACHE, `${name}-${await computeKey(module, go)}`)
  if (existsSync(program)) return program
  await mkdir(CACHE, { recursive: true })
  const build = async (): Promise<void> => {
    if (existsSync(program)) return
    onBuild?.(name)
    const unfinished = `${program}.${process.pid}`
    try {
      await promisify(execFile)(GO, ['build', ...BUILD_FLAGS, '-o', unfinished, MODULES[name]], {
        cwd: module,
        env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
        ...(signal && { signal }),
      })
      await rename(unfinished, program)
    } finally {
      await rm(unfinished, { force: true })
    }
  }
  await withFileLock(join(CACHE, `${name}.lock`), build, systemClock, { signal, waitMs: BUILD_WAIT_MS })
  return program
}

/** Names a build by all that goes into it: the module's sources, the versions they pin, and the compiler. */
const computeKey = async (module: string, go: string): Promise<string> => {
  const hash = createHash('sha256').update(`${go}\0${BUILD_FLAGS.join('\0')}`)
  const files = (await readdir(module)).filter((file) => /\.go$|^go\.(mod|sum)$/.test(file))
  for (const file of files.sort()) hash.update(`\0${file}\0`).update(await readFile(join(module, file)))
  return hash.digest('hex').slice(0, 16)
}
