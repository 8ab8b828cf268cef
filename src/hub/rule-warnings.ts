import type { ReconcileEvent } from '../enforce/events.ts'

/** A failure can hold what was found, so that there is no end to them. */
const MAX_WARNINGS = 200

/** Tells the rules of the fleet that fail: each once a revision, however many clusters and findings it fails for. */
export const createRuleWarnings = (tell: (warning: string, cluster: string) => void) => {
  const told = new Set<string>()
  return {
    note: ({ cluster, warnings = [] }: Extract<ReconcileEvent, { type: 'found' }>): void => {
      for (const warning of warnings) {
        if (told.has(warning) || told.size >= MAX_WARNINGS) continue
        told.add(warning)
        tell(warning, cluster)
      }
    },
    /** The fleet has other rules now. */
    reset: (): void => told.clear(),
  }
}
