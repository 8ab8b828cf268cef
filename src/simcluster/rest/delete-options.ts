import { parseBody } from './body.ts'
import { createBadRequest, createInvalidOptions, type OptionError } from './failures.ts'
import { checkDryRun, readBoolean, readInteger } from './options.ts'

/** How to delete. */
export type DeleteOptions = {
  readonly dryRun: boolean
  readonly gracePeriodSeconds: number | undefined
  readonly uid: string | undefined
  readonly resourceVersion: string | undefined
  readonly orphanDependents: boolean | undefined
  readonly propagationPolicy: string | undefined
}

type Body = {
  readonly apiVersion?: string
  readonly kind?: string
  readonly gracePeriodSeconds?: number
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly orphanDependents?: boolean
  readonly propagationPolicy?: string
  readonly dryRun?: readonly string[]
}

/** The options in the body of a DELETE, or without a body those in its query. */
export const readDeleteOptions = (
  body: string,
  contentType: string | undefined,
  query: URLSearchParams,
): DeleteOptions => {
  const given: Body = body === '' ? readQuery(query) : readBody(body, contentType)
  if (given.kind !== undefined && given.kind !== 'DeleteOptions')
    throw createBadRequest(
      `no kind ${JSON.stringify(given.kind)} is registered for version ${JSON.stringify(given.apiVersion ?? 'v1')} in scheme "pkg/runtime/scheme.go:111"`,
    )
  const errors: OptionError[] = []
  const { propagationPolicy: policy, orphanDependents } = given
  if (orphanDependents !== undefined && policy !== undefined) {
    errors.push({
      field: 'propagationPolicy',
      type: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`,
    })
  }
  if (policy !== undefined && !POLICIES.includes(policy)) {
    errors.push({
      field: 'propagationPolicy',
      type: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: ${[...POLICIES, 'nil'].map((each) => JSON.stringify(each)).join(', ')}`,
    })
  }
  errors.push(...checkDryRun(given.dryRun ?? []))
  if (errors.length > 0) throw createInvalidOptions('DeleteOptions', errors)
  return {
    dryRun: (given.dryRun?.length ?? 0) > 0,
    gracePeriodSeconds: given.gracePeriodSeconds ?? undefined,
    uid: given.preconditions?.uid ?? undefined,
    resourceVersion: given.preconditions?.resourceVersion ?? undefined,
    orphanDependents,
    propagationPolicy: policy,
  }
}

const POLICIES = ['Foreground', 'Background', 'Orphan']

const readBody = (body: string, contentType: string | undefined): Body => {
  const given = parseBody(body, contentType)
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given
  throw createBadRequest("couldn't get version/kind; json parse error: the body is no object")
}

const readQuery = (query: URLSearchParams): Body => {
  const grace = readInteger(query, 'gracePeriodSeconds')
  const orphan = readBoolean(query, 'orphanDependents')
  const policy = query.get('propagationPolicy')
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(orphan === undefined ? {} : { orphanDependents: orphan }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    dryRun: query.getAll('dryRun'),
  }
}
