// Takes what a real API server says of itself (discovery, OpenAPI v3 and v2, its version) into
// src/simcluster/schema/generated, where the simulated one has it from: one line a document, path and JSON, compressed.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import type { RealCluster } from '../test/real/cluster.ts'
import { startRealFleet } from '../test/real/fleet.ts'

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const folder = join(import.meta.dirname, '../src/simcluster/schema/generated')

const get = async (cluster: RealCluster, path: string, accept = 'application/json'): Promise<unknown> => {
  const { status, body } = await cluster.call('GET', path, { headers: { accept } })
  if (status !== 200) throw new Error(`GET ${path} gave ${status}`)
  return typeof body === 'string' ? JSON.parse(body) : body
}

await using fleet = await startRealFleet({ clusters: 1, controllers: false, nodes: 0 })
const [cluster] = fleet.clusters as [RealCluster]
const { paths } = (await get(cluster, '/openapi/v3')) as { paths: Record<string, unknown> }
const documents: [path: string, document: unknown][] = [
  ['/version', await get(cluster, '/version')],
  ['/api', await get(cluster, '/api', AGGREGATED)],
  ['/apis', await get(cluster, '/apis', AGGREGATED)],
]
for (const path of Object.keys(paths))
  documents.push([`/openapi/v3/${path}`, await get(cluster, `/openapi/v3/${path}`)])

const { gitVersion } = (await get(cluster, '/version')) as { gitVersion: string }
const text = documents.map(([path, document]) => `${path} ${JSON.stringify(document)}\n`).join('')
const packed = brotliCompressSync(text, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
  },
})
await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
await writeFile(join(folder, 'server-documents.br'), packed)
console.log(`${documents.length} documents of ${gitVersion}: ${text.length} bytes, packed ${packed.length}`)
