import type { ApplyEvent } from '../apply/apply-plan.ts'
import type { Finding } from '../drift/report.ts'
import type { Bypass } from '../inventory/lease.ts'
import type { Fight } from './fights.ts'

/** What a reconcile tells while it works; the only way progress leaves it. */
export type ReconcileEvent = { readonly cluster: string } & (
  | { readonly type: 'observed'; readonly objects: number; readonly suspects: number }
  /**
   * What differs, before anything is done about it: of the whole cluster, or of the objects `only` names by their keys.
   * `warnings` are rules of the fleet that failed.
   */
  | {
      readonly type: 'found'
      readonly findings: readonly Finding[]
      readonly only?: ReadonlySet<string>
      readonly warnings?: readonly string[]
    }
  /** Somebody writes again and again what is undone: it is left alone for a while. */
  | { readonly type: 'fight'; readonly fight: Fight }
  /** Somebody synced past the hub since the last look. */
  | { readonly type: 'bypassed'; readonly bypass: Bypass }
  | { readonly type: 'planned'; readonly create: number; readonly configure: number; readonly delete: number }
  | { readonly type: 'locked'; readonly holder: string }
  | { readonly type: 'recovered'; readonly objects: number }
  | ApplyEvent
)
