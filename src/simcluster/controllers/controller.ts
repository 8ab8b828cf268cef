import type { KubeObject } from '../../kube/object.ts'
import type { ApiUser } from '../api.ts'
import type { World } from './world.ts'

/** A change of one object, read when somebody looks. */
export type ObjectChange = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly resource: string
  readonly key: string
  /** Of a deletion, its last state. */
  readonly object: KubeObject
  readonly previous: KubeObject | undefined
}

/** Who a controller is to the server. */
export type Agent = { readonly user: ApiUser; readonly userAgent: string }

/** What a look at a key came to: done, or to be tried again because the server refused something. */
export type Outcome = 'failed' | undefined

/** Makes the world true to objects, one key at a time. Knows nothing but what it reads; may be woken in vain. */
export type Controller = {
  readonly name: string
  readonly agent: Agent
  /** By the resource that changed: the keys to look at. */
  readonly triggers: Readonly<Record<string, (change: ObjectChange, world: World) => Iterable<string>>>
  readonly reconcile: (key: string, world: World) => Outcome
}

const VERSION = 'v1.36.3 (linux/amd64) kubernetes/$Format'

/** A controller of kube-controller-manager. */
export const toManagerAgent = (name: string): Agent => ({
  user: { username: 'system:kube-controller-manager', groups: ['system:authenticated'] },
  userAgent: `kube-controller-manager/${VERSION}/${name}`,
})

/** kube-scheduler. */
export const SCHEDULER: Agent = {
  user: { username: 'system:kube-scheduler', groups: ['system:authenticated'] },
  userAgent: `kube-scheduler/${VERSION}/scheduler`,
}

/** The kubelet of a node. */
export const toKubeletAgent = (node: string): Agent => ({
  user: { username: `system:node:${node}`, groups: ['system:nodes', 'system:authenticated'] },
  userAgent: `kubelet/${VERSION}`,
})

/** The API server itself, as it writes to its own. */
export const APISERVER: Agent = {
  user: { username: 'system:apiserver', groups: ['system:authenticated', 'system:masters'] },
  userAgent: `kube-apiserver/${VERSION}`,
}

/** Triggers under this name want to know of every resource. */
export const EVERY_RESOURCE = '*'

/** The object itself, whatever happened to it. */
export const itself = ({ key }: ObjectChange): readonly string[] => [key]

/** The controller of a dependent, where it is of this kind; before and after the change. */
export const toOwnerKeys =
  (kind: string) =>
  ({ object, previous }: ObjectChange): readonly string[] => {
    const keys = new Set<string>()
    for (const each of [object, previous]) {
      const owner = each?.metadata.ownerReferences?.find(({ controller }) => controller)
      if (owner?.kind === kind) keys.add(`${each?.metadata.namespace}/${owner.name}`)
    }
    return [...keys]
  }
