import { formatDuration } from '../../base/duration.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import type { Scope } from '../hub/hub-view.ts'
import { type HubViewOptions, openHub } from '../hub/open-hub.ts'
import { parseDurationOption } from '../options.ts'
import type { World } from '../world.ts'

/** What is held back: a cluster, a component (on one cluster or on all), or everything. */
type ScopeOptions = HubViewOptions & { readonly cluster?: string; readonly component?: string; readonly all?: boolean }

/** Options of `lockstep suspend`. */
export type SuspendOptions = ScopeOptions & { readonly for: string; readonly reason: string }

/** `lockstep suspend`: holds back applying and healing for a while. */
export const runSuspend = async (options: SuspendOptions, world: World): Promise<number> => {
  const scope = parseScope(options)
  const forMs = parseDurationOption(options.for, '--for')
  if (options.reason.trim() === '')
    throw createCliError('USAGE_INVALID', '--reason is empty', { hint: 'say why: it is recorded' })
  await using hub = await openHub(options, world)
  const { until } = await hub.suspend(scope, { forMs, reason: options.reason })
  world.stdout.write(
    `Suspended ${formatScope(scope)} for ${formatDuration(forMs)}, until ${until}: nothing is applied or healed there.\n`,
  )
  return EXIT.nothingToReport
}

/** `lockstep resume`: ends what was suspended with the same scope. */
export const runResume = async (options: ScopeOptions, world: World): Promise<number> => {
  const scope = parseScope(options)
  await using hub = await openHub(options, world)
  const ended = await hub.resume(scope)
  if (ended.length === 0) {
    const others = await hub.listSuspensions()
    throw createCliError('USAGE_INVALID', `${formatScope(scope)} is not suspended`, {
      hint: others.length === 0 ? 'nothing is' : `suspended is ${others.map(formatScope).join(', ')}`,
    })
  }
  for (const { reason, actor } of ended)
    world.stdout.write(`Resumed ${formatScope(scope)}, which ${actor} had suspended: ${reason}\n`)
  return EXIT.nothingToReport
}

const parseScope = ({ cluster, component, all }: ScopeOptions): Scope => {
  const isNamed = cluster !== undefined || component !== undefined
  if (isNamed === (all === true))
    throw createCliError('USAGE_INVALID', isNamed ? '--all goes with no other scope' : 'nothing is named', {
      hint: 'name --cluster, --component or both, or everything with --all',
    })
  return { ...(cluster === undefined ? {} : { cluster }), ...(component === undefined ? {} : { component }) }
}

const formatScope = ({ cluster, component }: Scope): string => {
  if (component !== undefined)
    return `component ${component}${cluster === undefined ? ' on all clusters' : ` on ${cluster}`}`
  return cluster === undefined ? 'the whole fleet' : `cluster ${cluster}`
}
