import { createColors } from 'picocolors'
import type { Delivery } from '../../alerts/outbox.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import type { HubViewOptions } from '../hub/open-hub.ts'
import { formatData } from '../report/data.ts'
import { layoutTable } from '../report/table.ts'
import { toPrintable } from '../report/text.ts'
import type { World } from '../world.ts'
import { openAlerts } from './open-alerts.ts'

/** `lockstep alert failed`: what did not arrive. Exits with 1 where something was given up. */
export const runAlertFailed = async (
  options: HubViewOptions & { readonly output: 'table' | 'json' | 'yaml' },
  world: World,
): Promise<number> => {
  await using view = await openAlerts(options, world)
  const dead = await view.listDeliveries({ state: 'dead' })
  const waiting = (await view.listDeliveries({ state: 'pending' })).filter(({ error }) => error !== undefined)
  const { output } = options
  world.stdout.write(
    output === 'table' ? layoutFailed([...dead, ...waiting], world) : formatData([...dead, ...waiting], output),
  )
  return dead.length === 0 ? EXIT.nothingToReport : EXIT.differences
}

/** `lockstep alert retry`: one that was given up, or all of them; a hub that runs tries them within seconds. */
export const runAlertRetry = async (
  text: string | undefined,
  options: HubViewOptions & { readonly all?: boolean },
  world: World,
): Promise<number> => {
  if ((text === undefined) === (options.all !== true))
    throw createCliError('USAGE_INVALID', 'name one notification, or all of them with --all')
  await using view = await openAlerts(options, world)
  const ids = text === undefined ? (await view.listDeliveries({ state: 'dead' })).map(({ id }) => id) : [Number(text)]
  let count = 0
  for (const id of ids) if (Number.isSafeInteger(id) && (await view.retry(id))) count++
  if (count === 0 && text !== undefined)
    throw createCliError('USAGE_INVALID', `there is no notification ${text} that was given up`, {
      hint: 'lockstep alert failed lists them',
    })
  world.stdout.write(`${count} ${count === 1 ? 'notification is' : 'notifications are'} tried again.\n`)
  return EXIT.nothingToReport
}

const layoutFailed = (deliveries: readonly Delivery[], { stdout }: World): string => {
  if (deliveries.length === 0) return 'everything arrived, or was not tried yet\n'
  const { dim } = createColors(stdout.color)
  const rows = deliveries.map(({ id, state, target, created, attempts, due, error = '' }) =>
    [
      String(id),
      state === 'dead' ? 'given up' : `again at ${due.slice(11, 19)}`,
      target,
      created.slice(0, 19).replace('T', ' '),
      String(attempts),
      error,
    ].map(toPrintable),
  )
  const columns = ['ID', 'STATE', 'TO', 'MADE (UTC)', 'TRIES', 'WHY'].map((title) => ({
    title,
    wraps: title === 'WHY',
  }))
  return `${layoutTable(columns, rows, { width: stdout.width, styleTitle: dim }).join('\n')}\n`
}
