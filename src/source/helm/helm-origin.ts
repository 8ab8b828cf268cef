import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import { suggestOrList } from '../../fleet/suggest.ts'
import { readIfPresent, writeWhole } from '../cache-file.ts'
import {
  type ChartDownload,
  type ChartOptions,
  type ChartOrigin,
  type ChartReference,
  MAX_CHART_BYTES,
} from '../chart-origin.ts'
import { formatBasic, readCredentials } from '../credentials.ts'
import { createSourceError } from '../errors.ts'
import { formatUrl, type HttpAnswer, type HttpClient, type HttpGet } from '../http-client.ts'
import { createMemo } from '../memo.ts'
import { selectVersion, toUnknownVersionError } from '../select-version.ts'
import type { SourceDeps } from '../source-deps.ts'
import { type ChartIndex, type IndexedChart, parseIndex } from './index-file.ts'

type CachedIndex = { readonly etag?: string; readonly lastModified?: string; readonly charts: ChartIndex }

type Deps = Pick<SourceDeps, 'env'> & {
  readonly clock: Clock
  readonly http: HttpClient
  /** Charts that a repository's index has in a registry (`oci://host/path:tag`). */
  readonly downloadOci: (url: string, options: ChartOptions) => Promise<ChartDownload>
}

const MAX_INDEX_BYTES = 32 * 1024 * 1024

/** Charts of Helm repositories: folders on a web server with an `index.yaml`. */
export const createHelmOrigin = (
  { cacheDir, refreshMs }: { readonly cacheDir: string; readonly refreshMs: number },
  { http, env, clock, downloadOci }: Deps,
): ChartOrigin => {
  const readOnce = createMemo<ChartIndex>(clock, refreshMs)

  const readIndex = (reference: ChartReference, options: ChartOptions): Promise<ChartIndex> => {
    const { url, credentials } = reference.repository
    return readOnce(JSON.stringify([url, credentials ?? null]), () => refreshIndex(reference, options))
  }

  const refreshIndex = async (reference: ChartReference, { signal }: ChartOptions): Promise<ChartIndex> => {
    const url = new URL('index.yaml', toBase(reference))
    const file = join(cacheDir, 'helm', `${createHash('sha256').update(url.href).digest('hex')}.json`)
    const text = await readIfPresent(file)
    const cached = text ? (JSON.parse(text.toString()) as CachedIndex) : undefined
    const answer = await get(reference, url, {
      headers: {
        ...(cached?.etag ? { 'if-none-match': cached.etag } : {}),
        ...(cached?.lastModified ? { 'if-modified-since': cached.lastModified } : {}),
      },
      compressed: true,
      maxBytes: MAX_INDEX_BYTES,
      signal,
    })
    if (answer.status === 304 && cached) return cached.charts
    const charts = parseIndex(answer.body.toString(), formatUrl(url))
    const { etag, 'last-modified': lastModified } = answer.headers
    const fresh = { ...(etag ? { etag } : {}), ...(lastModified ? { lastModified } : {}), charts }
    await writeWhole(file, JSON.stringify(fresh))
    return charts
  }

  /** Credentials go to the repository's own host and to no other (CVE-2021-32690). */
  const get = async ({ repository }: ChartReference, url: URL, options: HttpGet): Promise<HttpAnswer> => {
    const credentials =
      repository.credentials && (await readCredentials(repository.credentials, repository.url, { env }))
    const value = credentials?.user === undefined ? `Bearer ${credentials?.secret}` : formatBasic(credentials)
    const authorization = credentials && { origin: new URL(repository.url).origin, value }
    const answer = await http.get(url, { ...options, authorization })
    if (answer.status < 400) return answer
    const denied = answer.status === 401 || answer.status === 403
    throw createSourceError(
      denied ? 'SOURCE_UNAUTHORIZED' : 'SOURCE_REPOSITORY_NOT_FOUND',
      `${formatUrl(url)} ${denied ? 'refuses access' : 'is not there'} (${answer.status})`,
      { subject: repository.name, hint: denied ? 'check the repository’s `credentials`' : 'check the URL' },
    )
  }

  const listVersions = async (reference: ChartReference, options: ChartOptions): Promise<readonly IndexedChart[]> => {
    const charts = await readIndex(reference, options)
    if (Object.hasOwn(charts, reference.chart)) return charts[reference.chart]!
    const hint = suggestOrList(reference.chart, Object.keys(charts), 'chart')
    throw createSourceError('SOURCE_CHART_NOT_FOUND', `${reference.repository.url} has no chart ${reference.chart}`, {
      subject: reference.chart,
      ...(hint === undefined ? {} : { hint }),
    })
  }

  return {
    selectVersion: async (reference, options) => {
      const versions = (await listVersions(reference, options)).map(({ version }) => version)
      const selected = selectVersion(reference.version, versions)
      if (selected === undefined) {
        throw toUnknownVersionError(`chart ${reference.chart}`, reference.version, versions)
      }
      return selected
    },
    download: async (reference, version, options) => {
      const chart = (await listVersions(reference, options)).find((candidate) => candidate.version === version)!
      const written = chart.urls[0]!
      const expected = chart.digest === undefined ? {} : { digest: chart.digest }
      if (written.startsWith('oci://')) return { ...(await downloadOci(written, options)), ...expected }
      const url = toChartUrl(written, reference)
      const { body } = await get(reference, url, { maxBytes: MAX_CHART_BYTES, signal: options.signal })
      return { content: body, ...expected }
    },
  }
}

/** The repository's folder; relative URLs start there. */
const toBase = ({ repository }: ChartReference): URL => {
  const url = URL.canParse(repository.url) ? new URL(repository.url) : undefined
  if (url === undefined || url.username !== '' || url.password !== '') {
    throw createSourceError(
      'SOURCE_URL_REFUSED',
      `the URL of the repository ${repository.name} is not one, or holds a user`,
      {
        subject: repository.name,
        hint: 'write https://host/path, and put the user and password into `credentials`',
      },
    )
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

const toChartUrl = (written: string, reference: ChartReference): URL => {
  const base = toBase(reference)
  if (URL.canParse(written, base.href)) return new URL(written, base)
  throw createSourceError(
    'SOURCE_INVALID',
    `${reference.repository.url} names the URL "${written}" for ${reference.chart}`,
    {
      subject: reference.chart,
    },
  )
}
