import type { Impersonation } from './client.ts'

/** Who we are to an API server. A token goes into every request, a certificate into the connection. */
export type Credentials = {
  /** The whole `Authorization` header. */
  readonly authorization?: string
  /** PEM. */
  readonly clientCertificate?: string
  /** PEM. */
  readonly clientKey?: string
}

/** Where an API server is and how to get in: what a kubeconfig's context comes to. */
export type ClusterAccess = {
  /** `https://host:port`, with a path prefix where the server is behind one. */
  readonly server: string
  /** PEM; absent: the system's authorities. */
  readonly certificateAuthority?: string
  readonly insecureSkipTlsVerify?: boolean
  readonly tlsServerName?: string
  readonly proxyUrl?: string
  /** The context's namespace. */
  readonly namespace?: string
  readonly impersonate?: Impersonation
  /**
   * Asked before every request, so cached as long as they are good. `renew` asks for new ones: the server refused
   * those it was sent. Equal credentials are the same object.
   */
  readonly getCredentials: (options?: {
    readonly renew?: boolean
    readonly signal?: AbortSignal
  }) => Promise<Credentials>
}
