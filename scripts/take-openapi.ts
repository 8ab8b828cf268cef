// Takes what a real API server says of itself (discovery, OpenAPI v3, its version) into src/simcluster/schema/generated, where
// the simulated one has it from: one line a document, path and JSON, compressed. What OpenAPI does not tell comes from the
// Go types that the server is built of: which fields are pointers, and so keep a zero that was stated.
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
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

/** The pointer fields of each Go type, by its OpenAPI name; those of embedded types count as its own. */
function readPointers(): Record<string, string[]> {
  const modules = ['api', 'apimachinery', 'apiextensions-apiserver', 'kube-aggregator']
  const pointers = new Map<string, string[]>()
  const embedded = new Map<string, string[]>()
  for (const module of modules) {
    const directory = execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', `k8s.io/${module}`], {
      cwd: join(import.meta.dirname, '../test/real/controlplane'),
      encoding: 'utf8',
    }).trim()
    for (const file of globSync('**/v[0-9]*/*types*.go', { cwd: directory })) {
      const name = ['io.k8s', module === 'api' ? 'api' : module, ...file.split('/').slice(module === 'api' ? 0 : 0, -1)]
      readTypes(readFileSync(join(directory, file), 'utf8'), name.join('.'), pointers, embedded)
    }
  }
  const collect = (type: string): string[] => [
    ...(pointers.get(type) ?? []),
    ...(embedded.get(type) ?? []).flatMap(collect),
  ]
  const all = [...new Set([...pointers.keys(), ...embedded.keys()])]
    .sort()
    .map((type) => [type, collect(type)] as const)
  return Object.fromEntries(all.filter(([, fields]) => fields.length > 0))
}

function readTypes(
  text: string,
  scope: string,
  pointers: Map<string, string[]>,
  embedded: Map<string, string[]>,
): void {
  for (const [, type, body = ''] of text.matchAll(/^type (\w+) struct \{\n(.*?)^\}/gms)) {
    const fields = [...body.matchAll(/^\t\w+\s+\*\S+\s+`.*?json:"([^",]+)/gm)].map(([, field]) => field as string)
    if (fields.length > 0) pointers.set(`${scope}.${type}`, fields)
    const inline = [...body.matchAll(/^\t(\w+)\s+`.*?json:",inline/gm)].map(([, part]) => `${scope}.${part}`)
    if (inline.length > 0) embedded.set(`${scope}.${type}`, inline)
  }
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

documents.push(['/go/pointers', readPointers()])

const { gitVersion } = (await get(cluster, '/version')) as { gitVersion: string }
const text = documents.map(([path, document]) => `${path} ${JSON.stringify(document)}\n`).join('')
const packed = brotliCompressSync(text, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
  },
})
await mkdir(folder, { recursive: true })
await writeFile(join(folder, 'server-documents.br'), packed)
console.log(`${documents.length} documents of ${gitVersion}: ${text.length} bytes, packed ${packed.length}`)
