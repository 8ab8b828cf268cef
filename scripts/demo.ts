// The story in a few scenes: a fleet repository with four source types is enforced on five clusters, somebody changes
// things by hand, one command tells what, and one puts it right. On a terminal, a shell follows to go on by hand.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import pc from 'picocolors'
import { findEngine } from '../src/render/engines.ts'
import { GO_MISSING, realControlPlanesAvailable } from '../test/real/toolchain.ts'
import { type DemoClusters, openRealClusters, openSimulatedClusters } from './demo/demo-clusters.ts'
import { createDemoFleet, DEMO_CLUSTERS } from './demo/fleet.ts'
import { goOnByHand } from './demo/go-on.ts'

const USAGE = `usage: npm run demo [-- --real] [-- --no-shell]

  --real      on Kubernetes' own control planes instead of simulated clusters (needs Go; the first time, some minutes)
  --no-shell  end after the story, also on a terminal`

const work = mkdtempSync(join(tmpdir(), 'lockstep-demo-'))
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

const say = (text: string): void => console.log(`\n${pc.bold(pc.cyan('▍'))}${text}`)

const run = (file: string, args: readonly string[], cwd: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, KUBECONFIG: join(work, 'kubeconfig') },
      signal: stop.signal,
    })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })

const openClusters = async (isReal: boolean): Promise<DemoClusters> => {
  if (!isReal) {
    say('Five clusters start: three in clouds, one in a plant, one in a store. They are simulated, in this process.')
    return openSimulatedClusters(DEMO_CLUSTERS)
  }
  if (!realControlPlanesAvailable()) throw new Error(GO_MISSING)
  say('Five real Kubernetes control planes start (the first time, they are built: some minutes).')
  const onBuild = (program: string): void => console.log(`  building ${program} …`)
  return openRealClusters(DEMO_CLUSTERS, { signal: stop.signal, onBuild })
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      real: { type: 'boolean', default: false },
      'no-shell': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const started = performance.now()
  await using clusters = await openClusters(values.real)
  const kubeconfig = join(work, 'kubeconfig')
  writeFileSync(kubeconfig, clusters.kubeconfig, { mode: 0o600 })
  const repository = join(work, 'fleet')
  for (const [path, content] of Object.entries(createDemoFleet(clusters.toContext))) {
    const file = join(repository, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  const kubectl = await findEngine('kustomize', { cacheDir: join(work, 'cache') })
  const program = join(import.meta.dirname, '../bin/lockstep.mjs')
  await playScenes(repository, kubectl.file, program, clusters.toContext)

  const seconds = (performance.now() - started) / 1_000
  say(
    `That is all, in ${seconds.toFixed(1)} s. \`lockstep init\` writes such a fleet repository for you to start from.`,
  )
  if (!process.stdin.isTTY || !process.stdout.isTTY || values['no-shell']) return
  say(`Go on by hand: this is a shell in the fleet repository, and the clusters are contexts of
 KUBECONFIG=${kubeconfig}
 Change something (kubectl --context ${clusters.toContext('prod-eu')} -n example delete configmap web-config), then
 lockstep drift, lockstep drift --heal; or edit a file, lockstep diff, lockstep sync. \`exit\` ends it all.`)
  await goOnByHand({
    folder: work,
    repository,
    kubeconfig,
    commands: { lockstep: [process.execPath, program], kubectl: [kubectl.file] },
  })
}

const playScenes = async (
  repository: string,
  kubectl: string,
  program: string,
  toContext: (cluster: string) => string,
): Promise<void> => {
  // Each scene is what it says only if the command ends as it should.
  const lockstep = async (expected: number, ...args: string[]): Promise<void> => {
    console.log(pc.dim(`\n$ lockstep ${args.join(' ')}`))
    const code = await run(process.execPath, [program, ...args], repository)
    if (code !== expected) throw new Error(`lockstep ${args.join(' ')} ended with ${code} instead of ${expected}`)
  }
  const tamper = async (cluster: string, ...args: string[]): Promise<void> => {
    console.log(pc.dim(`$ kubectl --context ${toContext(cluster)} ${args.join(' ')}`))
    await run(kubectl, ['--context', toContext(cluster), ...args], repository)
  }

  say(
    'A fleet repository: one template of plain YAML, a Helm chart and a Jsonnet program, and a Kustomize application for\n production. One command brings all clusters to it.',
  )
  await lockstep(0, 'sync')

  say('Somebody changes things by hand: an image, a container that was never asked for, a deleted Deployment.')
  await Promise.all([
    tamper('staging', '-n', 'example', 'set', 'image', 'deployment/web', 'web=docker.io/library/other:1'),
    tamper('prod-eu', '-n', 'example', 'patch', 'deployment', 'web', '--type=json', '-p', MINER),
    tamper('store-42', '-n', 'greeter', 'delete', 'deployment', 'greeter'),
    tamper('prod-us', '-n', 'example', 'set', 'env', 'deployment/web', 'DEBUG=1'),
  ])

  say('What differs on the whole fleet, how bad, whose it is, and who did it: one command, told by metadata alone.')
  await lockstep(1, 'drift')

  say('It is put right. On prod-us the component `web` says `drift: report`, so there it is told and left.')
  await lockstep(1, 'drift', '--heal')

  say('A whole namespace is deleted …')
  await tamper('plant-7', 'delete', 'namespace', 'example')
  say('… and comes back with everything that was in it.')
  await lockstep(0, 'drift', '--heal', '-c', 'plant-7')
  await tamper('plant-7', '-n', 'example', 'get', 'deployments,configmaps')
}

const MINER =
  '[{"op":"add","path":"/spec/template/spec/containers/-","value":{"name":"miner","image":"miner:1","securityContext":{"privileged":true}}}]'

try {
  await main()
} catch (error) {
  if (!stop.signal.aborted) {
    console.error((error as Error).message)
    process.exitCode = 2
  } else process.exitCode = 130
} finally {
  rmSync(work, { recursive: true, force: true })
}
