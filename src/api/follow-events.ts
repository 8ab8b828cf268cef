import type { AuditRecord } from '../audit/record.ts'
import { computeBackoff } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import { isLockstepError } from '../base/errors.ts'
import type { HubClient } from './client.ts'
import { parseEvents } from './event-parser.ts'
import type { EVENT_OPERATIONS } from './events.ts'
import type { QueryOf } from './operation.ts'

/** The world of following. */
export type FollowEventsDeps = {
  readonly clock: Clock
  readonly random: () => number
  readonly signal: AbortSignal
}

const RETRY = { initialMs: 500, maxMs: 30_000 }

/**
 * Audit records as they come, none left out and none twice: after a break it goes on where it was. Ends with the signal,
 * and throws what trying again does not help against.
 */
export async function* followEvents(
  client: HubClient,
  query: QueryOf<(typeof EVENT_OPERATIONS)['streamEvents']>,
  { clock, random, signal }: FollowEventsDeps,
): AsyncGenerator<AuditRecord, void, undefined> {
  let lastId: string | undefined
  let failures = 0
  while (!signal.aborted) {
    try {
      const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
      for await (const { id, data } of parseEvents(
        await client.stream('streamEvents', { query }, { headers, signal }),
      )) {
        failures = 0
        if (id !== '') lastId = id
        if (data !== undefined) yield JSON.parse(data) as AuditRecord
      }
    } catch (error) {
      if (signal.aborted) return
      if (!isLockstepError(error) || error.retry === 'terminal') throw error
    }
    await clock.sleep(computeBackoff(failures++, random, RETRY), { signal }).catch(() => undefined)
  }
}
