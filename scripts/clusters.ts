// `npm run sim` and `npm run real`: starts a fleet by hand and keeps it until Ctrl-C or SIGTERM.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { toError } from '../src/base/errors.ts'
import { type RealFleet, startRealFleet } from '../test/real/fleet.ts'
import { GO_MISSING, realControlPlanesAvailable } from '../test/real/toolchain.ts'
import { createWorkFolder } from '../test/real/work-folder.ts'
import { startSimFleet } from '../test/sim-fleet.ts'

const USAGE = `usage: npm run sim  -- [--clusters 3] [--nodes 1] [--kubeconfig FILE]
       npm run real -- [--clusters 3] [--nodes 1] [--kubeconfig FILE]

Starts clusters, simulated ones or Kubernetes' own control planes (needs Go; the first time, some minutes). The last line is
the path of a kubeconfig with the contexts sim-1, sim-2, … or real-1, real-2, … Ctrl-C ends them all.`
const MARK = '# Written by `npm run sim` or `npm run real`, and removed when it ends.\n'

const run = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      clusters: { type: 'string', default: '3' },
      nodes: { type: 'string', default: '1' },
      kubeconfig: { type: 'string' },
      real: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const clusters = parseCount('--clusters', values.clusters, 1)
  const nodes = parseCount('--nodes', values.nodes, 0)
  const file = values.kubeconfig === undefined ? undefined : resolve(values.kubeconfig)
  if (file !== undefined) await assertOurs(file)
  if (values.real && !realControlPlanesAvailable()) throw new Error(GO_MISSING)

  const ended = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort())
  if (process.env.npm_lifecycle_event !== undefined) endWithParent(ended)
  try {
    await keepFleet({ isReal: values.real, clusters, nodes, file, signal: ended.signal })
  } catch (error) {
    if (!ended.signal.aborted) throw error
  }
  return 0
}

/** npm that is killed does not tell us. By hand, the shell that started us may end before. */
const endWithParent = (ended: AbortController): void => {
  const parent = process.ppid
  const timer = setInterval(() => process.ppid !== parent && ended.abort(), 500)
  timer.unref()
}

type KeepOptions = {
  readonly isReal: boolean
  readonly clusters: number
  readonly nodes: number
  readonly file: string | undefined
  readonly signal: AbortSignal
}

const keepFleet = async ({ isReal, clusters, nodes, file, signal }: KeepOptions): Promise<void> => {
  await using fleet = isReal ? await startReal({ clusters, nodes, signal }) : await startSimulated({ clusters, nodes })
  try {
    if (file !== undefined)
      await writeFile(file, MARK + (await readFile(fleet.kubeconfigFile, 'utf8')), { mode: 0o600 })
    console.log(file ?? fleet.kubeconfigFile)
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    if (file !== undefined) await rm(file, { force: true })
  }
}

/** A fleet whose kubeconfig lies in its own folder of work, which the next start removes should this process be killed. */
type Started = AsyncDisposable & Pick<RealFleet, 'kubeconfigFile'>

const startReal = async (options: Pick<KeepOptions, 'clusters' | 'nodes' | 'signal'>): Promise<Started> => {
  const onBuild = (name: string) => console.error(`Building ${name}, once; this takes some minutes …`)
  const fleet = await startRealFleet({ ...options, onBuild })
  for (const { name, server } of fleet.clusters) console.log(`${name} ${server}`)
  return fleet
}

const startSimulated = async ({ clusters, nodes }: Pick<KeepOptions, 'clusters' | 'nodes'>): Promise<Started> => {
  await using started = new AsyncDisposableStack()
  const names = Array.from({ length: clusters }, (_, index) => `sim-${index + 1}`)
  const fleet = started.use(await startSimFleet(names.map((name) => ({ name, nodes }))))
  const folder = await createWorkFolder()
  started.defer(() => rm(folder, { force: true, recursive: true }))
  const kubeconfigFile = join(folder, 'kubeconfig')
  await writeFile(kubeconfigFile, fleet.kubeconfig, { mode: 0o600 })
  const running = started.move()
  return { kubeconfigFile, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

const parseCount = (option: string, text: string, least: number): number => {
  if (!/^\d{1,3}$/.test(text) || Number(text) < least)
    throw new Error(`${option} is a number from ${least}, not ${text}`)
  return Number(text)
}

/** A kubeconfig that somebody works with is not overwritten. */
const assertOurs = async (file: string): Promise<void> => {
  if (!existsSync(file)) return
  const text = await readFile(file, 'utf8')
  if (text !== '' && !text.startsWith(MARK)) throw new Error(`${file} exists and was not written by this command`)
}

try {
  process.exitCode = await run()
} catch (error) {
  console.error(toError(error).message)
  process.exitCode = 2
}
