import { createColors } from 'picocolors'
import { reconcileCluster } from '../../enforce/reconcile-cluster.ts'
import type { ResolvedCluster } from '../../fleet/resolved.ts'
import { EXIT, toExitCode, worstExitCode } from '../exit-code.ts'
import type { ClusterOptions, Format } from '../options.ts'
import { formatData } from '../report/data.ts'
import { layoutTable } from '../report/table.ts'
import { escapeMarkdown, toPrintable } from '../report/text.ts'
import { type ClusterRun, runClusters } from '../run-clusters.ts'
import { openFleetSession } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep cluster list`. */
export type ClusterListOptions = ClusterOptions & { readonly output: Format }

/** One line of `lockstep cluster list`. */
type ListedCluster = {
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

type Looked = { readonly version: string; readonly findings: number; readonly pending: number }

/** `lockstep cluster list`: every cluster in a line, all asked at once. */
export const runClusterList = async (options: ClusterListOptions, world: World): Promise<number> => {
  await using session = await openFleetSession(options, world)
  const runs = await runClusters(
    session,
    async ({ desired, discovery, deps }, call): Promise<Looked> => {
      const { findings, pending } = await reconcileCluster({ desired, mode: 'heal', dryRun: true }, deps, call)
      return { version: discovery.serverVersion, findings: findings.length, pending: pending.length }
    },
    options,
    world,
  )
  world.signal.throwIfAborted()
  const clusters = session.fleet.clusters.map((cluster, index) => toListed(cluster, runs[index] as ClusterRun<Looked>))
  world.stdout.write(formatList(clusters, options, world))
  return worstExitCode(runs.map((run) => (run.type === 'failed' ? toExitCode(run.error) : EXIT.nothingToReport)))
}

const toListed = ({ name, labels, provider, components }: ResolvedCluster, run: ClusterRun<Looked>): ListedCluster => ({
  name,
  labels,
  provider: provider.type,
  reachable: run.report.reachable,
  ...(run.report.error === undefined ? {} : { error: run.report.error }),
  components: components.length,
  ...(run.type === 'done' ? { ...run.result, inSync: run.result.findings + run.result.pending === 0 } : {}),
})

const formatList = (clusters: readonly ListedCluster[], { output }: ClusterListOptions, { stdout }: World): string => {
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
