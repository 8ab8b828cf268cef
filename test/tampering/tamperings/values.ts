import { listAdditions, listChanges, pickChange, toApplied, toJsonPatch, toMergePatch } from '../changes.ts'
import { at, listAt, podSpecPath, type Tree } from '../tree.ts'
import { isCustom, isWorkload, MANAGERS, type Tampering } from './tampering.ts'

const hasChanges: Tampering['applies'] = (object) => listChanges(object).length > 0
const hasAdditions: Tampering['applies'] = (object) => listAdditions(object).length > 0

/** Its versions are one value to an apply and to a strategic patch: part of it is not valid. */
const isDefinition = ({ kind }: { readonly kind: string }): boolean => kind === 'CustomResourceDefinition'

/** Values changed, added and removed by every verb and patch type. */
export const VALUE_TAMPERINGS: readonly Tampering[] = [
  {
    name: 'changes a value by a JSON patch',
    applies: hasChanges,
    expect: 'drift',
    tamper: ({ live, patchJson }, random) =>
      patchJson(toJsonPatch(live, pickChange(live, random)), { manager: random.pick(MANAGERS) }),
  },
  {
    name: 'changes a value by a merge patch',
    applies: hasChanges,
    expect: 'drift',
    tamper: ({ live, patchMerge }, random) =>
      patchMerge(toMergePatch(live, pickChange(live, random)), { manager: random.pick(MANAGERS) }),
  },
  {
    name: 'changes a value by a strategic merge patch',
    applies: (object, manifest) => hasChanges(object, manifest) && !isCustom(object) && !isDefinition(object),
    expect: 'drift',
    tamper: ({ live, patchStrategic }, random) =>
      patchStrategic(toApplied(live, pickChange(live, random)), { manager: random.pick(MANAGERS) }),
  },
  {
    name: 'changes a value by a PUT',
    applies: hasChanges,
    expect: 'drift',
    tamper: async ({ live, put }, random) => {
      const change = pickChange(live, random)
      await put((object) => Object.assign(object, mergeDeep(object, toMergePatch(object, change))), {
        manager: random.pick(MANAGERS),
      })
    },
  },
  {
    name: 'changes a value by server-side apply as another manager',
    applies: (object, manifest) => hasChanges(object, manifest) && !isDefinition(object),
    expect: 'drift',
    tamper: ({ live, apply }, random) =>
      apply(toApplied(live, pickChange(live, random)), { manager: random.pick(['flux', 'argocd', 'kubectl']) }),
  },
  {
    name: 'changes several values one after the other',
    applies: (object) => listChanges(object).length > 1,
    expect: 'drift',
    tamper: async ({ live, patchJson }, random) => {
      for (const change of random.shuffle(listChanges(live)).slice(0, 3)) {
        await patchJson(toJsonPatch(live, change), { manager: random.pick(MANAGERS) })
      }
    },
  },
  {
    name: 'adds a field by a JSON patch',
    applies: hasAdditions,
    expect: 'drift',
    tamper: ({ live, patchJson }, random) =>
      patchJson(toJsonPatch(live, random.pick(listAdditions(live))), { manager: random.pick(MANAGERS) }),
  },
  {
    name: 'adds a field by a merge patch',
    applies: hasAdditions,
    expect: 'drift',
    tamper: ({ live, patchMerge }, random) =>
      patchMerge(toMergePatch(live, random.pick(listAdditions(live))), { manager: random.pick(MANAGERS) }),
  },
  {
    name: 'adds a field by a PUT',
    applies: hasAdditions,
    expect: 'drift',
    tamper: async ({ live, put }, random) => {
      const change = random.pick(listAdditions(live))
      await put((object) => Object.assign(object, mergeDeep(object, toMergePatch(object, change))), {
        manager: 'kubectl-edit',
      })
    },
  },
  {
    name: 'adds a field by server-side apply as another manager',
    applies: hasAdditions,
    expect: 'drift',
    tamper: ({ live, apply }, random) => apply(toApplied(live, random.pick(listAdditions(live))), { manager: 'flux' }),
  },
  {
    name: 'removes a field that Git states',
    applies: (_, manifest) => listRemovable(manifest).length > 0,
    expect: 'drift',
    tamper: ({ manifest, live, patchJson }, random) => {
      const pointer = random.pick(listRemovable(manifest).filter((found) => at(live, found) !== undefined))
      return patchJson([{ op: 'remove', path: pointer }], { manager: random.pick(MANAGERS) })
    },
  },
  {
    name: 'changes a value that the server had filled in',
    applies: isWorkload,
    expect: 'drift',
    tamper: ({ live, patchJson }, random) => {
      const spec = podSpecPath(live) as string
      const change = random.pick([
        { pointer: `${spec}/dnsPolicy`, value: 'Default' },
        { pointer: `${spec}/containers/0/terminationMessagePolicy`, value: 'FallbackToLogsOnError' },
        { pointer: `${spec}/containers/0/terminationMessagePath`, value: '/evil' },
        { pointer: `${spec}/schedulerName`, value: 'evil' },
      ])
      return patchJson(toJsonPatch(live, change))
    },
  },
  {
    name: 'opens the host to a workload',
    applies: isWorkload,
    expect: 'drift',
    tamper: ({ live, patchStrategic }) => {
      const [container] = listAt(live, `${podSpecPath(live)}/containers`)
      return patchStrategic({
        spec: {
          template: {
            spec: {
              hostIPC: true,
              containers: [
                { name: container?.name, securityContext: { runAsUser: 0, capabilities: { add: ['SYS_ADMIN'] } } },
              ],
            },
          },
        },
      })
    },
  },
  {
    name: 'gives pods another service account',
    applies: isWorkload,
    expect: 'drift',
    tamper: ({ patchStrategic }) =>
      patchStrategic({ spec: { template: { spec: { serviceAccountName: 'evil' } } } }, { manager: 'kubectl-set' }),
  },
  {
    name: 'labels pods',
    applies: isWorkload,
    expect: 'drift',
    tamper: ({ patchMerge }) =>
      patchMerge({ spec: { template: { metadata: { labels: { evil: 'yes' }, annotations: { evil: 'yes' } } } } }),
  },
  {
    name: 'pauses a rollout',
    applies: ({ kind }) => kind === 'Deployment',
    expect: 'drift',
    tamper: ({ patchMerge }) => patchMerge({ spec: { paused: true } }, { manager: 'kubectl-rollout' }),
  },
  {
    name: 'restarts a rollout',
    applies: isWorkload,
    expect: 'drift',
    tamper: ({ patchStrategic }) =>
      patchStrategic(
        {
          spec: {
            template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' } } },
          },
        },
        { manager: 'kubectl-rollout' },
      ),
  },
  {
    name: 'exposes a Service',
    applies: ({ kind, spec }) =>
      kind === 'Service' && (spec as Tree).type === 'ClusterIP' && (spec as Tree).clusterIP !== 'None',
    expect: 'drift',
    tamper: ({ patchMerge }, random) => patchMerge({ spec: { type: random.pick(['NodePort', 'LoadBalancer']) } }),
  },
  {
    name: 'moves a node port that Git states',
    applies: (_, { kind, spec }) =>
      kind === 'Service' && listAt({ spec }, '/spec/ports').some(({ nodePort }) => nodePort !== undefined),
    expect: 'drift',
    tamper: ({ patchJson }, random) =>
      patchJson([{ op: 'replace', path: '/spec/ports/0/nodePort', value: 31000 + random.below(1000) }]),
  },
  {
    name: 'writes a Secret through stringData',
    applies: ({ kind, type }) => kind === 'Secret' && type === 'Opaque',
    expect: 'drift',
    tamper: ({ live, patchMerge }) =>
      patchMerge({ stringData: { [Object.keys((live.data ?? {}) as Tree)[0] ?? 'evil']: 'changed' } }),
  },
  {
    name: 'writes through another API version',
    applies: ({ kind }) => kind === 'HorizontalPodAutoscaler',
    expect: 'drift',
    tamper: ({ live, patchMerge }, random) =>
      patchMerge(
        { spec: { maxReplicas: 7 + random.below(5) } },
        { version: live.apiVersion.endsWith('v2') ? 'v1' : 'v2' },
      ),
  },
  {
    name: 'states through a newer API version what the old one cannot say',
    applies: ({ apiVersion }) => apiVersion === 'autoscaling/v1',
    expect: 'drift',
    tamper: ({ patchMerge }) =>
      patchMerge({ spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 7 } } } }, { version: 'v2' }),
  },
  {
    name: 'weakens the pod security of a namespace',
    applies: ({ kind, metadata }) =>
      kind === 'Namespace' && metadata.labels?.['pod-security.kubernetes.io/enforce'] !== undefined,
    expect: 'drift',
    tamper: ({ patchMerge }) =>
      patchMerge({ metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } }),
  },
  {
    name: 'changes deep inside a schema',
    applies: ({ kind }) => kind === 'CustomResourceDefinition',
    expect: 'drift',
    tamper: ({ patchJson }) =>
      patchJson([
        {
          op: 'add',
          path: '/spec/versions/0/schema/openAPIV3Schema/properties',
          value: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, evil: { type: 'string' } },
        },
      ]),
  },
]

