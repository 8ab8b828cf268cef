import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startRealFleet } from '../real/fleet.ts'
import { describeReal } from '../real/shared-fleet.ts'
import { prepareAuditedHub } from './audit-webhook.ts'
import { openHubWorld, until } from './hub-world.ts'

const APP = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {version: "1"}
`

describeReal('drift on an API server that tells who did it', () => {
  test('has the user, the groups, the address and the program of whoever made it', { timeout: 180_000 }, async () => {
    await using stack = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-audit-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const audited = await prepareAuditedHub(folder, ['real-1'])
    const { apiserverArgs } = audited
    const fleet = stack.use(await startRealFleet({ clusters: 1, nodes: 0, controllers: false, apiserverArgs }))
    const [cluster] = fleet.clusters as [(typeof fleet.clusters)[0]]
    const world = stack.use(
      await openHubWorld({
        kubeconfig: fleet.kubeconfigFile,
        names: [cluster.name],
        files: { 'app/app.yaml': APP },
        hub: audited,
      }),
    )
    await world.startHub()
    await world.hub().waitFor(({ message }) => message === 'rollout: done')
    const path = '/api/v1/namespaces/hub-shop/configmaps/settings?fieldManager=somebody'
    await cluster.call('PATCH', path, {
      user: 'admin',
      body: { data: { version: 'changed' } },
      contentType: 'application/merge-patch+json',
      headers: { 'user-agent': 'curious/1.0' },
    })
    await until('it is known who did it', async () => {
      const [finding] = await world.store.listFindings({})
      return finding?.actor !== undefined && finding.closed !== undefined
    })
    const [finding] = await world.store.listFindings({})
    const [record] = await world.store.listAudit({ type: 'finding.attributed' })

    expect(finding).toMatchObject({
      field: '/data/version',
      manager: 'somebody',
      actor: expect.stringMatching(/admin/),
    })
    expect(record?.data).toMatchObject({
      user: finding?.actor,
      groups: expect.arrayContaining(['system:authenticated']),
      sourceIps: ['127.0.0.1'],
      userAgent: 'curious/1.0',
      verb: 'patch',
    })
  })
})
