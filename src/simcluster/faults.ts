import type { Clock } from '../base/clock.ts'
import type { ApiRequest, ApiResponse } from './api.ts'
import type { RequestInfo } from './rest/request-info.ts'
import { respondFailure, respondText } from './rest/respond.ts'
import type { RunningWatches } from './rest/watch-objects.ts'
import { StatusFailure } from './status-failure.ts'

/** What goes wrong with a request. */
export type Fault =
  /** The answer comes later. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** 429, as a server that has too much to do. */
  | { readonly kind: 'throttle'; readonly retryAfterSeconds?: number }
  /** Another answer than the right one; the request has no effect. */
  | {
      readonly kind: 'error'
      readonly status: number
      readonly reason?: string
      readonly message?: string
      readonly retryAfterSeconds?: number
    }
  /** The connection breaks before the request is read. */
  | { readonly kind: 'reset' }
  /** The connection breaks after the request was carried out: the client cannot know. */
  | { readonly kind: 'lose-answer' }
  /** Nothing comes back until the fault ends or the client gives up. */
  | { readonly kind: 'silence' }

/** Which requests a fault is for. */
export type FaultRule = {
  readonly fault: Fault
  /** All requests, by default. */
  readonly when?: (request: ApiRequest, info: RequestInfo) => boolean
  /** Ends after so many requests. */
  readonly times?: number
}

/** Faults of one cluster, on demand. */
export type Faults = {
  /** The newest rule that fits counts. Returns the end of it. */
  readonly add: (rule: FaultRule) => () => void
  /** Breaks the watches that run now; returns how many. */
  readonly dropWatches: (when?: (info: RequestInfo) => boolean) => number
  /** Nobody gets through any more, and watches go silent, until the returned function is called. */
  readonly partition: () => () => void
  readonly clear: () => void
}

/** Thrown in place of an answer: the connection is lost. `code` is what Node gives such errors. */
export const createConnectionReset = (): Error & { code: string } =>
  Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })

type ActiveRule = FaultRule & { left: number; readonly ended: AbortController }

/** Faults, and the way of a request through them. */
export const createFaults = (
  running: RunningWatches,
  clock: Clock,
): Faults & {
  readonly pass: (request: ApiRequest, info: RequestInfo, next: () => ApiResponse) => Promise<ApiResponse>
} => {
  const rules: ActiveRule[] = []
  const remove = (rule: ActiveRule): void => {
    const at = rules.indexOf(rule)
    if (at >= 0) rules.splice(at, 1)
    rule.ended.abort()
  }
  const add = (given: FaultRule): (() => void) => {
    const rule: ActiveRule = { ...given, left: given.times ?? Number.POSITIVE_INFINITY, ended: new AbortController() }
    rules.push(rule)
    return () => remove(rule)
  }
  const take = (request: ApiRequest, info: RequestInfo): ActiveRule | undefined => {
    const rule = rules.findLast(({ when }) => when?.(request, info) ?? true)
    if (rule && --rule.left <= 0) rules.splice(rules.indexOf(rule), 1)
    return rule
  }
  return {
    add,
    dropWatches: (when = () => true) => {
      const dropped = [...running].filter(({ scope }) => when(scope.info))
      for (const { queue } of dropped) queue.fail(createConnectionReset())
      return dropped.length
    },
    partition: () => {
      const paused = [...running]
      for (const { queue } of paused) queue.pause()
      const end = add({ fault: { kind: 'silence' } })
      return () => {
        end()
        for (const { queue } of paused) queue.resume()
      }
    },
    clear: () => {
      for (const rule of [...rules]) remove(rule)
    },
    pass: async (request, info, next) => {
      const rule = rules.length === 0 ? undefined : take(request, info)
      return rule ? suffer(rule, request, next, clock) : next()
    },
  }
}

const suffer = async (
  { fault, ended }: ActiveRule,
  request: ApiRequest,
  next: () => ApiResponse,
  clock: Clock,
): Promise<ApiResponse> => {
  switch (fault.kind) {
    case 'latency':
      await clock.sleep(fault.ms, request.signal ? { signal: request.signal } : {})
      return next()
    case 'throttle':
      return {
        ...respondText(429, 'Too many requests, please try again later.\n'),
        headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': String(fault.retryAfterSeconds ?? 1) },
      }
    case 'error': {
      const {
        status,
        reason = REASONS[status] ?? 'InternalError',
        message = 'the server is not well',
        retryAfterSeconds,
      } = fault
      const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds }
      return respondFailure(new StatusFailure(status, reason, message, details), { format: 'json', pretty: false })
    }
    case 'reset':
      throw createConnectionReset()
    case 'lose-answer':
      next()
      throw createConnectionReset()
    case 'silence':
      await untilEither(ended.signal, request.signal)
      request.signal?.throwIfAborted()
      return next()
    default:
      return fault satisfies never
  }
}

const REASONS: Readonly<Record<number, string>> = { 500: 'InternalError', 503: 'ServiceUnavailable', 504: 'Timeout' }

const untilEither = (first: AbortSignal, second: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const signal = second ? AbortSignal.any([first, second]) : first
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
