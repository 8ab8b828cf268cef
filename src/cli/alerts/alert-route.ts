import { createColors } from 'picocolors'
import type { Labels } from '../../alerts/alert.ts'
import { listTargets } from '../../alerts/open-receivers.ts'
import { routeAlert } from '../../alerts/route.ts'
import { findSilence, listPolicySilences } from '../../alerts/silence.ts'
import { formatDuration } from '../../base/duration.ts'
import { toClusterLabel } from '../../fleet/alert-labels.ts'
import type { ResolvedFleet } from '../../fleet/resolved.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { formatData } from '../report/data.ts'
import { layoutTable } from '../report/table.ts'
import { toPrintable } from '../report/text.ts'
import { openFleetSession } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep alert route`. */
export type AlertRouteOptions = FleetOptions & {
  readonly labels: readonly string[]
  readonly output: 'table' | 'json' | 'yaml'
}

/** `lockstep alert route`: who would be told of an alert with these labels. Exits with 1 where nobody would. */
export const runAlertRoute = async (options: AlertRouteOptions, world: World): Promise<number> => {
  const given = parseLabels(options.labels)
  await using session = await openFleetSession(options, world)
  const labels = completeLabels(given, session.fleet)
  const routes = routeAlert(session.fleet.alertPolicies, labels)
  const silences = session.fleet.alertPolicies.flatMap((policy) => listPolicySilences(policy, world.clock.now()))
  const silence = findSilence(silences, labels)
  const found = routes.map(({ policy, path, route, receiver, groupLabels }) => ({
    policy,
    route: path,
    receiver: receiver.name,
    sends: listTargets(policy, receiver).map(({ type }) => type),
    groupLabels,
    groupWait: formatDuration(route.groupWaitMs),
    groupInterval: formatDuration(route.groupIntervalMs),
    repeatInterval: formatDuration(route.repeatIntervalMs),
  }))
  const { output } = options
  const silencedBy = silence && `${silence.source} until ${silence.until}: ${silence.reason}`
  if (output === 'table') world.stdout.write(layoutRoutes(found, silencedBy, world))
  else world.stdout.write(formatData({ labels, routes: found, ...(silencedBy ? { silencedBy } : {}) }, output))
  return found.some(({ sends }) => sends.length > 0) ? EXIT.nothingToReport : EXIT.differences
}

const parseLabels = (texts: readonly string[]): Labels =>
  Object.fromEntries(
    texts
      .flatMap((text) => text.split(','))
      .map((pair) => {
        const [, name, value] = /^\s*([a-zA-Z_]\w*)=(.*)$/.exec(pair) ?? []
        if (name !== undefined && value !== undefined) return [name, value.replace(/^"(.*)"$/, '$1')]
        throw createCliError('USAGE_INVALID', `--labels: "${pair}" is no label`, {
          hint: 'write it like severity=critical,cluster=eu',
        })
      }),
  )

const completeLabels = (given: Labels, { name, clusters }: ResolvedFleet): Labels => {
  const cluster = clusters.find((one) => one.name === given.cluster)
  if (given.cluster !== undefined && !cluster)
    throw createCliError('USAGE_INVALID', `--labels: there is no cluster ${given.cluster}`, {
      hint: `there is ${clusters
        .slice(0, 5)
        .map((one) => one.name)
        .join(', ')}`,
    })
  const ofCluster = Object.entries(cluster?.labels ?? {}).map(([label, value]) => [toClusterLabel(label), value])
  return { fleet: name, ...Object.fromEntries(ofCluster), ...given }
}

type FoundRoute = {
  readonly policy: string
  readonly route: string
  readonly receiver: string
  readonly sends: readonly string[]
  readonly groupLabels: Labels
  readonly groupWait: string
}

const layoutRoutes = (found: readonly FoundRoute[], silencedBy: string | undefined, { stdout }: World): string => {
  if (found.length === 0) return 'nobody would be told: no AlertPolicy speaks of it\n'
  const { dim, yellow } = createColors(stdout.color)
  const rows = found.map(({ policy, route, receiver, sends, groupLabels, groupWait }) =>
    [
      policy,
      route,
      receiver,
      sends.join(', ') || 'nothing',
      Object.entries(groupLabels)
        .map(([name, value]) => `${name}=${value}`)
        .join(', '),
      groupWait,
    ].map(toPrintable),
  )
  const columns = ['POLICY', 'ROUTE', 'RECEIVER', 'SENDS', 'GROUP', 'WAIT'].map((title) => ({ title }))
  const table = layoutTable(columns, rows, { width: stdout.width, styleTitle: dim }).join('\n')
  return `${table}\n${silencedBy === undefined ? '' : `${yellow('silenced')} by ${toPrintable(silencedBy)}\n`}`
}
