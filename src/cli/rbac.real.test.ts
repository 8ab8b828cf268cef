import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RealCluster } from '../../test/real/cluster.ts'
import { describeReal, sharedFleet } from '../../test/real/shared-fleet.ts'
import { waitUntil } from '../../test/real/wait-until.ts'
import type { DriftReport } from '../drift/report.ts'
import { type LockstepRun, runLockstep } from './testing/run-lockstep.ts'

const API = 'apiVersion: lockstep.dev/v1alpha1'
const NAMESPACE = `rbac-cli-${randomUUID().slice(0, 6)}`

describeReal('access from the command line on real clusters', () => {
  let folder: string
  let clusters: readonly RealCluster[]
  let kubeconfig: string

  const lockstep = (...args: string[]): Promise<LockstepRun> =>
    runLockstep(args, {
      cwd: folder,
      env: {
        KUBECONFIG: kubeconfig,
        COLUMNS: '200',
        GIT_AUTHOR_NAME: 'Ada',
        GIT_AUTHOR_EMAIL: 'ada@example.com',
        GIT_COMMITTER_NAME: 'Ada',
        GIT_COMMITTER_EMAIL: 'ada@example.com',
      },
    })
  const git = (...args: string[]) => promisify(execFile)('git', args, { cwd: folder })

  /** May alice, who is in oidc:team-a, do this? */
  const canAlice = async (cluster: RealCluster, verb: string, resource: string, group = ''): Promise<boolean> => {
    const { body } = await cluster.call<{ status: { allowed: boolean } }>(
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      { user: 'alice', body: { spec: { resourceAttributes: { verb, resource, group, namespace: NAMESPACE } } } },
    )
    return body.status.allowed
  }

  beforeAll(async () => {
    const fleet = sharedFleet()
    clusters = fleet.clusters.slice(0, 2)
    kubeconfig = fleet.kubeconfigFile
    folder = await mkdtemp(join(tmpdir(), 'lockstep-rbac-'))
    await mkdir(join(folder, 'clusters'))
    await writeFile(join(folder, 'fleet.yaml'), `${API}\nkind: Fleet\nmetadata: {name: acme}\nspec: {}\n`)
    for (const { name } of clusters) {
      const spec = `provider: {existing: {kubeconfig: {context: ${name}}}}`
      const metadata = `{name: ${name}, labels: {env: test}}`
      await writeFile(
        join(folder, 'clusters', `${name}.yaml`),
        `${API}\nkind: Cluster\nmetadata: ${metadata}\nspec: {${spec}}\n`,
      )
    }
    for (const cluster of clusters)
      await cluster.call('POST', '/api/v1/namespaces', { body: { metadata: { name: NAMESPACE } } })
    await git('init', '-q', '-b', 'main')
    await git('add', '.')
    await git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'commit', '-qm', 'Begin')
  })
  afterAll(async () => {
    await rm(join(folder, 'rbac'), { recursive: true, force: true })
    await lockstep('sync')
    for (const cluster of clusters) await cluster.call('DELETE', `/api/v1/namespaces/${NAMESPACE}`)
    await rm(folder, { recursive: true, force: true })
  })

  test('diff says in words who gains what, with the risk, and sync gives it', async () => {
    await mkdir(join(folder, 'rbac'))
    await writeFile(
      join(folder, 'rbac', 'team-a.yaml'),
      `${API}
kind: RbacTemplate
metadata: {name: team}
spec:
  roles: [{name: secrets, scope: Namespace, preset: secret-reader}]
---
${API}
kind: RbacGrant
metadata: {name: team-a}
spec:
  template: {name: team}
  clusters: {matchLabels: {env: test}}
  bindings:
    - {role: secrets, subjects: [{group: "oidc:team-a"}], namespaces: {names: [${NAMESPACE}]}}
`,
    )
    const before = await lockstep('diff')
    const validated = await lockstep('validate')
    const synced = await lockstep('sync')
    const after = await lockstep('diff')

    expect(before.stdout).toContain(
      `+ group oidc:team-a gains get, list, watch on secrets in namespace ${NAMESPACE} of`,
    )
    expect(before.stdout).toContain('high: may read all Secrets')
    expect(before.exitCode).toBe(1)
    expect(validated.stdout).toContain(
      'rbac/team-a.yaml:9:18: warning: high risk: role secrets lets group:oidc:team-a read all Secrets (on 2 clusters)',
    )
    expect(synced, synced.stdout + synced.stderr).toMatchObject({ exitCode: 0 })
    expect(synced.stdout).toContain(
      'component rbac-team-a: high risk: role secrets lets group:oidc:team-a read all Secrets',
    )
    expect(after.stdout).not.toContain('high risk')
    expect(after).toMatchObject({ exitCode: 0 })
    expect(after.stdout).not.toContain('gains')
    for (const cluster of clusters) await waitUntil('the access', () => canAlice(cluster, 'list', 'secrets'))
  })

  test('who can, can and explain answer from the clusters, from Git, and from both', async () => {
    const fromGit = await lockstep('rbac', 'who-can', 'list', 'secrets', '-n', NAMESPACE, '--from', 'git', '-o', 'json')
    const byHand = {
      metadata: { name: 'by-hand', namespace: NAMESPACE },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'bob' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    }
    await clusters[0]!.call('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/rolebindings`, {
      body: byHand,
    })
    const can = await lockstep('rbac', 'can', 'group:oidc:team-a', '--from', 'git')
    const both = await lockstep('rbac', 'who-can', 'get', 'pods', '-n', NAMESPACE, '--from', 'both', '-o', 'json')
    await git('add', '.')
    await git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'commit', '-qm', 'Let team-a read Secrets')
    const why = ['rbac', 'explain', 'group:oidc:team-a', 'get', 'secrets', clusters[0]!.name, '-n', NAMESPACE]
    const explained = await lockstep(...why)
    const hand = await lockstep('rbac', 'explain', 'bob', 'get', 'pods', clusters[0]!.name, '-n', NAMESPACE)
    const denied = await lockstep('rbac', 'explain', 'bob', 'delete', 'pods', clusters[0]!.name, '-n', NAMESPACE)
    const review = await lockstep('rbac', 'review', '-o', 'csv')

    expect(JSON.parse(fromGit.stdout)).toEqual([
      expect.objectContaining({
        subject: 'group:oidc:team-a',
        grant: 'team-a',
        clusters: clusters.map(({ name }) => name),
      }),
    ])
    expect(can.stdout).toContain(`in ${NAMESPACE} of real-1, real-2\n`)
    expect(can.stdout).toMatch(/secrets +yes +yes +yes +high/)
    expect(JSON.parse(both.stdout)).toContainEqual(
      expect.objectContaining({ subject: 'user:bob', only: 'live', clusters: [clusters[0]!.name] }),
    )
    expect(explained.stdout).toMatch(
      /grant +team-a +rbac\/team-a.yaml:9:18 +[0-9a-f]{7,} \S+ Ada: Let team-a read Secrets/,
    )
    expect(explained.stdout).toMatch(/template +team +rbac\/team-a.yaml:3:18/)
    expect(explained).toMatchObject({ exitCode: 0 })
    expect(hand.stdout).toMatch(/binding +RoleBinding\/.*\/by-hand \(made by .* not from Git\)/)
    expect(denied).toMatchObject({ exitCode: 1, stdout: 'no: no role allows it\n' })
    expect(review.stdout).toContain(`high,hand-made,user:bob,RoleBinding/${NAMESPACE}/by-hand`)
    expect(review.exitCode).toBe(1)
  })

  test('what was granted by hand is critical drift, with its author, and goes where policy says so', async () => {
    const [cluster] = clusters as [RealCluster]
    const role = {
      metadata: { name: NAMESPACE, labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    }
    const url = '/apis/rbac.authorization.k8s.io/v1'
    await cluster.call('POST', `${url}/clusterroles`, { body: role })
    const grant = ['team/secrets', '--to', 'group:oidc:team-a', '-n', NAMESPACE, '-l', 'env=test']
    await lockstep('rbac', 'template', 'edit', 'team', '--role', 'look', '--preset', 'view')
    await lockstep('rbac', 'grant', 'team/look', ...grant.slice(1), '--name', 'team-a')
    await lockstep('sync')
    const unmanaged = async (...args: string[]) => {
      const { stdout, exitCode } = await lockstep('drift', '-o', 'json', ...args)
      const { findings } = JSON.parse(stdout) as DriftReport
      return { exitCode, findings: findings.filter(({ drift }) => drift === 'unmanaged') }
    }

    const reported = await unmanaged()
    const kept = await unmanaged('--heal')
    expect(reported.exitCode).toBe(1)
    expect(reported.findings).toEqual([
      expect.objectContaining({
        cluster: cluster.name,
        component: 'rbac-team-a',
        severity: 'critical',
        object: expect.objectContaining({ kind: 'RoleBinding', name: 'by-hand' }),
        manager: expect.any(String),
        changedAt: expect.any(String),
        note: expect.stringContaining('in a namespace whose access is managed'),
      }),
      expect.objectContaining({
        severity: 'critical',
        object: expect.objectContaining({ kind: 'ClusterRole', name: NAMESPACE }),
        note: 'adds its rules to view, which a grant gives',
      }),
    ])
    expect(kept.findings).toHaveLength(2)

    const file = join(folder, 'rbac', 'team-a.yaml')
    await writeFile(file, (await readFile(file, 'utf8')).trimEnd().concat('\n  unmanaged: remove\n'))
    const synced = await lockstep('sync')
    expect(synced, synced.stdout + synced.stderr).toMatchObject({ exitCode: 0 })
    expect((await unmanaged()).findings).toEqual([])
    expect((await cluster.call('GET', `${url}/clusterroles/${NAMESPACE}`)).status).toBe(404)
    expect((await cluster.call('GET', `${url}/namespaces/${NAMESPACE}/rolebindings/by-hand`)).status).toBe(404)
  })
})
