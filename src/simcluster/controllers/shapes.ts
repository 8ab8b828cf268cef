import type { LabelRequirement, LabelSelector } from '../../kube/label-selector.ts'
import type { KubeObject } from '../../kube/object.ts'

/** One requirement of a node's labels or fields. */
export type NodeRequirement = {
  readonly key: string
  readonly operator: LabelRequirement['operator'] | 'Gt' | 'Lt'
  readonly values?: readonly string[]
}

/** A condition in a status. */
export type Condition = {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string | undefined
  readonly lastUpdateTime?: string
  readonly lastProbeTime?: string | null
  readonly observedGeneration?: number
}

/** A port of a container. */
export type ContainerPort = {
  readonly name?: string
  readonly containerPort: number
  readonly protocol?: string
  readonly hostPort?: number
}

/** A container, as far as somebody here looks. */
export type Container = {
  readonly name: string
  readonly image?: string
  readonly ports?: readonly ContainerPort[]
  readonly restartPolicy?: string
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> }
}

/** A taint of a node. */
export type Taint = { readonly key: string; readonly value?: string; readonly effect: string }
/** What a pod bears. */
export type Toleration = {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
  readonly tolerationSeconds?: number
}
/** Terms of which one has to be true of a node. */
export type NodeSelectorTerm = {
  readonly matchExpressions?: readonly NodeRequirement[]
  readonly matchFields?: readonly NodeRequirement[]
}
/** Pods near which another may not, or must be. */
export type PodAffinityTerm = {
  readonly labelSelector?: LabelSelector
  readonly topologyKey: string
  readonly namespaces?: readonly string[]
}

/** What a pod is to be. */
export type PodSpec = {
  readonly nodeName?: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly hostNetwork?: boolean
  readonly restartPolicy?: string
  readonly schedulerName?: string
  readonly schedulingGates?: readonly unknown[]
  readonly priority?: number
  readonly hostname?: string
  readonly subdomain?: string
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly readinessGates?: readonly { readonly conditionType: string }[]
  readonly tolerations?: readonly Toleration[]
  readonly volumes?: readonly Volume[]
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms?: readonly NodeSelectorTerm[]
      }
    }
    readonly podAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] }
    readonly podAntiAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] }
  }
}
/** A volume of a pod. */
export type Volume = {
  readonly name: string
  readonly persistentVolumeClaim?: { readonly claimName: string }
  readonly [source: string]: unknown
}

/** A pod. */
export type Pod = KubeObject & {
  readonly spec: PodSpec
  readonly status?: {
    readonly phase?: string
    readonly podIP?: string
    readonly podIPs?: readonly { readonly ip: string }[]
    readonly conditions?: readonly Condition[]
    readonly startTime?: string
    readonly containerStatuses?: readonly {
      readonly state?: { readonly terminated?: { readonly finishedAt?: string } }
    }[]
  }
}

/** What pods are made of. */
export type PodTemplate = {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly finalizers?: readonly string[]
  }
  readonly spec: PodSpec
}

/** A number, or a share of another one. */
export type IntOrPercent = number | string
