import type { Json } from '../../kube/object.ts'

/** What is compared of the answer to one step, volatile parts masked. */
export type RecordedAnswer = {
  readonly status?: number
  /** Without those that say nothing: JSON as the content type. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Parsed where it is JSON. */
  readonly body?: Json
  /** Of a read step. */
  readonly events?: readonly Json[]
  /** Of a read step: whether the server ended the watch, or events that were waited for did not come. */
  readonly end?: 'closed' | 'missing'
}

const COMPARED = ['warning', 'retry-after', 'allow', 'location']

/** Reduces an answer to what is compared of it. */
export const toRecordedAnswer = (
  {
    status,
    headers,
    body,
  }: { status: number; headers: Readonly<Record<string, string | string[] | undefined>>; body?: string },
  keep: readonly string[] = [],
): RecordedAnswer => {
  const type = headers['content-type']
  const isJson = typeof type === 'string' && /^application\/json\b/.test(type)
  const compared: Record<string, string | string[]> = {}
  if (type !== undefined && type !== 'application/json') compared['content-type'] = type
  for (const name of [...COMPARED, ...keep]) {
    const value = headers[name]
    if (value !== undefined) compared[name] = value
  }
  return {
    status,
    ...(Object.keys(compared).length > 0 ? { headers: compared } : {}),
    ...(body === undefined ? {} : { body: isJson ? sortCauses(JSON.parse(body) as Json) : body }),
  }
}

/** The server tells conflicts in any order. */
const sortCauses = (body: Json): Json => {
  const { details, ...rest } = (body ?? {}) as { details?: { causes?: readonly { reason?: string }[] } }
  const isConflict = details?.causes?.some(({ reason }) => reason === 'FieldManagerConflict')
  if (!isConflict) return body
  const causes = details?.causes?.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))
  return { ...rest, details: { ...details, causes } } as Json
}
