import { parseYaml } from '../../kube/yaml.ts'
import { createSourceError } from '../errors.ts'

/** One version of a chart as a repository's index has it; only what fetching needs. */
export type IndexedChart = { readonly version: string; readonly urls: readonly string[]; readonly digest?: string }

/** The charts of a repository by name. */
export type ChartIndex = Readonly<Record<string, readonly IndexedChart[]>>

/** Reads `index.yaml`. Entries that are not as they should be are left out, as Helm does. */
export const parseIndex = (text: string, url: string): ChartIndex => {
  const [document] = parseYaml(text, { file: url })
  const entries = isRecord(document) ? document.entries : undefined
  if (!isRecord(entries)) {
    throw createSourceError('SOURCE_INVALID', `${url} is not the index of a Helm repository`, {
      subject: url,
      hint: 'check that the URL is the folder that holds index.yaml',
    })
  }
  const charts = Object.entries(entries).map(([name, versions]) => {
    const list = Array.isArray(versions) ? versions.map(toIndexedChart) : []
    return [name, list.filter((chart) => chart !== undefined)] as const
  })
  return Object.fromEntries(charts)
}

const toIndexedChart = (entry: unknown): IndexedChart | undefined => {
  if (!isRecord(entry) || typeof entry.version !== 'string' || !Array.isArray(entry.urls)) return undefined
  const urls = entry.urls.filter((url) => typeof url === 'string')
  if (urls.length === 0) return undefined
  const digest = typeof entry.digest === 'string' ? entry.digest.replace(/^sha256:/, '').toLowerCase() : undefined
  return { version: entry.version, urls, ...(digest ? { digest } : {}) }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
