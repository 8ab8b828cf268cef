import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCertificate } from '../../src/simcluster/certificate.ts'
import { findPort } from '../real/ports.ts'
import { SECRET } from './hub-world.ts'

/** An address with a certificate, at which a hub can listen again and again, and API servers that tell it who did what. */
export type AuditedHub = {
  /** Flags of the hub. */
  readonly hubArgs: readonly string[]
  /** What its clients trust, PEM. */
  readonly authority: string
  readonly apiserverArgs: (cluster: string) => readonly string[]
}

/** Writes into the folder what a hub and the API servers of these clusters need. */
export const prepareAuditedHub = async (folder: string, clusters: readonly string[]): Promise<AuditedHub> => {
  const listen = `127.0.0.1:${await findPort()}`
  const tls = createCertificate(new Date())
  const [certFile, keyFile] = [join(folder, 'hub.crt'), join(folder, 'hub.key')]
  await writeFile(certFile, tls.certificate)
  await writeFile(keyFile, tls.key)
  const toFile = (cluster: string): string => join(folder, `audit-${cluster}.yaml`)
  for (const cluster of clusters) {
    const url = `https://${listen}/webhooks/kubernetes-audit/${cluster}`
    await writeFile(toFile(cluster), toAuditConfig(url, tls.certificate))
  }
  return {
    hubArgs: ['--listen', listen, '--tls-cert-file', certFile, '--tls-key-file', keyFile],
    authority: tls.certificate,
    apiserverArgs: (cluster) => [`--audit-webhook-config-file=${toFile(cluster)}`, '--audit-webhook-batch-max-wait=1s'],
  }
}

const toAuditConfig = (url: string, authority: string): string => `apiVersion: v1
kind: Config
clusters: [{name: hub, cluster: {server: "${url}", certificate-authority-data: ${Buffer.from(authority).toString('base64')}}}]
users: [{name: apiserver, user: {token: "${SECRET}"}}]
contexts: [{name: hub, context: {cluster: hub, user: apiserver}}]
current-context: hub
`
