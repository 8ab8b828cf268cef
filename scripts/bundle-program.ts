import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const root = join(import.meta.dirname, '..')

/**
 * Bundles the program into `<folder>/dist/program`: JavaScript in a few files, libraries included, since finding and
 * loading 200 small ones took a third of a whole `lockstep drift`. What the code reads beside itself lies beside it, and
 * the licences of the libraries below `dist`.
 */
export const bundleProgram = async (folder: string): Promise<void> => {
  const dist = join(folder, 'dist')
  await using bundle = await rolldown({
    cwd: root,
    input: { main: 'src/main.ts', 'jsonnet-worker': 'src/render/jsonnet/jsonnet-worker.ts' },
    platform: 'node',
  })
  const { output } = await bundle.write({ dir: join(dist, 'program'), format: 'esm', cleanDir: true })
  const wasm = 'jsonnet.wasm.gz'
  writeFileSync(join(dist, 'program', wasm), readFileSync(join(root, 'src/render/jsonnet', wasm)))
  const modules = output.flatMap((part) => (part.type === 'chunk' ? Object.keys(part.modules) : []))
  writeFileSync(join(dist, 'LICENSES'), formatLicenses(listLibraries(modules)))
}

/** The folders of the libraries that modules belong to. */
const listLibraries = (modules: readonly string[]): string[] => {
  const folders = modules.flatMap(
    (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.replaceAll('\\', '/'))?.[0] ?? [],
  )
  return [...new Set(folders)].sort()
}

/** Each library with its terms, or who made it where it brings none. */
const formatLicenses = (libraries: readonly string[]): string =>
  libraries
    .map((library) => {
      const { name, version, license, repository } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8'))
      const file = readdirSync(library).find((entry) => /^licen[cs]e/i.test(entry))
      const terms = file ? readFileSync(join(library, file), 'utf8').trim() : (repository?.url ?? repository)
      return `${name} ${version} (${license})\n\n${terms}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
