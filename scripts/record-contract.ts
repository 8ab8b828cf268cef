// Takes the answers of a real API server to the cases of src/simcluster/contract, for one area or more (all by default):
// node scripts/record-contract.ts [area…] [--kubeconfig FILE] [--context NAME] [--only PART-OF-A-SENTENCE]
// With --check it writes nothing, and tells where the answers differ from those taken before.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { mapLimited } from '../src/base/limit.ts'
import { systemClock } from '../src/base/system-clock.ts'
import { loadKubeconfig } from '../src/kube/kubeconfig.ts'
import { loadAreas } from '../src/simcluster/contract/areas.ts'
import { toCase } from '../src/simcluster/contract/contract-case.ts'
import { explainDifference } from '../src/simcluster/contract/explain-difference.ts'
import { formatGolden, readGolden, toGoldenFile } from '../src/simcluster/contract/golden.ts'
import { openOverHttp } from '../src/simcluster/contract/over-http.ts'
import { runCase } from '../src/simcluster/contract/run-case.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    kubeconfig: { type: 'string' },
    context: { type: 'string' },
    only: { type: 'string' },
    check: { type: 'boolean', default: false },
  },
})
const kubeconfig = values.kubeconfig ?? process.env.KUBECONFIG
if (kubeconfig === undefined) throw new Error('Of which server? --kubeconfig FILE')
const access = await loadKubeconfig(
  { paths: [kubeconfig], allowExec: [], ...(values.context === undefined ? {} : { context: values.context }) },
  { clock: systemClock, env: {} },
)
await using cluster = openOverHttp(access, { wait: (ms) => setTimeout(ms), hasControllers: true })
const run = crypto.randomUUID().slice(0, 8)
let count = 0

for (const { name, cases } of await loadAreas(positionals)) {
  const known = readGolden(name)
  const answers = await mapLimited(Object.entries(cases), 6, async ([sentence, given]) => {
    const before = known[sentence]
    if (values.only !== undefined && !sentence.includes(values.only)) return [sentence, before] as const
    try {
      const after = await runCase(toCase(given), { cluster, ns: `contract-${run}-${count++}x` })
      const different = before?.flatMap((answer, index) => explainDifference(answer, after[index] ?? {}) ?? [])
      if (different && different.length > 0) console.log(`${name}: ${sentence}\n${different.join('\n')}`)
      return [sentence, after] as const
    } catch (error) {
      console.error(`${name}: ${sentence}: ${error instanceof Error ? error.message : error}`)
      process.exitCode = 1
      return [sentence, before] as const
    }
  })
  const golden = Object.fromEntries(answers.flatMap(([sentence, found]) => (found ? [[sentence, found]] : [])))
  console.log(`${name}: ${Object.keys(golden).length} cases`)
  if (values.check) continue
  await mkdir(dirname(toGoldenFile(name)), { recursive: true })
  await writeFile(toGoldenFile(name), formatGolden(golden))
}
