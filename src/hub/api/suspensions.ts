import { createApiError } from '../../api/errors.ts'
import type { SUSPENSION_OPERATIONS } from '../../api/suspensions.ts'
import { parseDuration } from '../../base/duration.ts'
import type { Handlers } from './handler.ts'

export const SUSPENSION_HANDLERS: Handlers<typeof SUSPENSION_OPERATIONS> = {
  listSuspensions: async ({ by }, { store }) => ({ items: await store.listSuspensions(by.time) }),
  suspend: async ({ body, by: { actor, time } }, { store }) => {
    const until = new Date(Date.parse(time) + parseDuration(body.for)).toISOString()
    return store.suspend({ ...toScope(body), actor, reason: body.reason, started: time, until })
  },
  resume: async ({ query, by }, { store }) => ({ items: await store.resume(toScope(query), by) }),
}

type Named = { readonly cluster?: string; readonly component?: string; readonly all?: boolean }

/** The whole fleet has to be meant: a name that was left out by mistake must not hold it back. */
const toScope = ({ cluster, component, all = false }: Named) => {
  const isNamed = cluster !== undefined || component !== undefined
  if (isNamed === all)
    throw createApiError('REQUEST_INVALID', isNamed ? 'all goes with no other scope' : 'nothing is named', {
      hint: 'name a cluster, a component or both, or everything with all',
    })
  return { ...(cluster === undefined ? {} : { cluster }), ...(component === undefined ? {} : { component }) }
}
