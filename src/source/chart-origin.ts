import type { SourceReference } from './artifact.ts'

/** A reference to a chart. */
export type ChartReference = Extract<SourceReference, { readonly type: 'chart' }>

/** A chart archive as it came over the network. */
export type ChartDownload = {
  readonly content: Buffer
  /** What the origin says the content's SHA-256 is, as hex digits. */
  readonly digest?: string
}

/** A place that charts come from: a Helm repository, an OCI registry. */
export type ChartOrigin = {
  /** The exact version that is meant: the one that is written, or the highest in a range. */
  readonly selectVersion: (reference: ChartReference, options: ChartOptions) => Promise<string>
  readonly download: (reference: ChartReference, version: string, options: ChartOptions) => Promise<ChartDownload>
}

/** Options of every request. */
export type ChartOptions = { readonly signal?: AbortSignal | undefined }

/** Archives over this size are refused. */
export const MAX_CHART_BYTES = 32 * 1024 * 1024
