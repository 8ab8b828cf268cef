import type { KubeClient } from '../../../kube/client.ts'
import { type KubeObject, toGroup } from '../../../kube/object.ts'
import { computeStatus } from '../../../kube/status.ts'

/** Kinds that controllers write, or write to. */
const KINDS: readonly (readonly [string, string])[] = [
  ['apps', 'Deployment'],
  ['apps', 'ReplicaSet'],
  ['apps', 'StatefulSet'],
  ['apps', 'DaemonSet'],
  ['apps', 'ControllerRevision'],
  ['batch', 'Job'],
  ['batch', 'CronJob'],
  ['', 'Pod'],
  ['', 'PersistentVolumeClaim'],
  ['', 'Endpoints'],
  ['discovery.k8s.io', 'EndpointSlice'],
  ['policy', 'PodDisruptionBudget'],
  ['autoscaling', 'HorizontalPodAutoscaler'],
  ['', 'ServiceAccount'],
  ['', 'ConfigMap'],
  ['', 'Secret'],
]

/** Creates objects in a namespace of their own. */
export const createObjects = async (
  client: KubeClient,
  namespace: string,
  objects: readonly KubeObject[],
): Promise<void> => {
  const discovery = await client.discover()
  const find = (group: string, kind: string) => {
    const resource = discovery.find(group, kind)
    if (!resource) throw new Error(`${kind} is not served`)
    return resource
  }
  const above = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  await client.create({ resource: find('', 'Namespace') }, above)
  for (const object of objects) {
    const resource = find(toGroup(object.apiVersion), object.kind)
    await client.create({ resource, namespace }, { ...object, metadata: { ...object.metadata, namespace } })
  }
}

/** The state of all that is in a namespace, without what differs from run to run, in an order that does not. */
export const readStates = async (client: KubeClient, namespace: string): Promise<readonly string[]> => {
  const discovery = await client.discover()
  const states: string[] = []
  for (const [group, kind] of KINDS) {
    const resource = discovery.find(group, kind)
    if (!resource) throw new Error(`${kind} is not served`)
    const { items } = await client.list({ resource, namespace })
    states.push(...items.map((item) => `${kind} ${formatState({ ...item, kind, apiVersion: toApiVersion(resource) })}`))
  }
  return states.sort()
}

const toApiVersion = ({ group, version }: { group: string; version: string }): string =>
  group === '' ? version : `${group}/${version}`

const formatState = (object: KubeObject): string => {
  const {
    name,
    generateName,
    labels,
    annotations,
    finalizers,
    ownerReferences = [],
    managedFields = [],
  } = object.metadata as KubeObject['metadata'] & { generateName?: string }
  const state = {
    name: generateName ?? name,
    kstatus: computeStatus(object).status,
    labels,
    annotations: annotations && Object.keys(annotations).every((key) => DROPPED.has(key)) ? undefined : annotations,
    finalizers,
    owners: ownerReferences.map(({ kind, controller }) => ({ kind, controller })),
    managers: managedFields
      .map(({ manager = '', operation, subresource = '' }) => `${toProgram(manager)} ${operation} ${subresource}`)
      .sort(),
    status: object.status,
    subsets: (object as { subsets?: unknown }).subsets,
    endpoints: (object as { endpoints?: unknown }).endpoints,
  }
  return mask(JSON.stringify(state, toSorted, 1))
}

/** In the test fleet, components run in one binary; and kwok is the kubelet. */
const toProgram = (manager: string): string =>
  manager
    .replace(/^controlplane-[0-9a-f]+$/, 'component')
    .replace(/^kwok-[0-9a-f]+$/, 'kubelet')
    .replace(/^kube-.*$/, 'component')

const DROPPED = new Set([
  'uid',
  'nodeName',
  'zone',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  // The real controller takes it away again when it looks once more and nothing has changed, which comes by chance.
  'endpoints.kubernetes.io/last-change-trigger-time',
])

/** Conditions are in the order of their last changes, which is a matter of a moment; pods in that of their addresses. */
const UNORDERED = new Set(['conditions', 'addresses', 'notReadyAddresses', 'endpoints'])
type Item = { readonly type?: string; readonly targetRef?: { readonly name: string } }
const toName = ({ type, targetRef }: Item): string => type ?? targetRef?.name ?? ''

const toSorted = (key: string, value: unknown): unknown => {
  // Nothing is said where null is: the simulated server leaves some of it out.
  if (value === null || DROPPED.has(key)) return undefined
  if (UNORDERED.has(key) && Array.isArray(value))
    return value.toSorted((left: Item, right: Item) => (toName(left) < toName(right) ? -1 : 1))
  if (typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value as object).sort(([left], [right]) => (left < right ? -1 : 1)))
}

/** Times, addresses, uids, and what is made of hashes or by chance. */
const mask = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>')
    .replaceAll(/\b(?:10|192)\.\d+\.\d+\.\d+\b/g, '<address>')
    .replaceAll(/\b(web|never|agent|db)-[bcdfghjklmnpqrstvwxz2456789]{7,10}(?:-[a-z0-9]{5})?\b/g, '$1-<hash>')
    .replaceAll(
      /"((?:pod-template|controller-revision|controller\.kubernetes\.io\/)-?hash)": "[a-z0-9]+"/g,
      '"$1": "<hash>"',
    )
    .replaceAll(/\b(once|indexed-\d|agent|web|db|never|empty)-[a-z0-9]{5}\b/g, '$1-<chance>')
