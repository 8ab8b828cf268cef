import { join } from 'node:path'

/** Where the files of a cluster are. */
export type ClusterFiles = {
  /** Certificates, kubeconfigs, logs. */
  readonly folder: string
  readonly auditLog: string
  readonly auditPolicy: string
  readonly egress: string
  readonly tokenFile: string
}

/** etcd for the whole fleet. It keeps what it must not lose only until we end, so it never waits for the disk. */
export const toEtcdArgs = (folder: string, ports: { readonly client: number; readonly peer: number }): string[] => {
  const client = `http://127.0.0.1:${ports.client}`
  const peer = `http://127.0.0.1:${ports.peer}`
  return [
    'etcd',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    '--quota-backend-bytes=8589934592',
    '--log-level=warn',
  ]
}

/**
 * Pods and services have addresses that may be somebody's on the network around us. What the API server would send
 * there (to webhooks, aggregated APIs, kubelets) goes to a socket that nobody listens on, and fails at once. Webhooks
 * with a URL are not concerned.
 */
export const toEgressConfig = (folder: string): string => `apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
  - name: cluster
    connection:
      proxyProtocol: HTTPConnect
      transport: { uds: { udsName: ${join(folder, 'nobody.sock')} } }
`

/** An API server whose keys in etcd begin with the cluster's name. */
export const toApiserverArgs = (
  name: string,
  { folder, auditLog, auditPolicy, egress, tokenFile }: ClusterFiles,
  ports: { readonly etcd: number; readonly secure: number },
): string[] => [
  'kube-apiserver',
  `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
  `--etcd-prefix=/${name}`,
  '--bind-address=127.0.0.1',
  `--secure-port=${ports.secure}`,
  `--cert-dir=${folder}`,
  `--tls-cert-file=${join(folder, 'server.crt')}`,
  `--tls-private-key-file=${join(folder, 'server.key')}`,
  `--client-ca-file=${join(folder, 'ca.crt')}`,
  `--proxy-client-cert-file=${join(folder, 'proxy.crt')}`,
  `--proxy-client-key-file=${join(folder, 'proxy.key')}`,
  `--requestheader-client-ca-file=${join(folder, 'ca.crt')}`,
  '--requestheader-allowed-names=aggregator',
  '--requestheader-extra-headers-prefix=X-Remote-Extra-',
  '--requestheader-group-headers=X-Remote-Group',
  '--requestheader-username-headers=X-Remote-User',
  `--token-auth-file=${tokenFile}`,
  '--authorization-mode=Node,RBAC',
  '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
  `--service-account-key-file=${join(folder, 'sa.pub')}`,
  `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
  '--service-cluster-ip-range=10.96.0.0/16',
  '--allow-privileged=true',
  `--audit-log-path=${auditLog}`,
  `--audit-policy-file=${auditPolicy}`,
  `--egress-selector-config-file=${egress}`,
  // The server never throttles: on a busy machine a 429 would come by chance. A test that wants them passes limits.
  '--enable-priority-and-fairness=false',
  '--max-requests-inflight=0',
  '--max-mutating-requests-inflight=0',
]

/** The default controllers. A fake node does not heartbeat, and is believed to be well all the same. */
export const toControllerManagerArgs = (kubeconfig: string, { folder }: ClusterFiles): string[] => [
  'kube-controller-manager',
  `--kubeconfig=${kubeconfig}`,
  '--secure-port=0',
  '--leader-elect=false',
  '--kube-api-qps=1000',
  '--kube-api-burst=2000',
  `--root-ca-file=${join(folder, 'ca.crt')}`,
  `--service-account-private-key-file=${join(folder, 'sa.key')}`,
  `--cluster-signing-cert-file=${join(folder, 'ca.crt')}`,
  `--cluster-signing-key-file=${join(folder, 'ca.key')}`,
  '--node-monitor-grace-period=24h',
  '--horizontal-pod-autoscaler-sync-period=1s',
  '--enable-hostpath-provisioner=true',
]

/** The default scheduler. */
export const toSchedulerArgs = (kubeconfig: string): string[] => [
  'kube-scheduler',
  `--kubeconfig=${kubeconfig}`,
  '--secure-port=0',
  '--leader-elect=false',
  '--kube-api-qps=1000',
  '--kube-api-burst=2000',
]

/** kwok in place of kubelets. */
export const toKwokArgs = (kubeconfig: string, kwok: string): string[] => [
  'exec',
  kwok,
  `--kubeconfig=${kubeconfig}`,
  `--config=${join(import.meta.dirname, 'kwok/stages.yaml')}`,
  '--node-ip=127.0.0.1',
  '--manage-all-nodes=false',
  '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
]
