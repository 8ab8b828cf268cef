import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/system-clock.ts'
import { createKubeClient } from '../../src/kube/http-client.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { startRealFleet } from './fleet.ts'
import { describeReal, sharedFleet } from './shared-fleet.ts'
import { GO_MISSING } from './toolchain.ts'
import { waitUntil } from './wait-until.ts'
import { removeLeftovers } from './work-folder.ts'

/** A fleet that starts fast: API servers alone. */
const BARE = { nodes: 0, controllers: false } as const

describeReal('a real fleet', () => {
  test('hands out a kubeconfig with a context for each cluster', async () => {
    const { kubeconfigFor, clusters } = sharedFleet()

    for (const { name } of clusters) {
      const options = { paths: [kubeconfigFor('admin')], context: name, allowExec: [] }
      const access = await loadKubeconfig(options, { clock: systemClock, env: {} })
      await using client = createKubeClient(access, { clock: systemClock, random: Math.random })
      const resource = (await client.discover()).find('', 'Node')!
      const { items } = await client.listMetadata({ resource })
      expect(items.map(({ metadata }) => metadata.name)).toEqual([`${name}-node-1`])
    }
  })

  test('is apart from another one that runs at the same time', async () => {
    await using own = await startRealFleet({ clusters: 1, ...BARE, users: { dora: ['oidc:team-d'] } })
    const [mine, other] = [own.clusters[0]!, sharedFleet().clusters[0]!]

    await mine.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'only-here' } } })

    expect((await mine.call('GET', '/api/v1/namespaces/only-here')).status).toBe(200)
    expect((await other.call('GET', '/api/v1/namespaces/only-here')).status).toBe(404)
    expect((await mine.call('GET', '/api/v1/namespaces', { user: 'dora' })).status).toBe(403)
  })

  test('keeps its other clusters when one is stopped', async () => {
    await using fleet = await startRealFleet({ clusters: 2, ...BARE })
    const [first, second] = fleet.clusters

    first!.stop()

    await expect.poll(() => first!.call('GET', '/version').catch(() => 'gone')).toBe('gone')
    expect((await second!.call('GET', '/api/v1/namespaces')).status).toBe(200)
  })

  test('gets an API server back that was restarted, at the same address and with its data', async () => {
    await using fleet = await startRealFleet({ clusters: 1 })
    const [cluster] = fleet.clusters
    await cluster!.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'kept' } } })
    cluster!.pause()

    await cluster!.restart()
    await cluster!.restart()

    expect((await cluster!.call('GET', '/api/v1/namespaces/kept')).status).toBe(200)
    await cluster!.call('DELETE', '/api/v1/namespaces/kept')
    const isGone = async () => (await cluster!.call('GET', '/api/v1/namespaces/kept')).status === 404
    await waitUntil('the controllers to be back', isGone)
    cluster!.stop()
    await expect.poll(() => cluster!.call('GET', '/version').catch(() => 'gone')).toBe('gone')
  })

  test('says why it cannot start, and leaves nothing', async () => {
    const starting = startRealFleet({ clusters: 1, ...BARE, apiserverArgs: () => ['--no-such-flag'] })

    await expect(starting).rejects.toThrow(/kube-apiserver of real-1 ended:[\s\S]*unknown flag: --no-such-flag/)
    expect((await readdir(tmpdir())).filter((name) => name.startsWith(`lockstep-real-${process.pid}-`))).toEqual([])
  })

  test('ends with its parent, also when that is killed and an API server is paused', async () => {
    const { parent, kubeconfig } = await startByHand('--clusters', '1')
    const folder = dirname(kubeconfig)
    const running = await findProcesses(folder)
    const apiserver = running.find(({ args }) => args.includes('kube-apiserver'))!
    process.kill(apiserver.pid, 'SIGSTOP')

    parent.kill('SIGKILL')
    await once(parent, 'exit')

    expect(running).toHaveLength(5)
    await waitUntil('the end of all processes', async () => (await findProcesses(folder)).length === 0)
    expect(existsSync(folder)).toBe(true)
    await removeLeftovers()
    expect(existsSync(folder)).toBe(false)
  })

  test('started by hand ends in order on SIGTERM', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'harness-')), 'kubeconfig')
    const { parent, kubeconfig } = await startByHand('--clusters', '2', '--nodes', '0', '--kubeconfig', file)
    expect(kubeconfig).toBe(file)
    expect(readFileSync(file, 'utf8')).toMatch(/name: real-1[\s\S]*name: real-2[\s\S]*current-context: real-1/)
    const work = (await readdir(tmpdir())).filter((name) => name.startsWith(`lockstep-real-${parent.pid}-`))

    parent.kill('SIGTERM')
    const [exitCode] = await once(parent, 'exit')

    expect(exitCode).toBe(0)
    expect(work).toHaveLength(1)
    expect([file, join(tmpdir(), work[0]!)].filter(existsSync)).toEqual([])
    expect(await findProcesses(work[0]!)).toEqual([])
    await rmdir(dirname(file))
  })

  test('started by hand refuses to overwrite a kubeconfig that is not its own', async () => {
    const { exitCode, stderr } = await runByHand(['--kubeconfig', import.meta.filename])

    expect(stderr).toBe(`${import.meta.filename} exists and was not written by this command\n`)
    expect(exitCode).toBe(2)
  })

  test('started by hand says in a sentence that Go is missing', async () => {
    const { exitCode, stderr } = await runByHand([], { PATH: '' })

    expect(stderr).toBe(`${GO_MISSING}\n`)
    expect(exitCode).toBe(2)
  })
})

const COMMAND = [join(import.meta.dirname, '../../scripts/clusters.ts'), '--real']

/** Runs the command to its end. */
const runByHand = async (args: string[], env = process.env): Promise<{ exitCode: number; stderr: string }> => {
  const child = spawn(process.execPath, [...COMMAND, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const exit = once(child, 'exit')
  const stderr = await text(child.stderr)
  const [exitCode] = await exit
  return { exitCode, stderr }
}

const startByHand = async (...args: string[]): Promise<{ parent: ChildProcess; kubeconfig: string }> => {
  const parent = spawn(process.execPath, [...COMMAND, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: parent.stdout! })) {
    if (line.startsWith('/')) return { parent, kubeconfig: line }
  }
  throw new Error('It ended without printing the path of a kubeconfig')
}

/** The processes that have this in their arguments. */
const findProcesses = async (part: string): Promise<readonly { pid: number; args: string }[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return pids.map((pid) => ({ pid: Number(pid), args: readArgs(pid) })).filter(({ args }) => args.includes(part))
}

const readArgs = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
