import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusDir } from '../corpus.ts'
import { type RealFleet, startRealFleet } from '../real/fleet.ts'
import { describeReal } from '../real/shared-fleet.ts'
import { runTampering } from './run.ts'
import { TAMPERINGS } from './tamperings.ts'

describeReal('tampering with a real cluster', () => {
  let fleet: RealFleet
  beforeAll(async () => {
    fleet = await startRealFleet({ clusters: 1, nodes: 0 })
  })
  afterAll(() => fleet?.[Symbol.asyncDispose]())

  test('is seen whole and healed in every scenario of a cluster', { timeout: 300_000 }, async () => {
    const options = { kubeconfig: fleet.kubeconfigFile, seed: 1, rounds: 0, components: ['own'], scenarios: true }
    const { tally } = await runTampering(options)

    expect(tally.failures).toEqual([])
  })

  test('is seen whole and healed, every kind on objects of every sort', { timeout: 1_800_000 }, async () => {
    const options = { kubeconfig: fleet.kubeconfigFile, seed: 1, rounds: 100, components: ['own'] }
    const { tally } = await runTampering(options)

    expect(tally.failures).toEqual([])
    const undone = TAMPERINGS.filter(({ name }) => !tally.byKind.get(name)?.tried).map(({ name }) => name)
    expect(undone).toEqual([])
  })

  test.skipIf(!corpusDir())(
    'is seen whole and healed on the corpus (needs LOCKSTEP_CORPUS)',
    { timeout: 1_800_000 },
    async () => {
      const { tally } = await runTampering({ kubeconfig: fleet.kubeconfigFile, seed: 2, rounds: 4 })

      expect(tally.failures).toEqual([])
    },
  )
})
