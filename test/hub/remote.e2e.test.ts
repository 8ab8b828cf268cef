import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type LockstepRun, runLockstep } from '../../src/cli/testing/run-lockstep.ts'
import { startSimFleet } from '../sim-fleet.ts'
import { type HubWorld, openHubWorld, until } from './hub-world.ts'

const NAMES = ['eu-1', 'eu-2', 'us-1']

const FLEET = [
  'apiVersion: lockstep.dev/v1alpha1\nkind: Fleet\nmetadata: {name: acme}\nspec: {}\n',
  ...NAMES.map(
    (name) => `apiVersion: lockstep.dev/v1alpha1
kind: Cluster
metadata: {name: ${name}, labels: {region: ${name.slice(0, 2)}}}
spec: {provider: {existing: {kubeconfig: {context: ${name}}}}}
`,
  ),
  `apiVersion: lockstep.dev/v1alpha1
kind: Placement
metadata: {name: all}
spec:
  clusters: {}
  components:
    - {name: shop, source: {path: ./shop}, namespace: shop, owner: "@shop"}
    - {name: told, source: {path: ./told}, namespace: told, owner: "@told", drift: report}
`,
].join('---\n')

const ACCESS = `apiVersion: lockstep.dev/v1alpha1
kind: RbacTemplate
metadata: {name: team}
spec:
  roles:
    - {name: deployer, scope: Namespace, preset: deployer}
---
apiVersion: lockstep.dev/v1alpha1
kind: RbacGrant
metadata: {name: team-a}
spec:
  template: {name: team}
  clusters: {names: [eu-1, us-1]}
  bindings:
    - {role: deployer, subjects: [{group: "oidc:team-a"}], namespaces: {names: [shop]}}
`

