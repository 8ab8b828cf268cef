import { readFileSync } from 'node:fs'
import { dump } from 'js-yaml'

/** How one user reaches one cluster. */
export type KubeconfigContext = {
  readonly name: string
  readonly server: string
  readonly caFile: string
  readonly token: string
}

/** A kubeconfig that needs no other file; the first context is the current one. */
export const formatKubeconfig = (contexts: readonly KubeconfigContext[]): string =>
  dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: contexts.map(({ name, server, caFile }) => ({
      name,
      cluster: { server, 'certificate-authority-data': readFileSync(caFile).toString('base64') },
    })),
    users: contexts.map(({ name, token }) => ({ name, user: { token } })),
    contexts: contexts.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
    'current-context': contexts[0]?.name ?? '',
  })
