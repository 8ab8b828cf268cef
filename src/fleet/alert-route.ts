import { parseDuration } from '../base/duration.ts'
import type { AlertRoute } from './alert-policy.ts'
import { checkLabel, type PolicyContext, readMatchers } from './read-matchers.ts'
import type { RouteSpec } from './schema/alert-policy.ts'
import { suggestOrList } from './suggest.ts'

type Inherited = Pick<AlertRoute, 'receiver' | 'groupBy' | 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs'>

const DEFAULTS: Inherited = {
  receiver: '',
  groupBy: ['cluster', 'component', 'namespace'],
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 14_400_000,
}

/** A route and those below it, each with what it takes over from the one above. */
export const readRoute = (
  spec: RouteSpec,
  pointer: string,
  context: PolicyContext,
  above: Inherited = DEFAULTS,
): AlertRoute => {
  if (spec.receiver !== undefined) checkReceiver(spec.receiver, `${pointer}/receiver`, context)
  const own: Inherited = {
    receiver: spec.receiver ?? above.receiver,
    groupBy: spec.groupBy ? readGroupBy(spec.groupBy, `${pointer}/groupBy`, context) : above.groupBy,
    groupWaitMs: toMs(spec.groupWait) ?? above.groupWaitMs,
    groupIntervalMs: readInterval(spec.groupInterval, `${pointer}/groupInterval`, context) ?? above.groupIntervalMs,
    repeatIntervalMs: readInterval(spec.repeatInterval, `${pointer}/repeatInterval`, context) ?? above.repeatIntervalMs,
  }
  return {
    matchers: readMatchers(spec.matchers, `${pointer}/matchers`, context),
    continue: spec.continue ?? false,
    ...own,
    routes: (spec.routes ?? []).map((route, index) => readRoute(route, `${pointer}/routes/${index}`, context, own)),
  }
}

/** The receivers that a tree of routes names. */
export const listReceivers = ({ receiver, routes = [] }: RouteSpec): string[] => [
  ...(receiver === undefined ? [] : [receiver]),
  ...routes.flatMap(listReceivers),
]

const checkReceiver = (name: string, pointer: string, { receivers, report }: PolicyContext): void => {
  if (receivers.includes(name)) return
  const hint = suggestOrList(name, receivers, 'receiver in this policy')
  report(pointer, { code: 'REFERENCE_UNKNOWN', message: `unknown receiver "${name}"`, hint })
}

const readGroupBy = (labels: readonly string[], pointer: string, context: PolicyContext): AlertRoute['groupBy'] => {
  if (labels.includes('...')) {
    if (labels.length === 1) return '...'
    const message = '"..." is every label: no other can stand beside it'
    context.report(pointer, { code: 'FIELD_INVALID', message, hint: 'keep "..." alone, or leave it out' })
    return '...'
  }
  for (const [index, label] of labels.entries()) {
    checkLabel(label, `${pointer}/${index}`, context)
    if (labels.indexOf(label) === index) continue
    const message = `"${label}" is in this list twice`
    context.report(`${pointer}/${index}`, { code: 'NAME_DUPLICATE', message, hint: 'remove one' })
  }
  return labels
}

const readInterval = (text: string | undefined, pointer: string, { report }: PolicyContext): number | undefined => {
  const ms = toMs(text)
  if (ms === 0) {
    const message = `"${pointer.split('/').at(-1)}" must be longer than nothing`
    report(pointer, { code: 'FIELD_INVALID', message, hint: 'write 5m' })
  }
  return ms
}

const toMs = (text: string | undefined): number | undefined => (text === undefined ? undefined : parseDuration(text))
