import { resolve } from 'node:path'
import { createColors } from 'picocolors'
import { listTargets, openReceivers } from '../../alerts/open-receivers.ts'
import { toTestNotification } from '../../alerts/test-notification.ts'
import { createUrlGuard } from '../../source/url-guard.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { formatData } from '../report/data.ts'
import { layoutTable } from '../report/table.ts'
import { toPrintable } from '../report/text.ts'
import { openFleetSession } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep alert test`. */
export type AlertTestOptions = FleetOptions & {
  readonly policy?: string
  readonly receiver?: string
  readonly secretsDir?: string
  readonly output: 'table' | 'json' | 'yaml'
}

const SEND_MS = 30_000

type Tested = { readonly target: string; readonly arrived: boolean; readonly answer: string }

/** `lockstep alert test`: a sample through the real receivers. Exits with 1 where one of them did not take it. */
export const runAlertTest = async (options: AlertTestOptions, world: World): Promise<number> => {
  const { policy: policyName, receiver: receiverName, secretsDir, allowPrivate, output } = options
  await using session = await openFleetSession(options, world)
  const { fleet } = session
  const wanted = fleet.alertPolicies.flatMap((policy) =>
    policyName !== undefined && policy.name !== policyName
      ? []
      : policy.receivers
          .filter(({ name }) => receiverName === undefined || name === receiverName)
          .flatMap((receiver) =>
            listTargets(policy.name, receiver).map(({ name }) => ({
              name,
              policy: policy.name,
              receiver: receiver.name,
            })),
          ),
  )
  if (wanted.length === 0)
    throw createCliError('USAGE_INVALID', 'there is no such receiver', {
      hint: `the fleet has ${fleet.alertPolicies.flatMap(({ name, receivers }) => receivers.map((one) => `${name}/${one.name}`)).join(', ') || 'no AlertPolicy'}`,
    })
  await using receivers = openReceivers({
    policies: () => fleet.alertPolicies,
    guard: createUrlGuard(allowPrivate),
    env: world.env,
    now: world.clock.now,
    ...(secretsDir === undefined ? {} : { secretsDir: resolve(world.cwd, secretsDir) }),
  })
  const results = await Promise.all(
    wanted.map(async ({ name, policy, receiver }): Promise<Tested> => {
      const notification = toTestNotification({ policy, receiver, fleet: fleet.name }, world.clock.now())
      const signal = AbortSignal.any([world.signal, AbortSignal.timeout(SEND_MS)])
      const result = await receivers.find(name)?.send(notification, { signal })
      if (result?.type === 'sent') return { target: name, arrived: true, answer: result.detail }
      return { target: name, arrived: false, answer: result?.reason ?? 'there is no such receiver' }
    }),
  )
  world.stdout.write(output === 'table' ? layoutResults(results, world) : formatData(results, output))
  return results.every(({ arrived }) => arrived) ? EXIT.nothingToReport : EXIT.differences
}

const layoutResults = (results: readonly Tested[], { stdout }: World): string => {
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
