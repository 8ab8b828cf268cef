import { type Fingerprint, findOwnEntry } from '../inventory/fingerprint.ts'
import { hashEntry } from '../kube/managed-fields.ts'
import type { ObjectMetadata } from '../kube/object.ts'

/**
 * What metadata alone says of an object.
 * - `unconfirmed`: not in the list; one GET by name tells whether it is gone or lost its label.
 * - `terminating`: being deleted.
 * - `untouched`: not written since it was recorded, by anybody.
 * - `settled`: written since, but nothing outside status and metadata; metadata is all there is to compare.
 * - `suspect`: anything may have changed; it has to be read.
 */
export type Verdict = 'unconfirmed' | 'terminating' | 'untouched' | 'settled' | 'suspect'

/**
 * Decides from a fingerprint and live metadata, in the order in which an answer is certain. It rests on resourceVersion
 * and generation, which are the server's own: managed fields can be rewritten by whoever can write the object, so an
 * entry of ours that is unchanged proves nothing, while one that changed is a reason to look.
 */
export const computeVerdict = (fingerprint: Fingerprint | undefined, live: ObjectMetadata | undefined): Verdict => {
  if (!live) return 'unconfirmed'
  const { metadata } = live
  if (metadata.deletionTimestamp) return 'terminating'
  if (!fingerprint || fingerprint.uid !== metadata.uid) return 'suspect'
  if (fingerprint.resourceVersion === metadata.resourceVersion) return 'untouched'
  const isSettled =
    hasReliableGeneration(live) &&
    fingerprint.generation !== undefined &&
    fingerprint.generation === metadata.generation &&
    fingerprint.entry === hashOwnEntry(live)
  return isSettled ? 'settled' : 'suspect'
}

const hashOwnEntry = (live: ObjectMetadata): string | undefined => {
  const entry = findOwnEntry(live)
  return entry && hashEntry(entry)
}

// Built-in kinds whose generation moves with every change of their content. Not here, because they keep a generation
// that does not move (PriorityClass) or have none (ConfigMap, Secret, Role, ServiceAccount, Service, …).
const RELIABLE_KINDS: ReadonlySet<string> = new Set([
  'apps/Deployment',
  'apps/DaemonSet',
  'apps/StatefulSet',
  'apps/ReplicaSet',
  'batch/Job',
  'batch/CronJob',
  'policy/PodDisruptionBudget',
  'networking.k8s.io/NetworkPolicy',
  'networking.k8s.io/Ingress',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
])

/**
 * Custom resources move their generation with every change outside metadata (and status, where that is a subresource).
 * Groups of Kubernetes itself are trusted kind by kind; other `*.k8s.io` groups may be served by anything.
 */
const hasReliableGeneration = ({ apiVersion, kind }: ObjectMetadata): boolean => {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] as string) : ''
  return group.includes('.') && !group.endsWith('.k8s.io') ? true : RELIABLE_KINDS.has(`${group}/${kind}`)
}
