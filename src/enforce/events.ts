import type { ApplyEvent } from '../apply/apply-plan.ts'

/** What a reconcile tells while it works; the only way progress leaves it. */
export type ReconcileEvent = { readonly cluster: string } & (
  | { readonly type: 'observed'; readonly objects: number; readonly suspects: number }
  | { readonly type: 'planned'; readonly create: number; readonly configure: number; readonly delete: number }
  | { readonly type: 'locked'; readonly holder: string }
  | { readonly type: 'recovered'; readonly objects: number }
  | ApplyEvent
)
