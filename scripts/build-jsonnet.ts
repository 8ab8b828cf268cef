// Builds src/render/jsonnet/jsonnet.wasm.gz from its Go module, the same bytes on every machine with the same Go.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildJsonnet } from '../test/real/build-jsonnet.ts'
import { findGo } from '../test/real/toolchain.ts'

const { compressed, digest } = await buildJsonnet()
const folder = join(import.meta.dirname, '../src/render/jsonnet')
writeFileSync(join(folder, 'jsonnet.wasm.gz'), compressed)
writeFileSync(
  join(folder, 'engine-digest.ts'),
  [
    '// Written by scripts/build-jsonnet.ts.',
    '',
    '/** Of the uncompressed module. */',
    `export const ENGINE_DIGEST = '${digest}'`,
    '/** The Go that built it. */',
    `export const ENGINE_GO = '${findGo()}'`,
    '',
  ].join('\n'),
)
console.log(`${compressed.length} bytes, ${digest}`)
