import { formatMatcher, matchesAll } from '../fleet/alert-matcher.ts'
import type { AlertReceiver, AlertRoute, ResolvedAlertPolicy } from '../fleet/alert-policy.ts'
import type { Labels } from './alert.ts'

/** A route that takes an alert, and the group that the alert comes into there. */
export type Routed = {
  readonly policy: string
  /** The matchers on the way from the root: `{}/{severity="critical"}`. */
  readonly path: string
  readonly route: AlertRoute
  readonly receiver: AlertReceiver
  readonly groupLabels: Labels
  /** What the group is called: the same after a restart, and after changes of other routes. */
  readonly groupKey: string
}

/** Everywhere that an alert goes, over all policies that speak of its cluster. An alert of no cluster concerns all. Pure. */
export const routeAlert = (policies: readonly ResolvedAlertPolicy[], labels: Labels): Routed[] =>
  policies.flatMap((policy) => {
    const { cluster } = labels
    if (!policy.route || (cluster !== undefined && !policy.clusters.has(cluster))) return []
    return listMatching(policy.route, labels, '{}').flatMap(({ route, path }) => {
      const receiver = policy.receivers.find(({ name }) => name === route.receiver)
      return receiver ? [toRouted(policy.name, path, route, receiver, labels)] : []
    })
  })

type Matching = { readonly route: AlertRoute; readonly path: string }

/** The deepest routes that match: the first child, those after it where it says continue, else the route itself. */
const listMatching = (route: AlertRoute, labels: Labels, path: string): Matching[] => {
  const found: Matching[] = []
  for (const child of route.routes) {
    if (!matchesAll(child.matchers, labels)) continue
    found.push(...listMatching(child, labels, `${path}/{${child.matchers.map(formatMatcher).join(',')}}`))
    if (!child.continue) break
  }
  return found.length > 0 ? found : [{ route, path }]
}

const toRouted = (policy: string, path: string, route: AlertRoute, receiver: AlertReceiver, labels: Labels): Routed => {
  const groupLabels =
    route.groupBy === '...'
      ? labels
      : Object.fromEntries(route.groupBy.flatMap((label) => (labels[label] ? [[label, labels[label]]] : [])))
  const text = Object.entries(groupLabels)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
  return {
    policy,
    path,
    route,
    receiver,
    groupLabels,
    groupKey: `${policy}/${receiver.name}:${path}:{${text.join(',')}}`,
  }
}
