import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createCertificate } from '../../src/simcluster/certificate.ts'
import { startRealFleet } from '../real/fleet.ts'
import { findPort } from '../real/ports.ts'
import { describeReal } from '../real/shared-fleet.ts'
import { openHubWorld, SECRET, until } from './hub-world.ts'

const APP = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {version: "1"}
`

/** An API server that sends its audit events to the hub. */
const toAuditConfig = (url: string, authority: string): string => `apiVersion: v1
kind: Config
clusters: [{name: hub, cluster: {server: "${url}", certificate-authority-data: ${Buffer.from(authority).toString('base64')}}}]
users: [{name: apiserver, user: {token: "${SECRET}"}}]
contexts: [{name: hub, context: {cluster: hub, user: apiserver}}]
current-context: hub
`

describeReal('drift on an API server that tells who did it', () => {
  test('has the user, the groups, the address and the program of whoever made it', { timeout: 180_000 }, async () => {
    await using stack = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-audit-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const listen = `127.0.0.1:${await findPort()}`
    const tls = createCertificate(new Date())
    const [config, certFile, keyFile] = ['audit-webhook.yaml', 'hub.crt', 'hub.key'].map((name) =>
      join(folder, name),
    ) as [string, string, string]
    await writeFile(certFile, tls.certificate)
    await writeFile(keyFile, tls.key)
    await writeFile(config, toAuditConfig(`https://${listen}/webhooks/kubernetes-audit/real-1`, tls.certificate))
    const apiserverArgs = [`--audit-webhook-config-file=${config}`, '--audit-webhook-batch-max-wait=1s']
    const fleet = stack.use(await startRealFleet({ clusters: 1, nodes: 0, controllers: false, apiserverArgs }))
    const [cluster] = fleet.clusters as [(typeof fleet.clusters)[0]]
    const world = stack.use(
      await openHubWorld({
        kubeconfig: fleet.kubeconfigFile,
        names: [cluster.name],
        files: { 'app/app.yaml': APP },
        hubArgs: ['--listen', listen, '--tls-cert-file', certFile, '--tls-key-file', keyFile],
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
