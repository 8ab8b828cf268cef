import { API_SERVICE } from './api-service.ts'
import { AUTOSCALER } from './autoscaler.ts'
import { CLUSTER_ROLE_AGGREGATION } from './cluster-role.ts'
import type { Controller } from './controller.ts'
import { CRON_JOB } from './cron-job.ts'
import { DAEMON_SET } from './daemon-set.ts'
import { DEFINITION } from './definition.ts'
import { DEPLOYMENT } from './deployment.ts'
import { DISRUPTION } from './disruption.ts'
import { ENDPOINT_SLICES, ENDPOINTS_CONTROLLER } from './endpoints.ts'
import { GARBAGE_COLLECTOR } from './garbage-collector.ts'
import { JOB, JOB_TTL } from './job.ts'
import { KUBELET_NODES, KUBELET_PODS } from './kubelet.ts'
import { NAMESPACE } from './namespace.ts'
import { REPLICA_SETS, REPLICATION_CONTROLLERS } from './replica-set.ts'
import { POD_SCHEDULER } from './scheduler.ts'
import { ACCOUNT_TOKENS, DEFAULT_ACCOUNTS, ROOT_CERTIFICATES } from './service-accounts.ts'
import { STATEFUL_SET } from './stateful-set.ts'
import { CLAIM_BINDER, VOLUME_RECLAIMER } from './volumes.ts'

/**
 * What works in a cluster beside its API server, in the order in which it is let: whoever counts what others make comes
 * after them, so that he counts once.
 */
export const ALL_CONTROLLERS: readonly Controller[] = [
  DEFINITION,
  DEFAULT_ACCOUNTS,
  ROOT_CERTIFICATES,
  ACCOUNT_TOKENS,
  CLUSTER_ROLE_AGGREGATION,
  KUBELET_NODES,
  CLAIM_BINDER,
  VOLUME_RECLAIMER,
  POD_SCHEDULER,
  KUBELET_PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  DEPLOYMENT,
  STATEFUL_SET,
  DAEMON_SET,
  CRON_JOB,
  JOB,
  JOB_TTL,
  ENDPOINT_SLICES,
  ENDPOINTS_CONTROLLER,
  DISRUPTION,
  AUTOSCALER,
  API_SERVICE,
  GARBAGE_COLLECTOR,
  NAMESPACE,
]
