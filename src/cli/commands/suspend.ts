import { formatDuration } from '../../base/duration.ts'
import type { Suspension } from '../../store/suspensions.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import { type HubDataOptions, openHubStore } from '../hub-data.ts'
import { parseDurationOption } from '../options.ts'
import type { World } from '../world.ts'

/** What is held back: a cluster, a component (on one cluster or on all), or everything. */
type ScopeOptions = HubDataOptions & { readonly cluster?: string; readonly component?: string; readonly all?: boolean }

/** Options of `lockstep suspend`. */
export type SuspendOptions = ScopeOptions & { readonly for: string; readonly reason: string }

/** `lockstep suspend`: holds back applying and healing for a while. */
export const runSuspend = async (options: SuspendOptions, world: World): Promise<number> => {
  const scope = parseScope(options)
  const forMs = parseDurationOption(options.for, '--for')
  if (options.reason.trim() === '')
    throw createCliError('USAGE_INVALID', '--reason is empty', { hint: 'say why: it is recorded' })
  await using store = await openHubStore(options, world)
  const started = world.clock.now()
  const suspension = await store.suspend({
    ...scope,
    actor: toActor(world),
    reason: options.reason,
    started: started.toISOString(),
    until: new Date(started.getTime() + forMs).toISOString(),
  })
  const { until } = suspension
  world.stdout.write(
    `Suspended ${formatScope(scope)} for ${formatDuration(forMs)}, until ${until}: nothing is applied or healed there.\n`,
  )
  return EXIT.nothingToReport
}

/** `lockstep resume`: ends what was suspended with the same scope. */
export const runResume = async (options: ScopeOptions, world: World): Promise<number> => {
  const scope = parseScope(options)
  await using store = await openHubStore(options, world)
  const time = world.clock.now().toISOString()
  const ended = await store.resume(scope, { actor: toActor(world), time })
  if (ended.length === 0) {
    const others = await store.listSuspensions(time)
    throw createCliError('USAGE_INVALID', `${formatScope(scope)} is not suspended`, {
      hint: others.length === 0 ? 'nothing is' : `suspended is ${others.map(formatScope).join(', ')}`,
    })
  }
  for (const { reason, actor } of ended)
    world.stdout.write(`Resumed ${formatScope(scope)}, which ${actor} had suspended: ${reason}\n`)
  return EXIT.nothingToReport
}

const parseScope = ({ cluster, component, all }: ScopeOptions): { cluster?: string; component?: string } => {
  const isNamed = cluster !== undefined || component !== undefined
  if (isNamed === (all === true))
    throw createCliError('USAGE_INVALID', isNamed ? '--all goes with no other scope' : 'nothing is named', {
      hint: 'name --cluster, --component or both, or everything with --all',
    })
  return { ...(cluster === undefined ? {} : { cluster }), ...(component === undefined ? {} : { component }) }
}

const formatScope = ({ cluster, component }: Pick<Suspension, 'cluster' | 'component'>): string => {
  if (component !== undefined)
    return `component ${component}${cluster === undefined ? ' on all clusters' : ` on ${cluster}`}`
  return cluster === undefined ? 'the whole fleet' : `cluster ${cluster}`
}

/** Whoever sits here, as the system knows him. */
const toActor = ({ holder }: World): string => holder.replace(/\/[^/]*$/, '')
