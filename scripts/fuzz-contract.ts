// Writes by chance to a real API server and to a simulated one, side by side, and tells where they part:
// node scripts/fuzz-contract.ts [--seed S] [--steps 1000] [--length 30] [--lanes 24] [--kinds Deployment,Secret] [--keep]
// Starts a real server without controllers, which would write, too; --kubeconfig FILE takes one that runs.
// With --keep, what is found is kept in src/simcluster/contract/fuzz-seeds, where the contract suite runs it from then on.
import { writeFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { systemClock } from '../src/base/system-clock.ts'
import { loadKubeconfig } from '../src/kube/kubeconfig.ts'
import type { ContractCluster } from '../src/simcluster/contract/contract-cluster.ts'
import { explainDifference } from '../src/simcluster/contract/explain-difference.ts'
import type { Explained } from '../src/simcluster/contract/explained.ts'
import {
  type Divergence,
  fuzzOnce,
  prepareFuzz,
  shrink,
  toKindOfMessage,
  toSignature,
} from '../src/simcluster/contract/fuzz.ts'
import { FUZZ_KINDS } from '../src/simcluster/contract/fuzz-kinds.ts'
import { formatFuzzSeed, toFuzzSeedFile } from '../src/simcluster/contract/fuzz-seed.ts'
import { openInProcess } from '../src/simcluster/contract/in-process.ts'
import { openOverHttp } from '../src/simcluster/contract/over-http.ts'
import type { RecordedAnswer } from '../src/simcluster/contract/recorded-answer.ts'
import { startRealFleet } from '../test/real/fleet.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now()) },
    steps: { type: 'string', default: '1000' },
    length: { type: 'string', default: '30' },
    lanes: { type: 'string', default: '24' },
    kinds: { type: 'string' },
    kubeconfig: { type: 'string' },
    findings: { type: 'string', default: '20' },
    keep: { type: 'boolean', default: false },
  },
})
const [steps, length, lanes, most] = [values.steps, values.length, values.lanes, values.findings].map(Number) as [
  number,
  number,
  number,
  number,
]
// Claims part at their first update, see docs/guides/simulated-clusters.md.
const kinds = FUZZ_KINDS.filter(
  ({ kind }) => values.kinds?.split(',').includes(kind) ?? kind !== 'PersistentVolumeClaim',
)

await using fleet =
  values.kubeconfig === undefined ? await startRealFleet({ clusters: 1, controllers: false, nodes: 0 }) : undefined
const access = await loadKubeconfig(
  { paths: [values.kubeconfig ?? (fleet?.kubeconfigFile as string)], allowExec: [] },
  { clock: systemClock, env: {} },
)
await using real = openOverHttp(access, { wait: (ms) => setTimeout(ms), hasControllers: false })
const ns = `fuzz-${crypto.randomUUID().slice(0, 8)}`

/** How often each difference that is explained was met. */
const explained = new Map<string, number>()
/** How often each difference that is not was met. */
const findings = new Map<string, number>()
let done = 0
let run = 0
let invalid = 0
const started = performance.now()

const report = (): void => {
  const seconds = (performance.now() - started) / 1000
  console.error(
    `${done} steps in ${seconds.toFixed(0)} s (${(done / seconds).toFixed(0)}/s), ${findings.size} findings, ${invalid} runs invalid`,
  )
}

const tell = async (signature: string, divergence: Divergence): Promise<void> => {
  const { steps, expected, actual, seed } = divergence
  console.log(`\n## ${signature} (seed ${seed})`)
  for (const step of steps) console.log(JSON.stringify(step))
  console.log(explainDifference(expected.at(-1) ?? {}, actual.at(-1) ?? {}))
  if (values.keep) await writeFile(toFuzzSeedFile(signature), formatFuzzSeed(divergence))
}

/** A lane has clocks and a simulated cluster of its own, so that its time is the real server's at each step. */
const work = async (lane: number): Promise<void> => {
  const times: Date[] = []
  const timed: ContractCluster = {
    ...real,
    send: async (request) => {
      const answer = await real.send(request)
      times.push(new Date(String(answer.headers.date)))
      return answer
    },
  }
  await using inner = await openInProcess(`fuzz-${lane}`, () => times.shift())
  await prepareFuzz(inner, ns)
  const onExplained = (why: Explained, expected: RecordedAnswer) => {
    const key = why === 'validated less' ? `${why}: ${toKindOfMessage(expected)}` : why
    explained.set(key, (explained.get(key) ?? 0) + 1)
  }
  const deps = { real: timed, simulated: inner, ns }
  while (done < steps && findings.size < most) {
    const seed = `${values.seed}-${run++}`
    try {
      times.length = 0
      const divergence = await fuzzOnce(seed, length, { ...deps, onExplained }, kinds)
      done += length
      if (!divergence) continue
      const signature = toSignature(divergence)
      const known = findings.get(signature) ?? 0
      findings.set(signature, known + 1)
      if (known === 0) await tell(signature, await shrink(divergence, deps))
    } catch (error) {
      invalid++
      console.error(seed, error)
    }
  }
}

await prepareFuzz(real, ns)
const ticking = setInterval(report, 10_000)
await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane)))
clearInterval(ticking)
report()
for (const [what, count] of [...explained].sort((left, right) => right[1] - left[1])) console.error(`${count}× ${what}`)
await real.send({ method: 'DELETE', path: `/api/v1/namespaces/${ns}`, headers: {} })
process.exitCode = findings.size > 0 ? 1 : 0
