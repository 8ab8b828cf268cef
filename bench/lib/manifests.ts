import type { Manifest } from '../../src/kube/object.ts'

/** A namespace. */
export const toNamespace = (name: string): Manifest => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

/** A ConfigMap of about 2 kB. */
export const toConfigMap = (namespace: string, index: number): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `settings-${index}`, namespace },
  data: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`key-${at}`, `${index}-${at}-`.padEnd(90, 'x')])),
})

/** A Deployment without pods, with what people usually state. */
export const toDeployment = (namespace: string, index: number): Manifest => {
  const labels = { 'app.kubernetes.io/name': `web-${index}` }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `web-${index}`, namespace, labels },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          securityContext: { runAsNonRoot: true, runAsUser: 65_534 },
          containers: [
            {
              name: 'web',
              image: 'registry.k8s.io/pause:3.10',
              ports: [{ name: 'http', containerPort: 8_080 }],
              env: [{ name: 'LEVEL', value: 'info' }],
              resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '64Mi' } },
              readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
            },
          ],
        },
      },
    },
  }
}

const toService = (namespace: string, index: number): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: `web-${index}`, namespace },
  spec: {
    selector: { 'app.kubernetes.io/name': `web-${index}` },
    ports: [{ name: 'http', port: 80, targetPort: 'http' }],
  },
})

const toServiceAccount = (namespace: string, index: number): Manifest => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: `web-${index}`, namespace },
})

const toRole = (namespace: string, index: number): Manifest => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: `web-${index}`, namespace },
  rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [`settings-${index}`], verbs: ['get'] }],
})

const toRoleBinding = (namespace: string, index: number): Manifest => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: `web-${index}`, namespace },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: `web-${index}` },
  subjects: [{ kind: 'ServiceAccount', name: `web-${index}`, namespace }],
})

const PARTS = [toConfigMap, toDeployment, toService, toServiceAccount, toRole, toRoleBinding]

/** As many objects as asked for: namespaces of 100, with applications of six kinds. */
export const createApplications = (count: number): Manifest[] =>
  Array.from({ length: count }, (_, at) => {
    const namespace = `team-${Math.floor(at / 100)}`
    const index = Math.floor(at / PARTS.length)
    return at % 100 === 0 ? toNamespace(namespace) : PARTS[at % PARTS.length]!(namespace, index)
  })
