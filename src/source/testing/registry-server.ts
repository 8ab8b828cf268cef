import { computeSha256 } from './chart.ts'
import { startTestServer, type TestServer } from './http-server.ts'

/** A chart in a {@link startRegistryServer registry}. */
type RegistryChart = {
  readonly content: Buffer
  /** Another media type of the configuration, as images have. */
  readonly configType?: string
}

/** How a registry of a test behaves. */
export type RegistryOptions = {
  /** Charts by repository name and tag. */
  readonly charts: Readonly<Record<string, Readonly<Record<string, RegistryChart>>>>
  /** `user:password` that the token server wants; the registry wants its token then. */
  readonly credentials?: string
  /** Blobs are redirected there, as to a storage service. */
  readonly storage?: string
  readonly tagsPerPage?: number
  /** Manifests are damaged on their way. */
  readonly damaged?: boolean
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const TOKEN = 'token-for-pull'

/** The pull half of the OCI distribution specification, over the charts of a test. */
export const startRegistryServer = async (options: RegistryOptions): Promise<TestServer> => {
  const { charts, credentials, storage, tagsPerPage = 1_000, damaged = false } = options
  const blobs = new Map<string, Buffer>()
  const manifests = new Map<string, Buffer>()
  for (const [name, tags] of Object.entries(charts)) {
    for (const [tag, chart] of Object.entries(tags)) manifests.set(`${name}:${tag}`, createManifest(chart, blobs))
  }
  const server: TestServer = await startTestServer((request, response) => {
    const url = new URL(request.url ?? '/', server.url)
    if (url.pathname === '/token') {
      const allowed = request.headers.authorization === `Basic ${btoa(credentials ?? '')}`
      const scoped = /^repository:.+:pull$/.test(url.searchParams.get('scope') ?? '')
      response.writeHead(allowed && scoped ? 200 : 401).end(JSON.stringify({ token: TOKEN }))
      return
    }
    if (credentials && request.headers.authorization !== `Bearer ${TOKEN}`) {
      const challenge = `Bearer realm="${server.url}/token",service="test",scope="repository:x:pull"`
      response.writeHead(401, { 'www-authenticate': challenge }).end('{"errors":[{"code":"UNAUTHORIZED"}]}')
      return
    }
    const [, name = '', kind = '', reference = ''] =
      /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(url.pathname) ?? []
    if (kind === 'manifests') {
      const manifest = manifests.get(`${name}:${reference}`)
      if (!manifest || !String(request.headers.accept).includes(MANIFEST)) response.writeHead(404).end()
      else {
        const digest = `sha256:${computeSha256(manifest)}`
        response
          .writeHead(200, { 'content-type': MANIFEST, 'docker-content-digest': digest })
          .end(damaged ? `${manifest} ` : manifest)
      }
    } else if (kind === 'blobs' && storage) response.writeHead(307, { location: storage + url.pathname }).end()
    else if (kind === 'blobs' && blobs.has(reference)) response.writeHead(200).end(blobs.get(reference))
    else if (kind === 'tags' && charts[name]) {
      const tags = Object.keys(charts[name]).sort()
      const start = tags.indexOf(url.searchParams.get('last') ?? '') + 1
      const page = tags.slice(start, start + tagsPerPage)
      const more = start + page.length < tags.length
      const next = `</v2/${name}/tags/list?n=${tagsPerPage}&last=${page.at(-1)}>; rel="next"`
      response.writeHead(200, more ? { link: next } : {}).end(JSON.stringify({ name, tags: page }))
    } else response.writeHead(404).end('{"errors":[{"code":"NAME_UNKNOWN"}]}')
  })
  return server
}

const createManifest = ({ content, configType }: RegistryChart, blobs: Map<string, Buffer>): Buffer => {
  const digest = `sha256:${computeSha256(content)}`
  blobs.set(digest, content)
  const config = Buffer.from('{}')
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: {
        mediaType: configType ?? 'application/vnd.cncf.helm.config.v1+json',
        digest: `sha256:${computeSha256(config)}`,
        size: config.length,
      },
      layers: [
        {
          mediaType: 'application/vnd.cncf.helm.chart.provenance.v1.prov',
          digest: `sha256:${'0'.repeat(64)}`,
          size: 1,
        },
        { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', digest, size: content.length },
      ],
    }),
  )
}