/** Fields of a manifest that can go without the object becoming invalid. */
const listRemovable = (manifest: Tree | { readonly kind: string }): string[] => {
  const { kind } = manifest as { kind: string }
  const spec = podSpecPath({ kind })
  const candidates =
    spec && kind !== 'Pod'
      ? listAt(manifest, `${spec}/containers`).flatMap((container, index) =>
          ['args', 'env', 'resources', 'ports', 'readinessProbe', 'securityContext']
            .filter((field) => container[field] !== undefined && !isEmpty(container[field]))
            .map((field) => `${spec}/containers/${index}/${field}`),
        )
      : []
  const tops: Record<string, string[]> = {
    ConfigMap: ['/data', '/binaryData'],
    Secret: ['/data'],
    ServiceAccount: ['/automountServiceAccountToken'],
    Service: ['/spec/selector'],
    NetworkPolicy: ['/spec/egress'],
    RoleBinding: ['/subjects'],
    ClusterRoleBinding: ['/subjects'],
    Gadget: ['/spec/tags', '/spec/parts', '/spec/free', '/spec/size'],
    Blob: ['/contents', '/contents/nested'],
    ServiceMonitor: ['/spec/jobLabel'],
    PriorityClass: ['/description'],
    RuntimeClass: ['/scheduling'],
    Prometheus: ['/spec/resources', '/spec/podMetadata'],
  }
  return [...candidates, ...(tops[kind] ?? [])].filter((pointer) => !isEmpty(at(manifest, pointer)))
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

const mergeDeep = (target: unknown, patch: unknown): Tree => {
  const result: Tree = { ...(target as Tree) }
  for (const [key, value] of Object.entries(patch as Tree))
    result[key] =
      value !== null && typeof value === 'object' && !Array.isArray(value) ? mergeDeep(result[key] ?? {}, value) : value
  return result
}
