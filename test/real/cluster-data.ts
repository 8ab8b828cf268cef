/** All there is to know of a running cluster, as plain data: what a test's worker is told of the shared fleet. */
export type RealClusterData = {
  /** `real-1`, `real-2`, …: also its context in kubeconfigs. */
  readonly name: string
  readonly server: string
  /** Kubeconfigs, certificates and logs. */
  readonly folder: string
  readonly caFile: string
  /** A client certificate of an administrator, for those who test that. */
  readonly adminCertificate: { readonly certFile: string; readonly keyFile: string }
  readonly auditLog: string
  readonly tokens: Readonly<Record<string, string>>
}

/** A fleet as plain data. */
export type RealFleetData = {
  readonly folder: string
  readonly clusters: readonly RealClusterData[]
}
