import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manifest } from '../src/kube/object.ts'
import type { Bench, Row } from './lib/bench.ts'
import { type CommandResult, runCommand } from './lib/command.ts'
import { writeFleetRepository } from './lib/fleet-repository.ts'
import { createApplications } from './lib/manifests.ts'
import { type Served, startSimulatedFleet } from './lib/simulated-fleet.ts'
import { formatMillis, formatRatio } from './lib/statistics.ts'
import type { Workspace } from './lib/workspace.ts'

const OBJECTS = 500
const LARGEST = 1_000

/** How many clusters; `FLEET_SCALE=10,100` measures less. */
const readSizes = (): readonly number[] => (process.env.FLEET_SCALE ?? '10,100,1000').split(',').map(Number)

/** Fleets of growing size, simulated: what one process needs to look at them all, and what one change costs. */
export const fleetScaleBench: Bench = {
  name: 'fleet-scale',
  title: `${OBJECTS} objects on each of 10, 100 and 1,000 simulated clusters, which are in one other process`,
  run: async (workspace) => {
    const rows: Row[] = []
    const drifts: { readonly size: number; readonly millis: number }[] = []
    for (const size of readSizes()) {
      const measured = await measureFleet(workspace, size)
      drifts.push({ size, millis: measured.drift.millis })
      rows.push(...toRows(size, measured))
    }
    return [...rows, ...toCurve(drifts)]
  },
}

type Step = CommandResult & { readonly served: Served }
type Measured = { readonly sync: Step; readonly drift: Step; readonly change: Step }

const measureFleet = async ({ folder, lockstep }: Workspace, size: number): Promise<Measured> => {
  const repository = join(folder, `fleet-${size}`)
  await mkdir(repository, { recursive: true })
  await using fleet = await startSimulatedFleet(size, repository)
  const objects = createApplications(OBJECTS)
  const { args, manifests } = await writeFleetRepository(join(repository, 'git'), objects, fleet)
  const measure = async (...command: string[]): Promise<Step> => {
    await fleet.takeServed()
    const result = await lockstep([...command, ...args])
    return { ...result, served: await fleet.takeServed() }
  }
  const sync = await measure('sync', '--no-wait')
  const drift = await measure('drift')
  const [first, second, ...others] = objects as [Manifest, Manifest, ...Manifest[]]
  const changed = { ...second, metadata: { ...second.metadata, annotations: { changed: 'yes' } } }
  const text = [first, changed, ...others].map((object) => JSON.stringify(object)).join('\n---\n')
  await writeFile(join(manifests, 'objects.yaml'), text)
  await runCommand('git', ['-C', join(repository, 'git'), 'commit', '--quiet', '--all', '--message', 'Change one'], {
    env: { ...process.env, ...IDENTITY },
  })
  const change = await measure('sync', '--no-wait')
  return { sync, drift, change }
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'bench',
  GIT_AUTHOR_EMAIL: 'bench@localhost',
  GIT_COMMITTER_NAME: 'bench',
  GIT_COMMITTER_EMAIL: 'bench@localhost',
}

const toRows = (size: number, { sync, drift, change }: Measured): Row[] => {
  const per = (count: number): string => (count / size).toFixed(1)
  const tell = ({ millis, cpuMillis, peakBytes, served }: Step): string =>
    `${formatMillis(millis)}, of it ${formatMillis(cpuMillis)} on a processor; ${Math.round(peakBytes / 1e6)} MB; ${per(served.requests)} requests and ${per(served.writes)} writes a cluster`
  const isGoal = size === LARGEST
  return [
    { what: `first \`sync --no-wait\` of ${size} clusters`, measured: tell(sync) },
    {
      what: `cold \`drift\` of ${size} clusters`,
      measured: tell(drift),
      ...(isGoal ? { goal: '< 60 s, < 2 GB', reached: drift.millis < 60_000 && drift.peakBytes < 2 * 2 ** 30 } : {}),
    },
    {
      what: `\`sync\` of a change of one object, on ${size} clusters`,
      measured: tell(change),
      goal: 'work in proportion to the change',
      // The object, and the inventory and lease that tell of it.
      reached: change.served.writes / size <= 6,
    },
  ]
}

const toCurve = (drifts: readonly { readonly size: number; readonly millis: number }[]): Row[] => {
  const [first, last] = [drifts.at(0), drifts.at(-1)]
  if (!first || !last || first === last) return []
  const growth = last.millis / first.millis
  return [
    {
      what: `\`drift\` of ${last.size} clusters against ${first.size}`,
      measured: `${formatRatio(growth)} the time for ${formatRatio(last.size / first.size)} the clusters`,
      goal: 'no worse than in proportion',
      reached: growth <= last.size / first.size,
    },
  ]
}
