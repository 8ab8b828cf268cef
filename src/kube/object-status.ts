import type { KubeObject } from './object.ts'

/** How an object is, in the words of kstatus. */
export type ObjectStatus = 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound' | 'Unknown'
/** How an object is, and why. */
export type StatusResult = { readonly status: ObjectStatus; readonly message: string }

/** Options of `computeStatus`. */
export type StatusOptions = {
  /** Lets a pod that nobody schedules for 15 s count as failed; without it, it stays in progress. */
  readonly now?: Date
}

/** One of `status.conditions`. */
export type Condition = {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

/** The conditions of an object, none where there are none. */
export const listConditions = (object: KubeObject): readonly Condition[] => {
  const { conditions } = (object.status ?? {}) as { conditions?: unknown }
  return Array.isArray(conditions) ? conditions : []
}
