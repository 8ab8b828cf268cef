import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RealFleet, startRealFleet } from '../../test/real/fleet.ts'
import { describeReal } from '../../test/real/shared-fleet.ts'
import { waitUntil } from '../../test/real/wait-until.ts'
import { type Git, initRepository } from './testing/git-repository.ts'
import { type LockstepRun, runLockstep } from './testing/run-lockstep.ts'

const API = 'apiVersion: lockstep.dev/v1alpha1'
const CLUSTERS = 10

describeReal('access on ten real clusters', () => {
  let fleet: RealFleet
  let work: string
  let folder: string
  let git: Git

  const lockstep = (...args: string[]): Promise<LockstepRun> =>
    runLockstep(args, { cwd: folder, env: { KUBECONFIG: fleet.kubeconfigFile, COLUMNS: '200' } })

  beforeAll(async () => {
    fleet = await startRealFleet({ clusters: CLUSTERS, controllers: false })
    work = await mkdtemp(join(tmpdir(), 'lockstep-rbac-fleet-'))
    folder = join(work, 'fleet')
    await mkdir(join(folder, 'clusters'), { recursive: true })
    await writeFile(join(folder, 'fleet.yaml'), `${API}\nkind: Fleet\nmetadata: {name: acme}\nspec: {}\n`)
    for (const { name } of fleet.clusters) {
      const spec = `{provider: {existing: {kubeconfig: {context: ${name}}}}}`
      const text = `${API}\nkind: Cluster\nmetadata: {name: ${name}, labels: {env: prod}}\nspec: ${spec}\n`
      await writeFile(join(folder, 'clusters', `${name}.yaml`), text)
    }
    git = await initRepository(folder)
  })
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]()
    await rm(work, { recursive: true, force: true })
  })

  /** On how many clusters alice, who is in oidc:team-a, may deploy. */
  const countDeployers = async (): Promise<number> => {
    const answers = await Promise.all(
      fleet.clusters.map((cluster) =>
        cluster.call<{ status: { allowed: boolean } }>(
          'POST',
          '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
          {
            user: 'alice',
            body: {
              spec: {
                resourceAttributes: { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'default' },
              },
            },
          },
        ),
      ),
    )
    return answers.filter(({ body }) => body.status.allowed).length
  }

  test('one command and a merge give a team its access everywhere, and one more takes it away', async () => {
    await lockstep('rbac', 'template', 'new', 'team', '--preset', 'deployer', '--commit')
    const grant = [
      'rbac',
      'grant',
      'deployer',
      '--to',
      'group:oidc:team-a',
      '-n',
      'default',
      '-l',
      'env=prod',
      '--push',
    ]
    const pushed = await lockstep(...grant)
    const branch = /as (lockstep\/\S+)/.exec(pushed.stdout)?.[1] as string
    const before = await lockstep('sync')
    expect([pushed.exitCode, before.exitCode, await countDeployers()]).toEqual([0, 0, 0])

    await git('fetch', '-q', 'origin')
    await git('merge', '-q', `origin/${branch}`)
    const synced = await lockstep('sync')
    expect(synced).toMatchObject({ exitCode: 0 })
    await waitUntil('the access', async () => (await countDeployers()) === CLUSTERS)
    const who = await lockstep('rbac', 'who-can', 'patch', 'deployments', '-n', 'default', '-o', 'json')
    expect(JSON.parse(who.stdout)).toContainEqual(
      expect.objectContaining({
        subject: 'group:oidc:team-a',
        clusters: expect.objectContaining({ length: CLUSTERS }),
      }),
    )

    await lockstep('rbac', 'revoke', 'group:oidc:team-a', '--commit')
    const revoked = await lockstep('sync')
    expect(revoked).toMatchObject({ exitCode: 0 })
    await waitUntil('the end of it', async () => (await countDeployers()) === 0)
  })
})
