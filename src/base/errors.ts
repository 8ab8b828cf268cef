/** Whether trying the same again can succeed without anybody changing anything. */
export type Retry = 'transient' | 'terminal'

/** Where in a file a problem stands. Lines and columns count from 1. */
export type SourcePosition = { readonly file: string; readonly line?: number; readonly column?: number }

/** What a {@link LockstepError} carries besides its code and message. */
export type ErrorFields = {
  /** What the error is about, as text that names it: `Deployment/shop/web`, a cluster, a file. */
  readonly subject?: string
  /** What the user can do next, one sentence. */
  readonly hint?: string
  readonly position?: SourcePosition
  readonly retry?: Retry
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/**
 * The one error of this product. `code` is stable and listed in docs/errors.md with cause and remedy;
 * `message` reads "`Kind/ns/name` verb failed: reason".
 */
export class LockstepError extends Error {
  readonly code: string
  readonly subject: string | undefined
  readonly hint: string | undefined
  readonly position: SourcePosition | undefined
  readonly retry: Retry
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, fields: ErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause })
    this.name = 'LockstepError'
    this.code = code
    this.subject = fields.subject
    this.hint = fields.hint
    this.position = fields.position
    this.retry = fields.retry ?? 'terminal'
    this.details = fields.details ?? {}
  }
}

/** An error as data: what programs are told of it. */
export type ErrorData = {
  readonly code?: string
  readonly message: string
  readonly hint?: string
  readonly position?: SourcePosition
}

/** An error as data. Stacks, causes and details stay here. */
export const toErrorData = (error: Error): ErrorData =>
  isLockstepError(error)
    ? {
        code: error.code,
        message: error.message,
        ...(error.hint ? { hint: error.hint } : {}),
        ...(error.position ? { position: error.position } : {}),
      }
    : { message: error.message }

/** The inverse of {@link toErrorData}. */
export const fromErrorData = ({ code, message, ...fields }: ErrorData): Error =>
  code === undefined ? new Error(message) : new LockstepError(code, message, fields)

/** Turns whatever was thrown into an Error, keeping one that already is. */
export const toError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

/** Is it ours, and (where given) of this code? */
export const isLockstepError = (thrown: unknown, code?: string): thrown is LockstepError =>
  thrown instanceof LockstepError && (code === undefined || thrown.code === code)
