// Builds src/render/jsonnet/jsonnet.wasm.gz from its Go module, the same bytes on every machine with the same Go.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildJsonnet } from '../test/real/build-jsonnet.ts'

const { compressed, digest } = await buildJsonnet()
const folder = join(import.meta.dirname, '../src/render/jsonnet')
writeFileSync(join(folder, 'jsonnet.wasm.gz'), compressed)
writeFileSync(
  join(folder, 'engine-digest.ts'),
  `/** Of the uncompressed module; scripts/build-jsonnet.ts writes it. */\nexport const ENGINE_DIGEST = '${digest}'\n`,
)
console.log(`${compressed.length} bytes, ${digest}`)
