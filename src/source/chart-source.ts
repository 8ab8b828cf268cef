import { isLockstepError } from '../base/errors.ts'
import type { ChartArtifact } from './artifact.ts'
import type { ChartOptions, ChartOrigin, ChartReference } from './chart-origin.ts'
import type { ChartStore, StoredChart } from './chart-store.ts'
import { createSourceError } from './errors.ts'
import { isExactVersion } from './select-version.ts'

/** Fetches charts. */
export type ChartSource = (reference: ChartReference, options?: ChartOptions) => Promise<ChartArtifact>

/**
 * Charts of any origin through the store: an exact version that is there needs no network, a range goes on with what it
 * last stood for while its origin is away.
 */
export const createChartSource = (
  originOf: (reference: ChartReference) => ChartOrigin,
  store: ChartStore,
  { offline = false }: { readonly offline?: boolean } = {},
): ChartSource => {
  const fetchChart = async (reference: ChartReference, options: ChartOptions): Promise<StoredChart> => {
    const origin = originOf(reference)
    const version = await origin.selectVersion(reference, options)
    const known = await store.find(reference, version)
    const chart = known ?? (await store.put(reference, version, await origin.download(reference, version, options)))
    if (version !== reference.version) await store.remember(reference, reference.version, chart)
    return chart
  }

  return async (reference, options = {}) => {
    const known = await store.find(reference, reference.version)
    if (known && isExactVersion(reference.version)) return toArtifact(reference, known, [])
    if (offline) {
      if (known) return toArtifact(reference, known, [formatLastSeen(reference, known, 'offline')])
      throw toNotCachedError(reference)
    }
    try {
      return toArtifact(reference, await fetchChart(reference, options), [])
    } catch (error) {
      if (!known || !isLockstepError(error, 'SOURCE_UNREACHABLE')) throw error
      return toArtifact(reference, known, [formatLastSeen(reference, known, error.message)])
    }
  }
}

const toArtifact = (
  { chart }: ChartReference,
  { version, digest, file }: StoredChart,
  warnings: readonly string[],
): ChartArtifact => ({
  type: 'chart',
  digest: `sha256:${digest}`,
  revision: version,
  description: `chart ${chart} ${version}`,
  warnings,
  file,
})

const formatLastSeen = ({ chart, version }: ChartReference, known: StoredChart, reason: string): string =>
  `chart ${chart}: ${reason}; using ${version} as last seen, ${known.version}`

const toNotCachedError = ({ chart, version }: ChartReference) =>
  createSourceError('SOURCE_NOT_CACHED', `chart ${chart} ${version} is not in the cache`, {
    subject: `chart ${chart} ${version}`,
    hint: 'run it once with the network',
  })
