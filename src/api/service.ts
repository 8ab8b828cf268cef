import { name, object } from '../fleet/schema/common.ts'
import { defineOperations } from './operation.ts'

const MIB = 1024 * 1024

/** What programs that run beside the hub ask it, or tell it. */
export const SERVICE_OPERATIONS = defineOperations({
  getHealth: {
    method: 'GET',
    path: '/healthz',
    topic: 'service',
    summary: 'Is the process alive? 200 while it is.',
    access: 'public',
    answer: 'raw',
  },
  getReadiness: {
    method: 'GET',
    path: '/readyz',
    topic: 'service',
    summary: 'Was the fleet read? 200, or 503 with the reason.',
    access: 'public',
    answer: 'raw',
  },
  getMetrics: {
    method: 'GET',
    path: '/metrics',
    topic: 'service',
    summary: 'Metrics in the text format of Prometheus.',
    access: 'public',
    answer: 'raw',
  },
  notePush: {
    method: 'POST',
    path: '/webhooks/git',
    topic: 'service',
    summary: 'A webhook of a Git provider, verified by its signature: the hub asks Git now. 202.',
    access: 'verified',
    body: 'bytes',
    maxBytes: MIB,
    answer: 'raw',
  },
  noteAuditEvents: {
    method: 'POST',
    path: '/webhooks/kubernetes-audit/{cluster}',
    topic: 'service',
    summary: "Audit events of a cluster's API server, verified by its token. 200.",
    access: 'verified',
    params: object('Of which cluster.', { cluster: name('The name of the cluster.') }),
    body: 'bytes',
    // What an API server sends at a time.
    maxBytes: 16 * MIB,
    answer: 'raw',
  },
  getOpenApi: {
    method: 'GET',
    path: '/api/v1/openapi.json',
    topic: 'service',
    summary: 'This description, as OpenAPI 3.1.',
    access: 'public',
    answer: 'raw',
  },
})