const toConfigMap = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {key: "1"}\n`

type KubeconfigClusters = {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }]
}

const stack = new AsyncDisposableStack()
let world: HubWorld
let folder: string
let fleetUrl: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-remote-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const fleet = stack.use(await startSimFleet(NAMES.map((name) => ({ name, nodes: 1 }))))
  await writeFile(join(folder, 'kubeconfig'), fleet.kubeconfig, { mode: 0o600 })
  const [{ cluster }] = (parse(fleet.kubeconfig) as KubeconfigClusters).clusters
  fleetUrl = cluster.server
  await writeFile(join(folder, 'ca.pem'), Buffer.from(cluster['certificate-authority-data'], 'base64'))
  world = stack.use(
    await openHubWorld({
      kubeconfig: join(folder, 'kubeconfig'),
      names: NAMES,
      files: {
        'fleet.yaml': FLEET,
        'rbac/team.yaml': ACCESS,
        'shop/app.yaml': toConfigMap('settings'),
        'told/app.yaml': toConfigMap('told'),
      },
    }),
  )
  await world.startHub()
  await world.hub().waitFor(({ message }) => message === 'rollout: done', { timeoutMs: 60_000 })
  await tamper('eu-2')
  await until('the hub saw it', async () => (await world.store.listFindings({ isOpen: true })).length === 1)
  // What the hub applied stands in the inventories a moment later; until then it is told as pending.
  await until('it is recorded on the clusters', async () => {
    const { stdout } = await byClusters('drift', '-o', 'json')
    return JSON.parse(stdout).pending.length === 0
  })
}, 120_000)
afterAll(() => stack.disposeAsync())

const tamper = async (name: string): Promise<void> => {
  const resource = (await world.client(name).discover()).find('', 'ConfigMap')
  const address = { resource: resource as NonNullable<typeof resource>, namespace: 'told', name: 'told' }
  await world.client(name).patchMerge(address, { data: { key: 'tampered' } }, { fieldManager: 'mallory' })
}

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<LockstepRun> =>
  runLockstep(args, {
    cwd: world.work,
    env: { ...env, XDG_CONFIG_HOME: join(folder, 'config'), XDG_CACHE_HOME: join(folder, 'cache') },
  })
const remote = (...args: readonly string[]): Promise<LockstepRun> =>
  run([...args, '--hub', world.hub().url(), '--token-file', join(world.dataDir, 'admin-token')])
const byClusters = (...args: readonly string[]): Promise<LockstepRun> =>
  run([...args, '--kubeconfig', join(folder, 'kubeconfig')])
const byData = (...args: readonly string[]): Promise<LockstepRun> => run([...args, '--data', world.dataDir])

/** Without what tells how a cluster was asked, and when a finding was seen first, which only a hub knows. */
const withoutCosts = (text: string): unknown =>
  JSON.parse(text, (key, value: unknown) => (/^(requests|millis|firstSeen|id)$/.test(key) ? undefined : value))

test('drift is the same from the hub as from the clusters', async () => {
  const [near, far] = await Promise.all([byClusters('drift', '-o', 'json'), remote('drift', '-o', 'json')])

  expect(withoutCosts(far.stdout)).toEqual(withoutCosts(near.stdout))
  expect(JSON.parse(far.stdout).findings).toMatchObject([{ cluster: 'eu-2', manager: 'mallory', owner: '@told' }])
  expect([far.exitCode, near.exitCode]).toEqual([1, 1])
})

test.each([[[]], [['-o', 'markdown']], [['-c', 'us-*']], [['-l', 'region=eu', '--all']]])(
  'drift %j is printed the same',
  async (args) => {
    const [near, far] = await Promise.all([byClusters('drift', ...args), remote('drift', ...args)])
    const withoutTime = (text: string) => text.replace(/\d+ requests?.*|\S+ ago/g, '').replace(/ +/g, ' ')

    // What it says to do next, it says to do by the hub.
    expect(withoutTime(far.stdout).replace(` --hub ${world.hub().url()}`, '')).toBe(withoutTime(near.stdout))
    expect(far.exitCode).toBe(near.exitCode)
  },
)

test.each([
  ['list'],
  ['list', '--type', 'change.ended', '--limit', '2', '-o', 'json'],
  ['show', '2'],
  ['trace', '1'],
  ['verify'],
  ['export'],
  ['export', '-o', 'csv', '--cluster', 'us-1'],
  ['report', '--since', '2026-01-01', '--until', '2126-01-01'],
])('audit %s %s is the same from the hub as from its data', async (...args) => {
  const [near, far] = [await byData('audit', ...args), await remote('audit', ...args)]

  expect(far).toEqual(near)
  expect(far.exitCode).toBe(0)
})

test.each([['diff'], ['sync', '--dry-run'], ['drift', '--deep']])('%s %s is the same by the hub', async (...args) => {
  const words = [...args, '-o', 'json']
  const [near, far] = [await byClusters(...words), await remote(...words)]

  expect(withoutCosts(far.stdout)).toEqual(withoutCosts(near.stdout))
  expect(far.exitCode).toBe(near.exitCode)
})

test.each([[[]], [['-o', 'json']], [['-o', 'markdown', '-l', 'region=eu']]])(
  'cluster list %j is the same from the hub',
  async (args) => {
    const [near, far] = [await byClusters('cluster', 'list', ...args), await remote('cluster', 'list', ...args)]

    expect(far).toEqual(near)
  },
)

test('a cluster is shown with what the hub knows of it', async () => {
  const near = JSON.parse((await byClusters('cluster', 'show', 'eu-2', '-o', 'json')).stdout)
  const far = await remote('cluster', 'show', 'eu-2', '-o', 'json')
  const [change] = await world.store.listChanges({ cluster: 'eu-2', limit: 1 })

  expect(JSON.parse(far.stdout)).toMatchObject({
    ...{ name: 'eu-2', labels: near.labels, provider: near.provider, version: near.version, reachable: true },
    ...{ state: 'drifted', lastChange: { id: change?.id, result: 'done' } },
    components: [
      { name: 'shop', source: near.components[0].source, policy: near.components[0].policy, findings: 0 },
      { name: 'told', findings: 1, owner: '@told' },
    ],
  })
  expect((await remote('cluster', 'show', 'eu-2')).stdout).toMatch(/state +drifted: 1 findings are only reported, at /)
  expect(await remote('cluster', 'show', 'nowhere')).toMatchObject({ exitCode: 2 })
})

test('the hub heals when it is asked, and says what is left and why', async () => {
  const healed = await remote('drift', '--heal', '-o', 'json')

  expect(healed.exitCode).toBe(1)
  expect(JSON.parse(healed.stdout)).toMatchObject({
    findings: [{ cluster: 'eu-2', note: 'only reported, by policy' }],
    healed: [],
  })
  const requested = await world.store.listAudit({ type: 'operation.requested' })
  expect(requested.map(({ actor, cluster }) => [actor, cluster])).toEqual(
    NAMES.map((name) => ['bootstrap-admin', name]),
  )
})

test('a deletion of too much waits, and is confirmed over the API', async () => {
  const many = Array.from({ length: 40 }, (_, number) => toConfigMap(`extra-${number}`)).join('---\n')
  const [wanted, none] = [{ 'shop/extra.yaml': many }, { 'shop/extra.yaml': '# nothing\n' }]
  const lines = world.hub().lines.length
  await world.push(wanted)
  await world.hub().waitFor(({ message }) => message === 'rollout: done', { after: lines })
  await world.push(none)
  await until('they wait', async () => (await remote('sync', '--dry-run', '-o', 'json')).stdout.includes('confirmWith'))
  const { confirmWith } = JSON.parse((await remote('sync', '--dry-run', '-o', 'json')).stdout)
  const digest = confirmWith.split(' ').at(-1)

  expect(confirmWith).toBe(`lockstep sync --hub ${world.hub().url()} --confirm-deletions ${digest}`)
  expect(await remote('sync', '--confirm-deletions', 'sha256:none')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('HUB_DELETIONS_UNKNOWN'),
  })
  expect(await remote('sync', '--confirm-deletions', digest)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('40 deleted'),
  })
  expect(await world.read('us-1', 'ConfigMap', 'shop', 'extra-1')).toBeUndefined()
}, 120_000)

test('the trail is verified on this side, with checkpoints of the fleet repository', async () => {
  // Checkpoints are pushed when it ends.
  await world.hub()[Symbol.asyncDispose]()
  await world.startHub()
  const verified = await remote('audit', 'verify', '--witness-fleet', world.work)

  expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^intact: \d+ records/) })

  // A hub that rewrote everything, keys and checkpoints included, would not have the record that was witnessed.
  const [checkpoint] = await world.store.listCheckpoints()
  await writeFile(join(folder, 'witness.jsonl'), `${JSON.stringify({ ...checkpoint, hash: '0'.repeat(64) })}\n`)
  expect(await remote('audit', 'verify', '--witness', join(folder, 'witness.jsonl'))).toMatchObject({ exitCode: 1 })
})

test('the history of drift is the same', async () => {
  const args = ['drift', '--history', '--since', '2026-11-01', '--until', '2126-01-01', '-o', 'json']
  const [near, far] = [await byData(...args), await remote(...args)]

  expect(far).toEqual(near)
  expect(JSON.parse(far.stdout).byActor).toMatchObject([{ name: 'mallory', findings: 1, open: 1 }])
})

test('suspending over the API holds back the hub, and the trail says who did', async () => {
  expect(await remote('suspend', '-c', 'us-1', '--for', '1h', '--reason', 'INC-1')).toMatchObject({ exitCode: 0 })
  expect((await byData('audit', 'list', '--type', 'suspended')).stdout).toContain('bootstrap-admin')
  await until('the hub holds it back', async () => (await remote('cluster', 'show', 'us-1')).stdout.includes('INC-1'))
  // Nothing is behind for being held back.
  expect(JSON.parse((await remote('drift', '-c', 'us-1', '-o', 'json')).stdout).pending).toEqual([])
  expect(await remote('resume', '--all')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('suspended is cluster us-1'),
  })
  expect(await remote('resume', '-c', 'us-1')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('INC-1') })
})

test.each([
  ['who-can', 'delete', 'deployments.apps', '-n', 'shop'],
  ['can', 'group:oidc:team-a', '-l', 'region=eu', '-o', 'json'],
  ['review', '-o', 'csv'],
  ['explain', 'group:oidc:team-a', 'delete', 'deployments.apps', 'us-1', '-n', 'shop'],
  ['explain', 'group:oidc:team-a', 'delete', 'deployments.apps', 'eu-2', '-n', 'shop'],
])('rbac %s is answered by the hub as from Git', async (...args) => {
  const [near, far] = [await run(['rbac', ...args, '--from', 'git']), await remote('rbac', ...args)]

  expect(far).toEqual(near)
  if (args.includes('us-1')) expect(far.stdout).toMatch(/grant +team-a +rbac\/team.yaml:\d+:\d+ +[0-9a-f]{7,} .* Ann: /)
})

test('a hub asks no cluster who may do what', async () => {
  expect(await remote('rbac', 'review', '--from', 'live')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('it goes with no --hub'),
  })
  expect(await remote('rbac', 'grant', 'team/deployer', '--to', 'user:bob')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('this machine alone'),
  })
})

test('alerts are the same from the hub, and are silenced over the API', async () => {
  const silenced = await remote('alert', 'silence', 'cluster="us-1"', '--for', '1h', '--reason', 'INC-2')

  expect(silenced).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Silenced {cluster="us-1"}') })
  for (const words of [['list', '-o', 'json'], ['silences', '-o', 'json'], ['failed']])
    expect(await remote('alert', ...words)).toEqual(await byData('alert', ...words))
  const [silence] = JSON.parse((await remote('alert', 'silences', '-o', 'json')).stdout)
  expect(silence).toMatchObject({ actor: 'bootstrap-admin', reason: 'INC-2' })
  expect(await remote('alert', 'unsilence', String(silence.id))).toMatchObject({ exitCode: 0 })
  expect(await remote('alert', 'unsilence', String(silence.id))).toMatchObject({ exitCode: 2 })
  expect(await remote('alert', 'retry', '4711')).toMatchObject({ exitCode: 2 })
  // This fleet has no AlertPolicy.
  expect(await remote('alert', 'test')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('NOT_FOUND') })
})

test('whoever logged in needs to name no token, and is forgotten after', async () => {
  const env = { LOCKSTEP_HUB: world.hub().url() }
  const login = await run(['login', '--token-file', join(world.dataDir, 'admin-token')], env)
  const token = (await readFile(join(world.dataDir, 'admin-token'), 'utf8')).trim()

  expect(login).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('as bootstrap-admin') })
  expect(login.stdout + login.stderr).not.toContain(token)
  expect(await run(['audit', 'list', '--limit', '1'], env)).toMatchObject({ exitCode: 0 })
  expect(await run(['logout'], env)).toMatchObject({ exitCode: 0 })
  expect(await run(['audit', 'list', '--limit', '1'], env)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('lockstep login --hub'),
  })
  expect(await run(['login', '--token-file', join(folder, 'kubeconfig')], env)).toMatchObject({ exitCode: 2 })
})

test('a finding is acknowledged over the API, and told with who knows of it', async () => {
  const [finding] = JSON.parse((await remote('drift', '-o', 'json')).stdout).findings
  const said = await remote('acknowledge', String(finding.id), '--note', 'INC-3')

  expect(said).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('ConfigMap/told/told /data/key on eu-2') })
  expect((await remote('drift')).stdout).toContain('acknowledged by bootstrap-admin: INC-3')
  expect(await byData('acknowledge', '4711', '--note', 'INC-3')).toMatchObject({ exitCode: 2 })
})

test('whoever may only read is told so, and changes nothing', async () => {
  const made = await byData('token', 'create', 'reader', '--role', 'viewer')
  const asReader = (...args: readonly string[]) =>
    run([...args, '--hub', world.hub().url()], { LOCKSTEP_TOKEN: made.stdout.trim() })

  expect(await asReader('audit', 'verify')).toMatchObject({ exitCode: 0 })
  for (const words of [
    ['suspend', '--all', '--for', '1h', '--reason', 'x'],
    ['sync'],
    ['drift', '--heal'],
    ['sync', '--confirm-deletions', 'sha256:none'],
    ['acknowledge', '1', '--note', 'x'],
    ['alert', 'silence', 'cluster="us-1"', '--for', '1h', '--reason', 'x'],
  ])
    expect(await asReader(...words)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/PERMISSION_DENIED/),
    })
  expect(await world.store.listSuspensions(new Date().toISOString())).toEqual([])
})

test('what goes wrong on the way is told as what it is', async () => {
  const ask = (...args: readonly string[]) => run(['audit', 'list', ...args])

  expect(await ask('--hub', 'http://127.0.0.1:1')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('HUB_UNREACHABLE'),
  })
  expect(await ask('--hub', fleetUrl)).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('--ca-file') })
  // With its authority it is trusted; it is no hub all the same.
  expect(await ask('--hub', fleetUrl, '--ca-file', join(folder, 'ca.pem'))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('HUB_ANSWER_INVALID'),
  })
  expect(await ask('--hub', world.hub().url())).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('AUTHENTICATION_REQUIRED'),
  })
  expect(await run(['audit', 'list', '--hub', world.hub().url()], { LOCKSTEP_TOKEN: 'nonsense' })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('AUTHENTICATION_FAILED'),
  })
  expect(await ask('--hub', 'ftp://hub')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('USAGE_INVALID'),
  })
})

test('this machine and a hub are not mixed up', async () => {
  expect(await remote('render')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('this machine alone') })
  expect(await remote('drift', '--fleet', '.')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--fleet'),
  })
  // The environment names a hub, the command line a folder: the folder it is.
  const env = { LOCKSTEP_HUB: 'http://127.0.0.1:1' }
  expect(await run(['audit', 'verify', '--data', world.dataDir], env)).toMatchObject({ exitCode: 0 })
})
