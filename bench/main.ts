// npm run bench [-- name …]: measures on real control planes and prints a table. Nothing here fails for being slow.
import { cpus, loadavg, totalmem } from 'node:os'
import { GO_MISSING, realControlPlanesAvailable } from '../test/real/toolchain.ts'
import { accessBench } from './access.ts'
import { alertsBench } from './alerts.ts'
import { driftBench } from './drift.ts'
import { driftAtScaleBench } from './drift-at-scale.ts'
import { firstApplyBench } from './first-apply.ts'
import { fleetDriftBench } from './fleet-drift.ts'
import { fleetScaleBench } from './fleet-scale.ts'
import { fleetSyncBench } from './fleet-sync.ts'
import { hubDriftBench } from './hub-drift.ts'
import { hubIdleBench } from './hub-idle.ts'
import { hubMemoryBench } from './hub-memory.ts'
import { hubScaleBench } from './hub-scale.ts'
import type { Bench, Row } from './lib/bench.ts'
import { openWorkspace } from './lib/workspace.ts'
import { rawLoopBench } from './raw-loop.ts'

const BENCHES = [
  driftBench,
  driftAtScaleBench,
  fleetDriftBench,
  fleetSyncBench,
  fleetScaleBench,
  firstApplyBench,
  rawLoopBench,
  accessBench,
  alertsBench,
  hubDriftBench,
  hubIdleBench,
  hubMemoryBench,
  hubScaleBench,
]

const main = async (names: readonly string[]): Promise<number> => {
  const unknown = names.filter((name) => !BENCHES.some((bench) => bench.name === name))
  if (unknown.length > 0) {
    console.error(`There is no bench ${unknown.join(', ')}; there are ${BENCHES.map(({ name }) => name).join(', ')}`)
    return 2
  }
  if (!realControlPlanesAvailable()) {
    console.error(GO_MISSING)
    return 2
  }
  console.log(
    `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} cores (load ${loadavg()[0]!.toFixed(1)} before), ${Math.round(totalmem() / 2 ** 30)} GB\n`,
  )
  console.log('| what | measured | goal | reached |\n|---|---|---|---|')
  for (const bench of BENCHES.filter(({ name }) => names.length === 0 || names.includes(name))) {
    await using workspace = await openWorkspace()
    printRows(bench, await bench.run(workspace))
  }
  return 0
}

const printRows = ({ name, title }: Bench, rows: readonly Row[]): void => {
  console.log(`| **${name}**: ${title} | | | |`)
  for (const { what, measured, goal = '', reached } of rows)
    console.log(`| ${what} | ${measured} | ${goal} | ${reached === undefined ? '' : reached ? 'yes' : '**no**'} |`)
}

process.exitCode = await main(process.argv.slice(2))
