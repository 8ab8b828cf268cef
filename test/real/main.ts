import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { toError } from '../../src/base/errors.ts'
import { startRealFleet } from './fleet.ts'
import { GO_MISSING, realControlPlanesAvailable } from './toolchain.ts'

const USAGE = 'usage: npm run real -- [--clusters 3] [--nodes 1] [--kubeconfig FILE]'
const MARK = '# Written by `npm run real`, and removed when it ends.\n'

/** Starts a fleet by hand and keeps it until Ctrl-C or SIGTERM. */
const run = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      clusters: { type: 'string', default: '3' },
      nodes: { type: 'string', default: '1' },
      kubeconfig: { type: 'string' },
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
  if (!realControlPlanesAvailable()) throw new Error(GO_MISSING)

  const ended = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort())
  if (process.env.npm_lifecycle_event !== undefined) endWithParent(ended)
  try {
    await keepFleet({ clusters, nodes, file, signal: ended.signal })
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
  readonly clusters: number
  readonly nodes: number
  readonly file: string | undefined
  readonly signal: AbortSignal
}

const keepFleet = async ({ clusters, nodes, file, signal }: KeepOptions): Promise<void> => {
  const onBuild = (name: string) => console.error(`Building ${name}, once; this takes some minutes …`)
  await using fleet = await startRealFleet({ clusters, nodes, onBuild, signal })
  for (const { name, server } of fleet.clusters) console.log(`${name} ${server}`)
  try {
    if (file !== undefined) {
      await writeFile(file, MARK + (await readFile(fleet.kubeconfigFile, 'utf8')), { mode: 0o600 })
    }
    console.log(file ?? fleet.kubeconfigFile)
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    if (file !== undefined) await rm(file, { force: true })
  }
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
