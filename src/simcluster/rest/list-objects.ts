import type { StatusFailure } from '../status-failure.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { createBadRequest, createExpired, createTooLargeVersion } from './failures.ts'
import { describeJsonError } from './go-json.ts'
import type { ListOptions } from './options.ts'
import type { Scope } from './scope.ts'
import { compileSelection } from './select.ts'

/** One page of a list. */
export type Page = {
  readonly items: readonly StoredObject[]
  readonly resourceVersion: number
  readonly continue?: string
  readonly remainingItemCount?: number
}

/** The page that a request asks for. */
export const listObjects = (scope: Scope, options: ListOptions): Page => {
  const { store } = scope.backend
  const selection = compileSelection(scope, options)
  const asked = parseVersion(options.resourceVersion)
  const place = options.continue === '' ? undefined : decodePlace(options.continue)
  if (place && asked !== undefined && asked !== 0)
    throw createBadRequest('specifying resource version is not allowed when using continue')
  const current = store.version()
  if (asked !== undefined && asked > current) throw createTooLargeVersion(asked, current)
  // A page after the first is of the first one's version. Where nobody says how a version is meant, a limit makes it exact.
  const isExact =
    options.resourceVersionMatch === 'Exact' ||
    (options.resourceVersionMatch === '' && options.limit > 0 && asked !== undefined && asked !== 0)
  const version = place ? (place.version < 0 ? current : place.version) : isExact ? (asked as number) : current
  const all = store.list(scope.resource, selection.prefix, version)
  if (!all) {
    if (!place) throw createExpired('The resourceVersion for the provided list is too old.')
    throw createExpiredPlace(place.start)
  }
  const start = selection.prefix + (place?.start ?? '')
  const rest = place ? all.filter(({ key }) => key >= start) : all
  const limit = options.limit > 0 && !(asked === 0 && !place) ? options.limit : Number.POSITIVE_INFINITY
  if (selection.isEverything && rest.length <= limit) return { items: rest, resourceVersion: version }

  const items: StoredObject[] = []
  let next = 0
  for (; next < rest.length && items.length < limit; next++) {
    const stored = rest[next] as StoredObject
    if (selection.matches(stored)) items.push(stored)
  }
  if (next >= rest.length || items.length < limit) return { items, resourceVersion: version }
  const last = (rest[next - 1] as StoredObject).key.slice(selection.prefix.length)
  return {
    items,
    resourceVersion: version,
    continue: encodePlace(version, `${last}\0`),
    ...(selection.isEverything ? { remainingItemCount: rest.length - next } : {}),
  }
}

/** A version as a number; undefined where none is given. */
export const parseVersion = (text: string): number | undefined => {
  if (text === '') return undefined
  if (!/^\d+$/.test(text)) {
    const why = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`
    throw createBadRequest(`invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: ${why}`)
  }
  return Number(text)
}

const encodePlace = (version: number, start: string): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: version, start: `/${start}` })).toString('base64url')

const decodePlace = (token: string): { readonly version: number; readonly start: string } => {
  const fail = (why: string): Error => createBadRequest(`invalid continue token: continue key is not valid${why}`)
  let place: { readonly v?: string; readonly rv?: number; readonly start?: string }
  const bytes = Buffer.from(token, 'base64url')
  try {
    place = JSON.parse(bytes.toString())
  } catch {
    throw fail(`: ${describeJsonError(bytes.toString('latin1'))}`)
  }
  if (place.v !== 'meta.k8s.io/v1') throw fail(`: server does not recognize this encoded version ${place.v ?? ''}`)
  if (!place.rv) throw fail(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)')
  if (!place.start) throw fail(': encoded start key empty (version meta.k8s.io/v1)')
  return { version: place.rv, start: place.start.replace(/^\//, '') }
}

/** 410 with a token that goes on in the state of now. */
const createExpiredPlace = (start: string): StatusFailure => {
  const failure = createExpired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  )
  return withListMeta(failure, { continue: encodePlace(-1, start) })
}

const withListMeta = (failure: StatusFailure, metadata: Readonly<Record<string, string>>): StatusFailure => {
  const status = failure.toStatus()
  failure.toStatus = () => ({ ...status, metadata })
  return failure
}
