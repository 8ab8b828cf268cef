import { dump } from 'js-yaml'

/** How one user reaches one cluster. */
export type SimContext = {
  readonly name: string
  readonly server: string
  /** PEM. */
  readonly certificateAuthority: string
  readonly token: string
}

/** A kubeconfig that needs no other file; the first context is the current one. */
export const formatKubeconfig = (contexts: readonly SimContext[]): string =>
  dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: contexts.map(({ name, server, certificateAuthority }) => ({
      name,
      cluster: { server, 'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64') },
    })),
    users: contexts.map(({ name, token }) => ({ name, user: { token } })),
    contexts: contexts.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
    'current-context': contexts[0]?.name ?? '',
  })
