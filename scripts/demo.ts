// The story in a few scenes, on real control planes: a fleet repository with four source types is enforced on three
// clusters, somebody changes things by hand, one command tells what, and one puts it right.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pc from 'picocolors'
import { systemClock } from '../src/base/system-clock.ts'
import { createExampleFleet } from '../src/fleet/init.ts'
import { findEngine } from '../src/render/engines.ts'
import { startRealFleet } from '../test/real/fleet.ts'
import { GO_MISSING, realControlPlanesAvailable } from '../test/real/toolchain.ts'

const CONTEXTS: Readonly<Record<string, string>> = { staging: 'real-1', 'prod-eu': 'real-2', 'prod-us': 'real-3' }
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

const main = async (): Promise<void> => {
  if (!(await realControlPlanesAvailable())) {
    console.log(GO_MISSING)
    process.exitCode = 2
    return
  }
  say('Three real Kubernetes control planes are started (the first time, they are built: a few minutes).')
  await using fleet = await startRealFleet({
    clusters: 3,
    nodes: 1,
    signal: stop.signal,
    onBuild: (program) => console.log(`  building ${program} …`),
  })
  writeFileSync(join(work, 'kubeconfig'), readFileSync(fleet.kubeconfigFile))
  const repository = join(work, 'fleet')
  writeFleet(repository)
  const kubectl = await findEngine('kustomize', { cacheDir: join(work, 'cache') })
  // Each scene is what it says only if the command ends as it should.
  const lockstep = async (expected: number, ...args: string[]): Promise<void> => {
    console.log(
      pc.dim(`
$ lockstep ${args.join(' ')}`),
    )
    const code = await run(process.execPath, [join(import.meta.dirname, '../bin/lockstep.mjs'), ...args], repository)
    if (code !== expected) throw new Error(`lockstep ${args.join(' ')} ended with ${code} instead of ${expected}`)
  }
  const tamper = async (context: string, ...args: string[]): Promise<void> => {
    console.log(pc.dim(`\n$ kubectl --context ${context} ${args.join(' ')}`))
    await run(kubectl.file, ['--kubeconfig', join(work, 'kubeconfig'), '--context', context, ...args], repository)
  }

  say(
    'A fleet repository: one template of plain YAML, a Helm chart and a Jsonnet program, and a Kustomize application for\n production. One command brings all clusters to it.',
  )
  await lockstep(0, 'sync')

  say('Somebody changes things by hand: an image, a container that was never asked for, a deleted Deployment.')
  await tamper('real-1', '-n', 'example', 'set', 'image', 'deployment/web', 'web=docker.io/library/other:1')
  await tamper(
    'real-2',
    '-n',
    'example',
    'patch',
    'deployment',
    'web',
    '--type=json',
    '-p',
    '[{"op":"add","path":"/spec/template/spec/containers/-","value":{"name":"miner","image":"miner:1","securityContext":{"privileged":true}}}]',
  )
  await tamper('real-3', '-n', 'greeter', 'delete', 'deployment', 'greeter')
  await tamper('real-3', '-n', 'example', 'set', 'env', 'deployment/web', 'DEBUG=1')

  say('What differs on the whole fleet, how bad, whose it is, and who did it: one command, told by metadata alone.')
  await lockstep(1, 'drift')

  say('It is put right. On prod-us the component `web` says `drift: report`, so there it is told and left.')
  await lockstep(1, 'drift', '--heal')

  say('A whole namespace is deleted …')
  await tamper('real-2', 'delete', 'namespace', 'example')
  await lockstep(1, 'drift', '-c', 'prod-eu')
  say('… and comes back with everything that was in it.')
  await lockstep(0, 'drift', '--heal', '-c', 'prod-eu')
  await run(
    kubectl.file,
    ['--kubeconfig', join(work, 'kubeconfig'), '--context', 'real-2', '-n', 'example', 'get', 'deployments,configmaps'],
    repository,
  )
  say('That is all. `lockstep init` writes this fleet repository for you to start from.')
}

/** The example fleet, with the contexts of the clusters that were started. */
const writeFleet = (folder: string): void => {
  for (const [path, content] of Object.entries(createExampleFleet())) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(
      file,
      content.replace(/context: ([\w-]+)\}/, (text, name: string) =>
        CONTEXTS[name] ? `context: ${CONTEXTS[name]}}` : text,
      ),
    )
  }
}

const started = systemClock.now().getTime()
try {
  await main()
  console.log(pc.dim(`\n${Math.round((systemClock.now().getTime() - started) / 1000)} s`))
} catch (error) {
  if (!stop.signal.aborted) throw error
  process.exitCode = 130
} finally {
  rmSync(work, { recursive: true, force: true })
}
