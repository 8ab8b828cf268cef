import { createColors } from 'picocolors'
import { EXIT, worstExitCode } from '../exit-code.ts'
import type { Format } from '../options.ts'
import type { World } from '../world.ts'
import { formatData } from './data.ts'
import { layoutTable } from './table.ts'
import { escapeMarkdown, toPrintable } from './text.ts'

/** One line of `lockstep cluster list`. */
export type ListedCluster = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly provider: string
  readonly reachable: boolean
  readonly error?: string
  readonly version?: string
  readonly components: number
  readonly findings?: number
  readonly pending?: number
  /** Neither drift nor anything pending. */
  readonly inSync?: boolean
}

/** Prints clusters, and gives the exit code that they mean. */
export const printClusterList = (
  clusters: readonly ListedCluster[],
  options: { readonly output: Format },
  world: World,
): number => {
  world.stdout.write(formatList(clusters, options, world))
  return worstExitCode(
    clusters.map(({ reachable, error }) =>
      reachable ? (error === undefined ? EXIT.nothingToReport : EXIT.error) : EXIT.unreachable,
    ),
  )
}

const formatList = (
  clusters: readonly ListedCluster[],
  { output }: { readonly output: Format },
  { stdout }: World,
): string => {
  if (output === 'json' || output === 'yaml') return formatData(clusters, output)
  const rows = clusters.map((cluster) => [
    cluster.name,
    Object.entries(cluster.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    cluster.provider,
    cluster.version ?? '',
    String(cluster.components),
    formatState(cluster),
  ])
  const titles = ['NAME', 'LABELS', 'PROVIDER', 'VERSION', 'COMPONENTS', 'STATE']
  if (output === 'markdown') {
    const toRow = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`
    return `${[toRow(titles), toRow(titles.map(() => '---')), ...rows.map(toRow)].join('\n')}\n`
  }
  const { dim, red, green, yellow } = createColors(stdout.color)
  const paint = (text: string, row: number): string => {
    const { inSync, error } = clusters[row] as ListedCluster
    return error === undefined ? (inSync ? green(text) : yellow(text)) : red(text)
  }
  const columns = titles.map((title) => ({ title, ...(title === 'STATE' ? { style: paint, min: 20 } : {}) }))
  const lines = layoutTable(
    columns,
    rows.map((row) => row.map(toPrintable)),
    { width: stdout.width, styleTitle: dim },
  )
  return clusters.length === 0 ? 'no clusters\n' : `${lines.join('\n')}\n`
}

const formatState = ({ reachable, error, findings = 0, pending = 0 }: ListedCluster): string => {
  if (error !== undefined) return `${reachable ? 'failed' : 'out of reach'}: ${error}`
  const parts = [...(findings > 0 ? [`${findings} drifted`] : []), ...(pending > 0 ? [`${pending} pending`] : [])]
  return parts.join(', ') || 'in sync'
}
