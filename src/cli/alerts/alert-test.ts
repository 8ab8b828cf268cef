import { resolve } from 'node:path'
import { createColors } from 'picocolors'
import { openReceivers } from '../../alerts/open-receivers.ts'
import { type TestedTarget, testReceivers, type WantedReceivers } from '../../alerts/test-receivers.ts'
import { createUrlGuard } from '../../source/url-guard.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import type { RemoteOptions } from '../hub/hub-options.ts'
import { openHubClient } from '../hub/open-client.ts'
import type { FleetOptions } from '../options.ts'
import { formatData } from '../report/data.ts'
import { layoutTable } from '../report/table.ts'
import { toPrintable } from '../report/text.ts'
import { openFleetSession } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep alert test`. */
export type AlertTestOptions = FleetOptions &
  RemoteOptions & {
    readonly policy?: string
    readonly receiver?: string
    readonly secretsDir?: string
    readonly output: 'table' | 'json' | 'yaml'
  }

/** `lockstep alert test`: a sample through the real receivers. Exits with 1 where one of them did not take it. */
export const runAlertTest = async (options: AlertTestOptions, world: World): Promise<number> => {
  if (options.hub !== undefined) return testByHub({ ...options, hub: options.hub }, world)
  const { secretsDir, allowPrivate, output } = options
  await using session = await openFleetSession(options, world)
  const { fleet } = session
  await using receivers = openReceivers({
    policies: () => fleet.alertPolicies,
    guard: createUrlGuard(allowPrivate),
    env: world.env,
    now: world.clock.now,
    ...(secretsDir === undefined ? {} : { secretsDir: resolve(world.cwd, secretsDir) }),
  })
  const results = await testReceivers(
    { ...toWanted(options), fleet: fleet.name },
    { policies: fleet.alertPolicies, receivers, now: world.clock.now },
    world,
  )
  if (results.length === 0)
    throw createCliError('USAGE_INVALID', 'there is no such receiver', {
      hint: `the fleet has ${fleet.alertPolicies.flatMap(({ name, receivers: own }) => own.map((one) => `${name}/${one.name}`)).join(', ') || 'no AlertPolicy'}`,
    })
  return printResults(results, output, world)
}

/** Lets the hub send the sample, by its own secrets. */
const testByHub = async (options: AlertTestOptions & { readonly hub: string }, world: World): Promise<number> => {
  await using client = openHubClient(options, world)
  const { items } = await client.call('testAlerts', { body: toWanted(options) }, { signal: world.signal })
  return printResults(items, options.output, world)
}

const toWanted = ({ policy, receiver }: AlertTestOptions): WantedReceivers => ({
  ...(policy === undefined ? {} : { policy }),
  ...(receiver === undefined ? {} : { receiver }),
})

const printResults = (results: readonly TestedTarget[], output: AlertTestOptions['output'], world: World): number => {
  world.stdout.write(output === 'table' ? layoutResults(results, world) : formatData(results, output))
  return results.every(({ arrived }) => arrived) ? EXIT.nothingToReport : EXIT.differences
}

const layoutResults = (results: readonly TestedTarget[], { stdout }: World): string => {
  const { dim, green, red } = createColors(stdout.color)
  const rows = results.map(({ target, arrived, answer }) => [
    target,
    arrived ? 'arrived' : 'failed',
    toPrintable(answer),
  ])
  const style = (text: string, row: number): string => (results[row]?.arrived ? green(text) : red(text))
  const columns = [{ title: 'TO' }, { title: 'RESULT', style }, { title: 'ANSWER', wraps: true }]
  return `${layoutTable(columns, rows, { width: stdout.width, styleTitle: dim }).join('\n')}\n`
}
