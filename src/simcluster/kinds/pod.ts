import type { Json, KubeObject } from '../../kube/object.ts'
import { hashText } from '../hash-text.ts'

type Fields = Readonly<Record<string, Json | undefined>>

const NOT_READY = ['not-ready', 'unreachable'].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}))

/** What admission gives every pod: an account with its token, how long it bears a lost node, and a priority. */
export const admitPod = (spec: Fields, uid: string): Fields => {
  const account = (spec.serviceAccountName as string | undefined) || 'default'
  const tolerations = (spec.tolerations ?? []) as readonly { key?: string; effect?: string }[]
  const missing = NOT_READY.filter(
    ({ key }) => !tolerations.some((own) => (own.key ?? key) === key && (own.effect ?? 'NoExecute') === 'NoExecute'),
  )
  const admitted: Fields = {
    ...spec,
    serviceAccountName: account,
    serviceAccount: account,
    tolerations: [...tolerations, ...missing] as Json,
    ...(spec.priority === undefined ? { priority: 0 } : {}),
    ...(spec.preemptionPolicy === undefined ? { preemptionPolicy: 'PreemptLowerPriority' } : {}),
  }
  return spec.automountServiceAccountToken === false ? admitted : mountToken(admitted, uid)
}

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'

const mountToken = (spec: Fields, uid: string): Fields => {
  const name = `kube-api-access-${hashText(uid).toString(36).padStart(5, '0').slice(-5)}`
  const mount = (container: Json): Json => {
    const { volumeMounts = [], ...rest } = container as { volumeMounts?: readonly { mountPath: string }[] }
    if (volumeMounts.some(({ mountPath }) => mountPath === TOKEN_PATH)) return container
    return { ...rest, volumeMounts: [...volumeMounts, { name, readOnly: true, mountPath: TOKEN_PATH }] }
  }
  const mounted = Object.fromEntries(
    ['containers', 'initContainers'].flatMap((key) =>
      Array.isArray(spec[key]) ? [[key, (spec[key] as Json[]).map(mount)]] : [],
    ),
  )
  const sources: Json = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
      },
    },
  ]
  const volume: Json = { name, projected: { sources, defaultMode: 420 } }
  return { ...spec, ...mounted, volumes: [...((spec.volumes ?? []) as Json[]), volume] }
}

/** How a pod is treated where a node runs short. */
export const toQosClass = ({ spec }: KubeObject): string => {
  const containers = ((spec as Fields).containers ?? []) as { resources?: { limits?: Fields; requests?: Fields } }[]
  const all = containers.map(({ resources = {} }) => [resources.requests ?? {}, resources.limits ?? {}] as const)
  if (all.every(([requests, limits]) => Object.keys({ ...requests, ...limits }).length === 0)) return 'BestEffort'
  const isGuaranteed = all.every(([requests, limits]) =>
    ['cpu', 'memory'].every((name) => limits[name] !== undefined && (requests[name] ?? limits[name]) === limits[name]),
  )
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}
