import { describe, inject } from 'vitest'
import type { RealFleetData } from './cluster-data.ts'
import { openRealClusters, type RealClusters } from './fleet.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Absent where control planes cannot be had. */
    realFleet: RealFleetData | null
  }
}

/** The three clusters that one run of the tests shares. Each test file works in namespaces of its own. */
export const sharedFleet = (): RealClusters => {
  const data = inject('realFleet')
  if (!data) throw new Error('No real clusters: write the tests that need them with describeReal')
  return openRealClusters(data)
}

/** `describe` for tests that need real control planes: reported as skipped where there are none. */
export const describeReal = (name: string, tests: () => void): void => {
  describe.skipIf(!inject('realFleet'))(name, tests)
}
