import { createColors } from 'picocolors'
import type { Silence } from '../../alerts/silence.ts'
import { formatDuration } from '../../base/duration.ts'
import { formatMatcher, parseMatchers } from '../../fleet/alert-matcher.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import type { HubViewOptions } from '../hub/open-hub.ts'
import { parseDurationOption } from '../options.ts'
import { formatData } from '../report/data.ts'
import { layoutTable } from '../report/table.ts'
import { toPrintable } from '../report/text.ts'
import type { World } from '../world.ts'
import { openAlerts } from './open-alerts.ts'

/** Options of `lockstep alert silence`. */
export type AlertSilenceOptions = HubViewOptions & { readonly for: string; readonly reason: string }

/** `lockstep alert silence`: nothing that matches is sent for a while. */
export const runAlertSilence = async (text: string, options: AlertSilenceOptions, world: World): Promise<number> => {
  const matchers = parseMatchers(text).map(formatMatcher)
  // None would silence everything.
  if (matchers.length === 0)
    throw createCliError('USAGE_INVALID', 'no matcher is given', {
      hint: 'write it like cluster="eu-1",severity="low"',
    })
  const forMs = parseDurationOption(options.for, '--for')
  if (forMs <= 0) throw createCliError('USAGE_INVALID', '--for: a silence lasts longer than nothing')
  if (options.reason.trim() === '')
    throw createCliError('USAGE_INVALID', '--reason is empty', { hint: 'say why: it is recorded' })
  await using view = await openAlerts(options, world)
  const { id, until } = await view.silence(matchers, { forMs, reason: options.reason })
  world.stdout.write(
    `Silenced {${matchers.join(', ')}} for ${formatDuration(forMs)}, until ${until}. End it with: lockstep alert unsilence ${id}\n`,
  )
  return EXIT.nothingToReport
}

/** `lockstep alert silences`: those of the hub; those of AlertPolicies are in Git. */
export const runAlertSilences = async (
  options: HubViewOptions & { readonly output: 'table' | 'json' | 'yaml' },
  world: World,
): Promise<number> => {
  await using view = await openAlerts(options, world)
  const silences = await view.listSilences()
  const { output } = options
  world.stdout.write(output === 'table' ? layoutSilences(silences, world) : formatData(silences, output))
  return EXIT.nothingToReport
}

/** `lockstep alert unsilence`: ends a silence of the hub. */
export const runAlertUnsilence = async (text: string, options: HubViewOptions, world: World): Promise<number> => {
  await using view = await openAlerts(options, world)
  const ended = /^\d{1,15}$/.test(text) ? await view.unsilence(Number(text)) : undefined
  if (!ended) {
    const ids = (await view.listSilences()).map(({ id }) => id)
    throw createCliError('USAGE_INVALID', `there is no silence ${text} in force`, {
      hint: ids.length === 0 ? 'there is none at all; those of AlertPolicies are in Git' : `there is ${ids.join(', ')}`,
    })
  }
  world.stdout.write(
    `Ended silence ${ended.id} {${ended.matchers.join(', ')}}, which ${ended.actor} had made: ${ended.reason}\n`,
  )
  return EXIT.nothingToReport
}

const layoutSilences = (silences: readonly Silence[], { stdout }: World): string => {
  if (silences.length === 0) return 'no silences\n'
  const { dim } = createColors(stdout.color)
  const rows = silences.map(({ id, matchers, until, actor, reason }) =>
    [String(id), matchers.join(', '), until.slice(0, 19).replace('T', ' '), actor, reason].map(toPrintable),
  )
  const columns = ['ID', 'MATCHERS', 'UNTIL (UTC)', 'BY', 'REASON'].map((title) => ({ title }))
  return `${layoutTable(columns, rows, { width: stdout.width, styleTitle: dim }).join('\n')}\n`
}
