import Type, { type Static } from 'typebox'
import { choice, list, object, text } from '../fleet/schema/common.ts'

/** What a refusal looks like: `application/problem+json` (RFC 9457). */
export const problem = object('Why it was not done.', {
  type: text('A name of this sort of problem, as a URI.'),
  title: text('The sort of problem in words.'),
  status: Type.Integer({ description: 'The status of the answer.' }),
  detail: text('What went wrong.'),
  code: text('The code, as docs/errors.md explains it.'),
  subject: Type.Optional(text('What it is about.')),
  hint: Type.Optional(text('What can be done.')),
  retry: choice('Whether the same can succeed later without anybody changing anything.', ['transient', 'terminal']),
  errors: Type.Optional(
    list(
      'Where the request is wrong.',
      object('One place.', { pointer: Type.String({ description: 'Where.' }), detail: text('What is wrong there.') }),
    ),
  ),
})

export type Problem = Static<typeof problem>

/** The status of each code that callers are told. A code that is not here is an error of the hub, and its words stay there. */
export const STATUS: Readonly<Record<string, number>> = {
  REQUEST_INVALID: 400,
  AUTHENTICATION_REQUIRED: 401,
  AUTHENTICATION_FAILED: 401,
  LOGIN_FAILED: 401,
  PERMISSION_DENIED: 403,
  SELECTOR_INVALID: 400,
  MATCHER_INVALID: 400,
  CLUSTER_UNKNOWN: 404,
  ORIGIN_REFUSED: 403,
  HUB_CLUSTER_UNKNOWN: 404,
  HUB_FINDING_UNKNOWN: 404,
  HUB_DELETIONS_UNKNOWN: 404,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  HUB_NOT_READY: 503,
  RATE_LIMITED: 429,
  IDENTITY_PROVIDER_UNUSABLE: 503,
  STORE_BUSY: 503,
  STORE_FULL: 507,
}

/** The status of anything else. */
export const UNKNOWN_STATUS = 500
