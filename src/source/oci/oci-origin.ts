import { valid } from 'semver'
import type { Clock } from '../../base/clock.ts'
import type { CredentialsRef } from '../../fleet/resolved.ts'
import {
  type ChartDownload,
  type ChartOptions,
  type ChartOrigin,
  type ChartReference,
  MAX_CHART_BYTES,
} from '../chart-origin.ts'
import { readCredentials } from '../credentials.ts'
import { createSourceError } from '../errors.ts'
import type { HttpClient } from '../http-client.ts'
import { createMemo } from '../memo.ts'
import { isExactVersion, selectVersion, toUnknownVersionError } from '../select-version.ts'
import type { SourceDeps } from '../source-deps.ts'
import { fromTag, parseOciUrl, toTag } from './oci-url.ts'
import { createRegistry, type Registry } from './registry.ts'

const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'
/** What registries held before the media type was settled. */
const OLD_CHART_LAYER = 'application/tar+gzip'
const CHART_CONFIG = 'application/vnd.cncf.helm.config.v1+json'

/** Charts in OCI registries, and a way to one by its whole URL. */
export type OciOrigin = ChartOrigin & {
  readonly downloadUrl: (url: string, options: ChartOptions) => Promise<ChartDownload>
}

/** Charts of OCI registries: `oci://host/path` and the chart's name below it. */
export const createOciOrigin = (
  { refreshMs }: { readonly refreshMs: number },
  { http, env, clock }: Pick<SourceDeps, 'env'> & { readonly clock: Clock; readonly http: HttpClient },
): OciOrigin => {
  const openOnce = createMemo<Registry>(clock, refreshMs)
  const listOnce = createMemo<readonly string[]>(clock, refreshMs)

  const open = (url: string, credentials: CredentialsRef | undefined): Promise<Registry> =>
    openOnce(JSON.stringify([url, credentials ?? null]), async () => {
      const repository = parseOciUrl(url)
      return createRegistry(repository, credentials && (await readCredentials(credentials, url, { env })), http)
    })

  const openChart = ({ repository, chart }: ChartReference): Promise<Registry> =>
    open(toUrl(repository.url, chart), repository.credentials)

  const listVersions = ({ repository, chart }: ChartReference, options: ChartOptions): Promise<readonly string[]> => {
    const url = toUrl(repository.url, chart)
    return listOnce(JSON.stringify([url, repository.credentials ?? null]), async () => {
      const tags = await (await open(url, repository.credentials)).listTags(options)
      if (tags === undefined) throw toNoChartError(url)
      return tags.map(fromTag).filter((version) => valid(version))
    })
  }

  return {
    selectVersion: async (reference, options) => {
      if (isExactVersion(reference.version)) return reference.version
      const versions = await listVersions(reference, options)
      const selected = selectVersion(reference.version, versions)
      if (selected === undefined) throw toUnknownVersionError(`chart ${reference.chart}`, reference.version, versions)
      return selected
    },
    download: async (reference, version, options) => {
      const registry = await openChart(reference)
      const manifest = await registry.readManifest(toTag(version), options)
      if (manifest) return readChart(registry, manifest, toUrl(reference.repository.url, reference.chart), options)
      throw toUnknownVersionError(`chart ${reference.chart}`, version, await listVersions(reference, options))
    },
    downloadUrl: async (url, options) => {
      const [, place = url, tag = ''] = /^(oci:\/\/.+?\/.+):([\w][\w.-]{0,127})$/.exec(url) ?? []
      const registry = await open(place, undefined)
      const manifest = tag === '' ? undefined : await registry.readManifest(tag, options)
      if (!manifest) throw toNoChartError(url)
      return readChart(registry, manifest, url, options)
    },
  }
}

const toUrl = (url: string, chart: string): string => `${url.replace(/\/+$/, '')}/${chart}`

const readChart = async (
  registry: Registry,
  content: Buffer,
  url: string,
  { signal }: ChartOptions,
): Promise<ChartDownload> => {
  const { config, layers } = parseManifest(content, url)
  const layer = layers.find(({ mediaType }) => mediaType === CHART_LAYER || mediaType === OLD_CHART_LAYER)
  if (config?.mediaType !== CHART_CONFIG || typeof layer?.digest !== 'string') {
    throw createSourceError('SOURCE_INVALID', `${url} is not a Helm chart`, {
      subject: url,
      hint: 'the registry holds something else under this name, such as an image',
    })
  }
  const archive = await registry.readBlob(layer.digest, { maxBytes: MAX_CHART_BYTES, signal })
  return { content: archive, digest: layer.digest.replace('sha256:', '') }
}

type Descriptor = { readonly mediaType?: unknown; readonly digest?: unknown }

const parseManifest = (content: Buffer, url: string): { config?: Descriptor; layers: readonly Descriptor[] } => {
  try {
    const manifest = JSON.parse(content.toString()) as { config?: Descriptor; layers?: readonly Descriptor[] } | null
    const layers = Array.isArray(manifest?.layers) ? manifest.layers.filter((layer) => layer !== null) : []
    return { ...(manifest?.config ? { config: manifest.config } : {}), layers }
  } catch (error) {
    throw createSourceError('SOURCE_INVALID', `${url} has a manifest that is not JSON`, { subject: url, cause: error })
  }
}

const toNoChartError = (url: string) =>
  createSourceError('SOURCE_CHART_NOT_FOUND', `${url} is not there`, {
    subject: url,
    hint: 'check the URL and the chart',
  })
