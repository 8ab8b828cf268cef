import type { Severity } from '../fleet/severity.ts'
import { type Alert, toSeverity } from './alert.ts'
import type { Notification } from './notification.ts'

/** A notification as people read it, whatever carries it. */
export type Message = {
  readonly title: string
  readonly severity: Severity
  readonly isOver: boolean
  readonly items: readonly MessageItem[]
  /** What is not listed, in words. */
  readonly rest: readonly string[]
}

/** One thing that is told, of one alert or of several that are alike. */
export type MessageItem = {
  readonly summary: string
  readonly severity: Severity
  readonly isOver: boolean
  readonly facts: readonly (readonly [string, string])[]
  readonly link?: string
}

/** What a person can do with a list ends about here. */
const MOST_ITEMS = 10
const MOST_CLUSTERS = 5

/** What people are told. What is the same on several clusters is one item. Pure. */
export const toMessage = (notification: Notification): Message => {
  const { alerts, more, quiet, severity, firing, resolved } = notification
  const alike = [...Map.groupBy(alerts, toLikeness).values()]
  const items = alike.slice(0, MOST_ITEMS).map(toItem)
  const unlisted = alike.slice(MOST_ITEMS).reduce((sum, some) => sum + some.length, 0) + more
  const only = items.length === 1 && unlisted === 0 ? items[0] : undefined
  return {
    title: only === undefined ? toTitle(notification) : `${only.isOver ? 'Over: ' : ''}${only.summary}`,
    severity,
    isOver: firing === 0,
    items,
    rest: [
      ...(unlisted > 0 ? [`${unlisted} more alerts: lockstep alert list`] : []),
      ...(firing > 0 && resolved > 0 ? [`${firing} open, ${resolved} over`] : []),
      ...(quiet > 0 ? [`${quiet} less severe differences were healed before anybody was told`] : []),
    ],
  }
}

const toTitle = ({ groupLabels, firing, resolved, severity }: Notification): string => {
  const where = ['cluster', 'component', 'namespace']
    .flatMap((label) => (groupLabels[label] === undefined ? [] : [`${label} ${groupLabels[label]}`]))
    .join(', ')
  const what = firing > 0 ? `${firing} alerts, the worst is ${severity}` : `${resolved} alerts are over`
  return where === '' ? what : `${where}: ${what}`
}

/** The same for alerts that differ in their cluster, and in nothing that people are told besides. */
const toLikeness = ({ labels, annotations, endsAt }: Alert): string => {
  const { cluster = '', alertname, severity, kind, namespace, name, field, drift } = labels
  const summary = cluster === '' ? annotations.summary : annotations.summary.replaceAll(cluster, '')
  return JSON.stringify([
    alertname,
    severity,
    kind,
    namespace,
    name,
    field,
    drift,
    summary,
    annotations.change,
    endsAt === undefined,
  ])
}

const toItem = (alike: readonly Alert[]): MessageItem => {
  const [first] = alike as [Alert]
  const { labels, annotations, startsAt, endsAt, times, folded } = first
  const { change, who, done, command, link } = annotations
  const clusters = alike.flatMap(({ labels: { cluster } }) => cluster ?? [])
  const fact = (name: string, value: string | undefined): (readonly [string, string])[] =>
    value === undefined ? [] : [[name, value]]
  return {
    summary: summarize(first, clusters),
    severity: toSeverity(first),
    isOver: endsAt !== undefined,
    facts: [
      ...fact(labels.field === undefined ? 'Details' : 'Git → live', change),
      ...fact('Clusters', clusters.length > 1 ? listSome(clusters) : undefined),
      ...fact('Component', labels.component),
      ...fact('Owner', labels.owner),
      ...fact('By', who),
      ...fact('Since', startsAt.replace(/\.\d+Z$/, 'Z')),
      ...fact('Lockstep', done),
      ...fact('Within it', folded > 0 ? `${folded} more objects` : undefined),
      ...fact('Happened', times > 1 ? `${times} times since the last message` : undefined),
      ...fact('Run', command),
    ],
    ...(link === undefined ? {} : { link }),
  }
}

const summarize = ({ annotations: { summary } }: Alert, clusters: readonly string[]): string =>
  clusters.length > 1 ? summary.replaceAll(clusters[0] as string, `${clusters.length} clusters`) : summary

const listSome = (names: readonly string[]): string =>
  names.length <= MOST_CLUSTERS
    ? names.join(', ')
    : `${names.slice(0, MOST_CLUSTERS).join(', ')} and ${names.length - MOST_CLUSTERS} more`
