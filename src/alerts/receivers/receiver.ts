import type { SecretRef } from '../../fleet/alert-policy.ts'
import type { UrlGuard } from '../../source/url-guard.ts'
import type { Notification } from '../notification.ts'
import type { PostJson } from './post-json.ts'

/** What came back. `detail` and `reason` are for people. */
export type SendResult =
  | { readonly type: 'sent'; readonly detail: string }
  | {
      readonly type: 'failed'
      /** `terminal`: it will not go better by itself. */
      readonly retry: 'transient' | 'terminal'
      readonly reason: string
      /** So long the receiver wants to be left alone. */
      readonly retryAfterMs?: number
    }

/** Somewhere that notifications are sent to. Sending the same again is harmless there, or told to be a repetition. */
export type Receiver = {
  readonly send: (notification: Notification, options: { readonly signal: AbortSignal }) => Promise<SendResult>
}

/** What receivers are made with. */
export type ReceiverDeps = {
  readonly now: () => Date
  readonly post: PostJson
  /** Reads a secret as it is now. */
  readonly readSecret: (ref: SecretRef) => Promise<string>
  readonly guard: UrlGuard
}
