import { afterAll, beforeAll, describe, test } from 'vitest'
import { type Area, loadAreas } from './contract/areas.ts'
import { toCase } from './contract/contract-case.ts'
import type { ContractCluster } from './contract/contract-cluster.ts'
import { explainDifference } from './contract/explain-difference.ts'
import { prepareFuzz } from './contract/fuzz.ts'
import { loadFuzzSeeds } from './contract/fuzz-seed.ts'
import { readGolden } from './contract/golden.ts'
import type { RecordedAnswer } from './contract/recorded-answer.ts'
import { runCase, runSteps } from './contract/run-case.ts'

/** Where the suite runs. */
export type KubeSuite = {
  /** A server of an area's own, or a shared one. */
  readonly open: () => Promise<ContractCluster>
  /** Whether it is the simulated one, for which some differences are known. */
  readonly simulated: boolean
  /** All by default. */
  readonly areas?: readonly string[]
}

const allAreas = await loadAreas()
let namespaces = 0

/** What the API answers, by cases recorded on a real server: the same suite for the real and the simulated one. */
export const describeKube = (name: string, { open, simulated, areas }: KubeSuite): void => {
  for (const area of allAreas.filter((area) => areas?.includes(area.name) ?? true)) {
    describe(`${name}: ${area.name}`, () => describeArea(area, { open, simulated }))
  }
}

const describeArea = (area: Area, { open, simulated }: Omit<KubeSuite, 'areas'>): void => {
  const golden = readGolden(area.name)
  const run = simulated ? test : test.concurrent
  let cluster: ContractCluster

  beforeAll(async () => {
    cluster = await open()
  })

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  for (const [sentence, given] of Object.entries(area.cases)) {
    const contractCase = toCase(given)
    const expectFailure = simulated && contractCase.differs !== undefined
    const runOrFail = expectFailure ? run.fails : run
    runOrFail(sentence, async () => {
      const expected = golden[sentence]
      if (!expected) throw new Error(`Not recorded yet: node scripts/record-contract.ts ${area.name}`)

      const actual = await runCase(contractCase, { cluster, ns: `contract-${toSuffix(cluster)}-${namespaces++}x` })

      expectAnswers(expected, actual)
    })
  }
}

const expectAnswers = (expected: readonly RecordedAnswer[], actual: readonly RecordedAnswer[]): void => {
  const different = expected.flatMap((answer, index) => {
    const text = explainDifference(answer, actual[index] ?? {})
    return text === undefined ? [] : [`Answer ${index + 1}: ${text}`]
  })
  if (different.length > 0) throw new Error(`Not what the real server answers.\n${different.join('\n')}`)
}

const suffixes = new WeakMap<ContractCluster, string>()

/** Namespaces of an earlier run on the same server may still be there. */
const toSuffix = (cluster: ContractCluster): string => {
  const known = suffixes.get(cluster) ?? crypto.randomUUID().slice(0, 8)
  suffixes.set(cluster, known)
  return known
}

/** The masks replace it wherever it is, so nothing else may have it in its name. */
const SEEDS = 'found-by-chance'

/** What the fuzzer found, on a server without controllers, as that which it was found on. */
export const describeFuzzSeeds = (name: string, open: () => Promise<ContractCluster>): void => {
  const seeds = Object.entries(loadFuzzSeeds())
  if (seeds.length === 0) return
  describe(`${name}: found by chance`, () => {
    let cluster: ContractCluster

    beforeAll(async () => {
      cluster = await open()
      await prepareFuzz(cluster, SEEDS)
    })

    afterAll(async () => {
      await cluster?.[Symbol.asyncDispose]()
    })

    for (const [file, { steps, answers }] of seeds) {
      test(file, async () => {
        const actual = await runSteps(steps, { cluster, ns: SEEDS, id: `seed${namespaces++}x` })

        expectAnswers(answers, actual)
      })
    }
  })
}
