import type { TestProject } from 'vitest/node'
import { startRealFleet } from './fleet.ts'
import { GO_MISSING, realControlPlanesAvailable } from './toolchain.ts'

/** Starts the fleet that all tests of a run share. */
export default async ({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> => {
  if (!realControlPlanesAvailable()) {
    console.warn(`Tests on real control planes are skipped. ${GO_MISSING}`)
    provide('realFleet', null)
    return undefined
  }
  const onBuild = (program: string) => console.warn(`Building ${program}, once; this takes some minutes …`)
  const fleet = await startRealFleet({ clusters: 3, onBuild })
  provide('realFleet', fleet.data)
  return async () => await fleet[Symbol.asyncDispose]()
}
