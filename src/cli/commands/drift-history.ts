import type { DriftHistory } from '../../store/drift-history.ts'
import { EXIT } from '../exit-code.ts'
import { type HubViewOptions, openHub } from '../hub/open-hub.ts'
import type { Format } from '../options.ts'
import { formatData } from '../report/data.ts'
import { formatHistoryHtml, formatHistoryMarkdown, layoutHistory } from '../report/history-report.ts'
import { parseSince } from '../since.ts'
import type { World } from '../world.ts'

/** Options of `lockstep drift --history`. */
export type DriftHistoryOptions = HubViewOptions & {
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
  const { cluster: clusters } = options
  await using hub = await openHub(options, world)
  const history = await hub.readDriftHistory({ since, until, ...(clusters ? { clusters } : {}) })
  world.stdout.write(format(history, options, world))
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
