import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RealCluster } from '../../test/real/cluster.ts'
import { describeReal, sharedFleet } from '../../test/real/shared-fleet.ts'
import type { DriftReport } from '../drift/report.ts'
import { type LockstepRun, runLockstep } from './testing/run-lockstep.ts'

const NAMESPACE = 'cli-shop'
const CONFIG = `/api/v1/namespaces/${NAMESPACE}/configmaps/settings`
const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/web`

const SHOP = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {mode: normal}
---
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {password: canary-4711}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: registry.k8s.io/pause:3.10}]}
`

describeReal('the command line on real clusters', () => {
  let folder: string
  let clusters: readonly RealCluster[]
  let kubeconfig: string

  const lockstep = (...args: string[]): Promise<LockstepRun> =>
    runLockstep(args, { cwd: folder, env: { KUBECONFIG: kubeconfig, COLUMNS: '80' } })

  const driftReport = async (): Promise<DriftReport & { exitCode: number }> => {
    const { stdout, stderr, exitCode } = await lockstep('drift', '-o', 'json')
    expect(stderr).toBe('')
    return { ...JSON.parse(stdout), exitCode }
  }

  const tamper = (cluster: RealCluster, path: string, patch: unknown): Promise<unknown> =>
    cluster.call('PATCH', path, { body: patch, contentType: 'application/merge-patch+json' })

  beforeAll(async () => {
    const fleet = sharedFleet()
    clusters = fleet.clusters.slice(0, 2)
    kubeconfig = fleet.kubeconfigFile
    folder = await mkdtemp(join(tmpdir(), 'lockstep-cli-real-'))
    await mkdir(join(folder, 'shop'))
    await mkdir(join(folder, 'clusters'))
    await writeFile(
      join(folder, 'fleet.yaml'),
      'apiVersion: lockstep.dev/v1alpha1\nkind: Fleet\nmetadata: {name: acme}\nspec: {}\n',
    )
    await writeFile(join(folder, 'shop', 'shop.yaml'), SHOP)
    for (const { name } of clusters) {
      await writeFile(
        join(folder, 'clusters', `${name}.yaml`),
        `apiVersion: lockstep.dev/v1alpha1
kind: Cluster
metadata: {name: ${name}, labels: {env: test}}
spec:
  provider: {existing: {kubeconfig: {context: ${name}}}}
  components: [{name: cli-shop, source: {path: ../shop}, namespace: ${NAMESPACE}, owner: "@shop"}]
`,
      )
    }
  })

  afterAll(async () => {
    await Promise.all(clusters.map(({ call }) => call('DELETE', `/api/v1/namespaces/${NAMESPACE}`)))
    // The next fleet on these clusters would be asked to confirm that what this one owned is deleted.
    await Promise.all(clusters.map(({ call }) => call('DELETE', '/api/v1/namespaces/lockstep-system/configmaps')))
    await rm(folder, { recursive: true, force: true })
  })

  test('before the first sync everything is pending, nothing is drift, and nothing is written', async () => {
    const writes = await clusters[0]!.countRequests(async () => {
      const drift = await lockstep('drift')
      const diff = await lockstep('diff')

      expect(drift).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('never synced: component cli-shop') })
      expect(diff).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(`+ Deployment/${NAMESPACE}/web`) })
      expect(diff.stdout).not.toContain('canary-4711')
      expect(diff.stdout).not.toContain(Buffer.from('canary-4711').toString('base64'))
    })

    expect(writes.requests.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb))).toEqual([])
  })

  test('sync makes all clusters as Git says and waits until they are', async () => {
    const { exitCode, stdout } = await lockstep('sync')

    expect(stdout).toContain('4 created')
    expect(stdout).toContain('2 clusters, 8 objects written')
    expect(exitCode).toBe(0)
    for (const { call } of clusters) {
      expect((await call<{ status: object }>('GET', DEPLOYMENT)).body).toMatchObject({ status: { readyReplicas: 2 } })
    }
    expect(await lockstep('diff')).toMatchObject({
      exitCode: 0,
      stdout: 'acme@unversioned: 2 clusters, nothing to do\n',
    })
    expect(await lockstep('sync')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('0 objects written') })
  })

  test('drift tells what was tampered with, folded, and who did it', async () => {
    for (const cluster of clusters) await tamper(cluster, CONFIG, { data: { mode: 'chaos' } })
    await tamper(clusters[0]!, `/api/v1/namespaces/${NAMESPACE}/secrets/login`, { data: { password: 'aGFja2Vk' } })
    const report = await driftReport()
    const table = await lockstep('drift')

    expect(report.exitCode).toBe(1)
    expect(report.findings).toHaveLength(3)
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        cluster: clusters[1]!.name,
        component: 'cli-shop',
        object: { group: '', kind: 'ConfigMap', namespace: NAMESPACE, name: 'settings' },
        drift: 'modified',
        field: '/data/mode',
        git: 'normal',
        live: 'chaos',
        owner: '@shop',
      }),
    )
    expect(JSON.stringify(report)).not.toContain('aGFja2Vk')
    expect(table.stdout).toContain(`ConfigMap/${NAMESPACE}/settings  all 2 clusters  @shop\n`)
    expect(table.exitCode).toBe(1)
  })

  test('drift --heal undoes it and says so', async () => {
    const { exitCode, stdout } = await lockstep('drift', '--heal')

    expect(stdout).toContain('no drift left, 3 healed')
    expect(exitCode).toBe(0)
    expect((await clusters[0]!.call('GET', CONFIG)).body).toMatchObject({ data: { mode: 'normal' } })
    expect(await driftReport()).toMatchObject({ exitCode: 0, findings: [] })
  })

  test('a deleted namespace is one line, and comes back whole', async () => {
    const [cluster] = clusters as [RealCluster]
    await cluster.call('DELETE', `/api/v1/namespaces/${NAMESPACE}`)
    await expect
      .poll(async () => (await cluster.call('GET', `/api/v1/namespaces/${NAMESPACE}`)).status, { timeout: 60_000 })
      .toBe(404)
    const drift = await lockstep('drift', '-c', cluster.name)

    expect(drift.stdout.split('\n')[0]).toBe(
      `high      Namespace/${NAMESPACE} and 3 objects in it missing  ${cluster.name}  @shop`,
    )
    expect(await lockstep('drift', '--heal', '-c', cluster.name)).toMatchObject({ exitCode: 0 })
    expect((await cluster.call('GET', DEPLOYMENT)).body).toMatchObject({ spec: { replicas: 2 } })
  })

  test('a cluster that hangs is out of reach, and does not hide what the others have', async () => {
    const [hanging, other] = clusters as [RealCluster, RealCluster]
    await tamper(other, CONFIG, { data: { mode: 'chaos' } })
    hanging.pause()
    try {
      const { exitCode, stdout } = await lockstep('drift', '-o', 'json', '--connect-timeout', '1s')
      const report: DriftReport = JSON.parse(stdout)

      expect(report.clusters).toMatchObject([
        { name: hanging.name, reachable: false },
        { name: other.name, reachable: true },
      ])
      expect(report.findings).toHaveLength(1)
      expect(exitCode).toBe(3)
    } finally {
      hanging.resume()
    }
    await lockstep('drift', '--heal', '-c', other.name)
  })

  test('cluster list and show tell how the clusters are', async () => {
    const list = JSON.parse((await lockstep('cluster', 'list', '-o', 'json')).stdout)
    const show = await lockstep('cluster', 'show', clusters[0]!.name)

    expect(list).toMatchObject(
      clusters.map(({ name }) => ({
        name,
        labels: { env: 'test' },
        provider: 'existing',
        reachable: true,
        inSync: true,
      })),
    )
    expect(show).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/cli-shop +path shop +@shop .* in sync/) })
  })

  test('deletions of what always asks wait for exactly the confirmation that is printed', async () => {
    const claim =
      'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n'
    const file = join(folder, 'shop', 'claim.yaml')
    await writeFile(file, claim)
    await lockstep('sync', '--no-wait')
    await rm(file)
    const asked = await lockstep('sync', '--no-wait')
    const [, command] = /^ {2}lockstep (sync .*)$/m.exec(asked.stdout) ?? []
    const confirmed = await lockstep(...(command as string).split(' '))

    expect(asked.exitCode).toBe(1)
    expect(asked.stdout).toContain(`PersistentVolumeClaim/${NAMESPACE}/data would be deleted`)
    expect(confirmed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 deleted') })
  })

  test('deletions that each cluster would let pass are asked for where they are too many for the fleet', async () => {
    const write = (names: readonly string[]): Promise<void> =>
      writeFile(
        join(folder, 'shop', 'parts.yaml'),
        names.map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: part-${name}}\n`).join('---\n'),
      )
    const names = Array.from({ length: 60 }, (_, index) => String(index))
    await write(names)
    await lockstep('sync', '--no-wait')

    await write(names.slice(2))
    expect(await lockstep('sync', '--no-wait')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/(2 deleted[\s\S]*){2}/),
    })
    await write(names.slice(14))
    const asked = await lockstep('sync', '--no-wait')
    const [, command] = /^ {2}lockstep (sync .*)$/m.exec(asked.stdout) ?? []
    const confirmed = await lockstep(...(command as string).split(' '))
    expect(asked).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('on 2 clusters would be deleted') })
    expect(asked.stdout).toContain('24 of ')
    expect(confirmed).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/(12 deleted[\s\S]*){2}/) })
  })

  test('Ctrl-C in the middle says so, exits with 130, and the next sync finishes', async () => {
    const objects = Array.from(
      { length: 300 },
      (_, index) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: many-${index}}\n`,
    )
    await writeFile(join(folder, 'shop', 'many.yaml'), objects.join('---\n'))
    const interrupted = await runLockstep(['sync', '-c', clusters[0]!.name], {
      cwd: folder,
      env: { KUBECONFIG: kubeconfig },
      onStderr: (text, kill) => {
        if (text.includes('to create')) kill('SIGINT')
      },
    })

    expect(interrupted.exitCode).toBe(130)
    expect(interrupted.stdout).toContain('Interrupted.')
    expect(await lockstep('sync', '-c', clusters[0]!.name)).toMatchObject({ exitCode: 0 })
    expect(await lockstep('diff', '-c', clusters[0]!.name)).toMatchObject({ exitCode: 0 })
  })
})
