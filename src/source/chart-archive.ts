import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type Header } from 'tar-stream'
import { LockstepError, toError } from '../base/errors.ts'
import { createSourceError } from './errors.ts'

/** Limits of a chart once it is unpacked. */
export type ArchiveLimits = { readonly maxFiles: number; readonly maxBytes: number }

const DEFAULT_LIMITS: ArchiveLimits = { maxFiles: 10_000, maxBytes: 100 * 1024 * 1024 }

/**
 * Refuses what is not a chart archive: paths and links that lead out of it, more than a chart can hold once unpacked,
 * no `Chart.yaml`.
 */
export const assertChartArchive = async (
  content: Buffer,
  chart: string,
  { limits = DEFAULT_LIMITS }: { readonly limits?: ArchiveLimits } = {},
): Promise<void> => {
  let files = 0
  let bytes = 0
  let hasChart = false
  const archive = extract()
  const read = async (): Promise<void> => {
    for await (const entry of archive) {
      const { name } = entry.header
      assertSafeEntry(chart, entry.header)
      files++
      bytes += entry.header.size ?? 0
      if (files > limits.maxFiles || bytes > limits.maxBytes) throw toTooLargeError(chart, limits)
      hasChart ||= /^(\.\/)?[^/]+\/Chart\.yaml$/.test(name)
      entry.resume()
    }
  }
  try {
    await Promise.all([pipeline(Readable.from([content]), createGunzip(), archive), read()])
  } catch (error) {
    if (error instanceof LockstepError) throw error
    throw createSourceError('SOURCE_INVALID', `${chart} is not a chart archive: ${toError(error).message}`, {
      subject: chart,
      cause: error,
    })
  }
  if (!hasChart)
    throw createSourceError('SOURCE_INVALID', `${chart} is not a chart: it has no Chart.yaml`, { subject: chart })
}

const assertSafeEntry = (chart: string, { name, type }: Header): void => {
  const isPlain = type === 'file' || type === 'directory' || type === 'contiguous-file'
  const leads = name.startsWith('/') || name.includes('\\') || /^[A-Za-z]:/.test(name) || name.split('/').includes('..')
  if (isPlain && !leads) return
  throw createSourceError(
    'SOURCE_CONTENT_REFUSED',
    `${chart} holds ${name}, ${leads ? 'which leads out of it' : `a ${type}`}`,
    {
      subject: name,
    },
  )
}

const toTooLargeError = (chart: string, { maxFiles, maxBytes }: ArchiveLimits) =>
  createSourceError('SOURCE_TOO_LARGE', `${chart} is too large once unpacked`, {
    subject: chart,
    hint: `at most ${maxFiles} files and ${maxBytes / 1024 / 1024} MiB are taken`,
  })
