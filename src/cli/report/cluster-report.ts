import { createColors } from 'picocolors'
import type { ResolvedCluster, ResolvedComponent, ResolvedProvider } from '../../fleet/resolved.ts'
import type { ChangeSummary } from '../../store/changes.ts'
import type { World } from '../world.ts'
import { layoutTable } from './table.ts'
import { formatCount, toPrintable } from './text.ts'

/** A cluster with its components, as `lockstep cluster show` knows it. */
export type ShownCluster = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly provider: ResolvedProvider
  readonly template?: NonNullable<ResolvedCluster['template']>
  readonly shape: ResolvedCluster['shape']
  readonly reachable: boolean
  readonly error?: string
  readonly server?: string
  readonly version?: string
  readonly nodes?: number
  readonly shapeDifferences?: readonly string[]
  readonly warnings?: readonly string[]
  readonly components: readonly ShownComponent[]
  /** Where a hub tells it: how the cluster is, and what was done to it last. */
  readonly state?: string
  readonly message?: string
  readonly target?: string
  readonly applied?: string
  readonly seen?: string
  readonly lastChange?: ChangeSummary
}

type ShownComponent = Pick<ResolvedComponent, 'name' | 'source' | 'namespace' | 'owner' | 'dependsOn' | 'policy'> & {
  readonly objects?: number
  readonly findings?: number
  readonly pending?: number
  readonly error?: Error
}

/** The cluster for a terminal. */
export const formatShown = (shown: ShownCluster, { stdout }: World): string => {
  const { bold, dim, red, green, yellow } = createColors(stdout.color)
  const field = (label: string, value: string | undefined): string[] =>
    value === undefined || value === '' ? [] : [`${dim(label.padEnd(11))} ${toPrintable(value)}`]
  const labels = Object.entries(shown.labels).map(([key, value]) => `${key}=${value}`)
  const rows = shown.components.map((component) => [
    component.name,
    formatSource(component.source),
    component.owner ?? '',
    `${component.policy.apply}/${component.policy.drift}`,
    component.objects === undefined ? '' : String(component.objects),
    formatState(component),
  ])
  const columns = ['COMPONENT', 'SOURCE', 'OWNER', 'APPLY/DRIFT', 'OBJECTS', 'STATE'].map((title) => ({
    title,
    ...(title === 'STATE' ? { style: (text: string) => (text.trim() === 'in sync' ? green(text) : yellow(text)) } : {}),
  }))
  return [
    bold(shown.name),
    ...field('labels', labels.join(', ')),
    ...field('provider', `${shown.provider.type}${formatContext(shown.provider)}`),
    ...field('template', shown.template && [shown.template.name, ...Object.values(shown.template.ref ?? {})].join('@')),
    ...field('server', shown.server),
    ...field('version', shown.version),
    ...field('nodes', shown.nodes === undefined ? undefined : formatCount(shown.nodes, 'node')),
    ...field('state', shown.state === undefined ? undefined : formatHubState(shown)),
    ...field('change', shown.lastChange && formatChange(shown.lastChange)),
    ...(shown.shapeDifferences ?? []).map((text) => yellow(`shape       ${text}`)),
    ...(shown.warnings ?? []).map((text) => yellow(`warning     ${toPrintable(text)}`)),
    ...(shown.error === undefined
      ? []
      : [red(`${shown.reachable ? 'failed' : 'out of reach'}: ${toPrintable(shown.error)}`)]),
    '',
    ...layoutTable(
      columns,
      rows.map((row) => row.map(toPrintable)),
      { width: stdout.width, styleTitle: dim },
    ),
    '',
  ].join('\n')
}

const formatContext = (provider: ShownCluster['provider']): string =>
  provider.type === 'existing' && provider.kubeconfig.context ? ` (context ${provider.kubeconfig.context})` : ''

const formatSource = (source: ShownComponent['source']): string => {
  switch (source.type) {
    case 'path':
      return `path ${source.path}`
    case 'chart':
      return `chart ${source.chart} ${source.version}`
    case 'git':
      return `${source.repository.name} ${source.path}`
    case 'grant':
      return `grant of ${source.grant.template}`
    default:
      return source satisfies never
  }
}

const formatState = (component: ShownComponent): string => {
  if (component.error) return `cannot be rendered: ${component.error.message}`
  if (component.findings === undefined) return ''
  const parts = [
    ...(component.findings > 0 ? [`${component.findings} drifted`] : []),
    ...(component.pending ? [`${component.pending} pending`] : []),
  ]
  return parts.join(', ') || 'in sync'
}

const formatHubState = ({ state = '', message, target, applied, seen }: ShownCluster): string =>
  [
    `${state}${message === undefined ? '' : `: ${message}`}`,
    ...(applied === undefined ? [] : [`at ${applied.slice(0, 12)}`]),
    ...(target === undefined || target === applied ? [] : [`goes to ${target.slice(0, 12)}`]),
    ...(seen === undefined ? [] : [`seen ${seen.slice(0, 19).replace('T', ' ')}`]),
  ].join(', ')

const formatChange = ({ id, started, result, objects, failed }: ChangeSummary): string =>
  `${id}, ${started.slice(0, 19).replace('T', ' ')}: ${result ?? 'under way'}, ${formatCount(objects, 'object')}${failed > 0 ? `, ${failed} failed` : ''}`
