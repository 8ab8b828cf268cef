import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { readIfPresent, writeWhole } from './cache-file.ts'
import { assertChartArchive } from './chart-archive.ts'
import type { ChartDownload, ChartReference } from './chart-origin.ts'
import { createSourceError } from './errors.ts'

/** A chart in the cache. */
export type StoredChart = { readonly version: string; readonly digest: string; readonly file: string }

/** Charts on disk by their digest, and what references stood for when they were last asked for. */
export type ChartStore = {
  /** What this version, or range, stood for; undefined where it is not known or its content is no longer sound. */
  readonly find: (reference: ChartReference, version: string) => Promise<StoredChart | undefined>
  /** Checks content and keeps it. */
  readonly put: (reference: ChartReference, version: string, download: ChartDownload) => Promise<StoredChart>
  /** Notes what a range stood for. */
  readonly remember: (reference: ChartReference, range: string, chart: StoredChart) => Promise<void>
}

/** A store below a folder. */
export const createChartStore = (cacheDir: string): ChartStore => {
  const toFile = (digest: string): string => join(cacheDir, 'charts', `${digest}.tgz`)

  const toRecord = ({ repository, chart }: ChartReference, version: string): string =>
    join(cacheDir, 'chart-versions', `${hash(JSON.stringify([repository.url, chart, version]))}.json`)

  const remember: ChartStore['remember'] = (reference, range, { version, digest }) =>
    writeWhole(toRecord(reference, range), JSON.stringify({ version, digest }))

  return {
    find: async (reference, version) => {
      const record = await readIfPresent(toRecord(reference, version))
      if (!record) return undefined
      const known = JSON.parse(record.toString()) as { readonly version: string; readonly digest: string }
      const file = toFile(known.digest)
      const content = await readIfPresent(file)
      return content && hash(content) === known.digest ? { ...known, file } : undefined
    },
    put: async (reference, version, { content, digest: expected }) => {
      const name = `chart ${reference.chart} ${version}`
      const digest = hash(content)
      if (expected !== undefined && expected !== digest) {
        throw createSourceError('SOURCE_DIGEST_MISMATCH', `${name} is not what its repository says it is`, {
          subject: name,
          hint: 'the chart was replaced or damaged on its way: ask whoever runs the repository',
          details: { expected, digest },
        })
      }
      await assertChartArchive(content, name)
      const stored = { version, digest, file: toFile(digest) }
      await writeWhole(stored.file, content, { mode: 0o444 })
      await remember(reference, version, stored)
      return stored
    },
    remember,
  }
}

const hash = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex')
