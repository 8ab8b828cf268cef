import { computeDriftHistory, type DriftHistory } from '../../store/drift-history.ts'
import { EXIT } from '../exit-code.ts'
import { type HubDataOptions, openHubStore } from '../hub-data.ts'
import type { Format } from '../options.ts'
import { formatData } from '../report/data.ts'
import { formatHistoryHtml, formatHistoryMarkdown, layoutHistory } from '../report/history-report.ts'
import { parseSince } from '../since.ts'
import type { World } from '../world.ts'

/** Options of `lockstep drift --history`. */
export type DriftHistoryOptions = HubDataOptions & {
  readonly since?: string
  readonly until?: string
  readonly cluster?: readonly string[]
  readonly output: Format | 'html'
}

const SINCE = '30d'

/** `lockstep drift --history`: what a hub on this machine saw over a time. */
export const runDriftHistory = async (options: DriftHistoryOptions, world: World): Promise<number> => {
  const now = world.clock.now()
  const since = parseSince(options.since ?? SINCE, '--since', now)
  const until = options.until === undefined ? now.toISOString() : parseSince(options.until, '--until', now)
  await using store = await openHubStore(options, world)
  const all = await store.listFindings({ since })
  const { cluster: names } = options
  const findings = names === undefined ? all : all.filter(({ cluster }) => names.includes(cluster))
  world.stdout.write(format(computeDriftHistory(findings, { since, until }), options, world))
  return EXIT.nothingToReport
}

const format = (history: DriftHistory, { output }: DriftHistoryOptions, { stdout }: World): string => {
  switch (output) {
    case 'json':
    case 'yaml':
      return formatData(history, output)
    case 'markdown':
      return formatHistoryMarkdown(history)
    case 'html':
      return formatHistoryHtml(history)
    case 'table':
      return layoutHistory(history, stdout)
    default:
      return output satisfies never
  }
}
