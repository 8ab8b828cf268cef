import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RealCluster } from '../../test/real/cluster.ts'
import { describeReal, sharedFleet } from '../../test/real/shared-fleet.ts'
import { waitUntil } from '../../test/real/wait-until.ts'
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
    expect(synced).toMatchObject({ exitCode: 0 })
    expect(after).toMatchObject({ exitCode: 0 })
    expect(after.stdout).not.toContain('gains')
    for (const cluster of clusters) await waitUntil('the access', () => canAlice(cluster, 'list', 'secrets'))
  })
})
