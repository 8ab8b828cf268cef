import type { KubeObject, Manifest } from '../../../src/kube/object.ts'
import type { Target } from '../actor.ts'
import type { Random } from '../random.ts'

/** One kind of tampering. */
export type Tampering = {
  /** What is done, as the predicate of a sentence. */
  readonly name: string
  /** Which objects it can be done to. */
  readonly applies: (object: KubeObject, manifest: Manifest) => boolean
  readonly tamper: (target: Target, random: Random) => Promise<unknown>
  /** What the truth must be when nothing else was done to the object; absent: it depends on the object. */
  readonly expect?: 'drift' | 'silent'
}

/** Names that managers of fields go by in the wild. */
export const MANAGERS = [
  'kubectl-edit',
  'kubectl-client-side-apply',
  'helm',
  'argocd-controller',
  'terraform',
  'manager',
  'lockstep',
] as const

export const isCustom = ({ apiVersion }: { readonly apiVersion: string }): boolean =>
  /^(tamper\.example\.com|monitoring\.coreos\.com)\//.test(apiVersion)
export const isWorkload = ({ kind }: { readonly kind: string }): boolean =>
  ['Deployment', 'DaemonSet', 'StatefulSet'].includes(kind)
export const isAny = (): boolean => true
