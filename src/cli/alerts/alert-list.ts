import { createHash } from 'node:crypto'
import { createColors } from 'picocolors'
import { type Alert, toSeverity } from '../../alerts/alert.ts'
import { findSilence } from '../../alerts/silence.ts'
import { matchesAll, parseMatchers } from '../../fleet/alert-matcher.ts'
import { SEVERITIES } from '../../fleet/severity.ts'
import { formatYaml } from '../../kube/yaml.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import type { HubViewOptions } from '../hub/open-hub.ts'
import { formatData } from '../report/data.ts'
import { layoutTable } from '../report/table.ts'
import { formatAge, toPrintable } from '../report/text.ts'
import type { World } from '../world.ts'
import { openAlerts, readSilences } from './open-alerts.ts'

/** Options of `lockstep alert list`. */
export type AlertListOptions = HubViewOptions & {
  readonly matching?: string
  readonly output: 'table' | 'json' | 'yaml'
}

type ShownAlert = Omit<Alert, 'isNews' | 'isDone'> & { readonly id: string; readonly silencedBy?: string }

/** `lockstep alert list`: exits with 1 where there are any. */
export const runAlertList = async (options: AlertListOptions, world: World): Promise<number> => {
  await using view = await openAlerts(options, world)
  const matchers = options.matching === undefined ? [] : parseMatchers(options.matching)
  const silences = await readSilences(view)
  const alerts = (await view.listAlerts())
    .filter(({ endsAt, labels }) => endsAt === undefined && matchesAll(matchers, labels))
    .map((alert) => toShown(alert, silences))
    .toSorted((left, right) => rank(left) - rank(right) || (left.startsAt < right.startsAt ? -1 : 1))
  const { output } = options
  world.stdout.write(output === 'table' ? layoutAlerts(alerts, world) : formatData(alerts, output))
  return alerts.length === 0 ? EXIT.nothingToReport : EXIT.differences
}

/** `lockstep alert show`: by the id that `alert list` gives. */
export const runAlertShow = async (
  id: string,
  options: HubViewOptions & { readonly output: 'yaml' | 'json' },
  world: World,
): Promise<number> => {
  await using view = await openAlerts(options, world)
  const silences = await readSilences(view)
  const alert = (await view.listAlerts()).map((one) => toShown(one, silences)).find((one) => one.id === id)
  if (!alert)
    throw createCliError('USAGE_INVALID', `there is no alert ${id}`, {
      hint: 'lockstep alert list has those that are open',
    })
  world.stdout.write(options.output === 'json' ? formatData(alert, 'json') : formatYaml(alert))
  return EXIT.nothingToReport
}

const toShown = (
  { isNews: _, isDone: __, ...alert }: Alert,
  silences: Awaited<ReturnType<typeof readSilences>>,
): ShownAlert => {
  const silence = findSilence(silences, alert.labels)
  const id = createHash('sha256').update(alert.key).digest('hex').slice(0, 8)
  return { id, ...alert, ...(silence ? { silencedBy: `${silence.source}: ${silence.reason}` } : {}) }
}

const rank = (alert: Pick<Alert, 'labels'>): number => SEVERITIES.indexOf(toSeverity(alert))

const layoutAlerts = (alerts: readonly ShownAlert[], { clock, stdout }: World): string => {
  if (alerts.length === 0) return 'no alerts\n'
  const { dim } = createColors(stdout.color)
  const rows = alerts.flatMap(({ id, labels, annotations, startsAt, silencedBy }) => {
    const { summary, change, who, done } = annotations
    const details = [change, who && `by ${who}`, done, silencedBy && `silenced: ${silencedBy}`]
    return [
      [id, labels.severity ?? '', formatAge(startsAt, clock.now()), summary],
      ['', '', '', details.filter((part) => part).join('; ')],
    ].map((cells) => cells.map(toPrintable))
  })
  const columns = ['ID', 'SEVERITY', 'SINCE', 'WHAT'].map((title) => ({
    title,
    // What it is about has to be read whole.
    ...(title === 'WHAT'
      ? { wraps: true, style: (text: string, row: number) => (row % 2 === 1 ? dim(text) : text) }
      : {}),
  }))
  return `${layoutTable(columns, rows, { width: stdout.width, styleTitle: dim }).join('\n')}\n`
}
