import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock, systemRandom } from '../src/base/system-clock.ts'
import type { Resource } from '../src/kube/client.ts'
import { createKubeClient } from '../src/kube/http-client.ts'
import { loadKubeconfig } from '../src/kube/kubeconfig.ts'
import { type HubLine, type HubProcess, startHubProcess } from '../test/hub-process.ts'
import type { AuditEvent } from '../test/real/audit-log.ts'
import type { RealCluster } from '../test/real/cluster.ts'
import { startRealFleet } from '../test/real/fleet.ts'
import type { Bench } from './lib/bench.ts'
import { writeFleetRepository } from './lib/fleet-repository.ts'
import { formatMillis } from './lib/statistics.ts'

const PER_SECOND = 50
const SECONDS = 30
const WARM_UP = 100

/** One tampering of a kind of object: something that a stranger writes, and where the hub has to see it. */
type Tampering = {
  readonly path: string
  readonly method: string
  readonly body?: unknown
  readonly type?: string
  readonly sign: string
}

/**
 * The whole hub as a process of its own, on a real API server: 50 tamperings a second by another client, each timed from
 * the server's answer to the lines in which the hub says that it was seen, recorded, and undone.
 */
export const hubDriftBench: Bench = {
  name: 'hub-drift',
  title: `a hub and kube-prometheus (131 objects) on one cluster, ${PER_SECOND} tamperings a second for ${SECONDS} s`,
  run: async ({ folder, corpus }) => {
    // Controllers and the hub would share two cores, and every change of a template would be a rollout of theirs.
    await using fleet = await startRealFleet({ clusters: 1, nodes: 0, controllers: false })
    const [cluster] = fleet.clusters as [RealCluster]
    const { args } = await writeFleetRepository(folder, corpus, {
      clusters: [cluster.name],
      kubeconfigFile: fleet.kubeconfigFile,
      spec: '{defaults: {wait: 0s}}',
    })
    const data = join(folder, '..', 'hub')
    await mkdir(data, { recursive: true })
    await using hub = await startHubProcess([...args, '--data', data, '--cache-dir', join(folder, '..', 'cache')])
    await hub.waitFor(({ message }) => message === 'rollout: done', { timeoutMs: 300_000 })
    await sleep(5_000)
    const targets = await listTargets(cluster)
    await using watch = await startBareWatch(cluster)
    const { result: all, requests: under } = await cluster.countRequests(async () => {
      const done = await tamper(cluster, targets)
      await sleep(5_000)
      return done
    })
    const times = measure(all.slice(WARM_UP), hub)
    const bare = measureBare(all.slice(WARM_UP), watch.seen)
    // Until the right to write is given back.
    await sleep(10_000)
    const { requests: idle } = await cluster.countRequests(() => sleep(60_000))
    const isOwn = ({ userAgent }: AuditEvent): boolean => userAgent?.startsWith('lockstep') === true
    return [
      {
        what: 'the same changes as a bare watch of ConfigMaps tells them, in the same run',
        measured: `p50 ${formatMillis(bare(0.5))}, p99 ${formatMillis(bare(0.99))}`,
      },
      {
        what: `drift seen and recorded, of ${times.count} tamperings`,
        measured: `p50 ${formatMillis(times.seen(0.5))}, p99 ${formatMillis(times.seen(0.99))}; ${times.unseen} not seen`,
        goal: 'p99 < 50 ms',
        reached: times.unseen === 0 && times.seen(0.99) < 50,
      },
      {
        what: 'drift healed, and that recorded',
        measured: `p50 ${formatMillis(times.healed(0.5))}, p99 ${formatMillis(times.healed(0.99))}; ${times.unhealed} not healed`,
        goal: 'p99 < 250 ms',
        reached: times.unhealed === 0 && times.healed(0.99) < 250,
      },
      {
        what: 'its requests for each of them',
        measured: (under.filter(isOwn).length / all.length).toFixed(1),
      },
      {
        what: 'requests of the hub in a minute in which nothing happens',
        measured: `${idle.filter(isOwn).length} requests`,
        goal: '0 an object',
        reached: idle.filter(isOwn).length === 0,
      },
      { what: 'memory of the hub then', measured: `${Math.round(hub.residentBytes() / 2 ** 20)} MiB` },
    ]
  },
}

type Target = { readonly path: string; readonly kind: string; readonly name: string }

const KINDS: Readonly<Record<string, string>> = {
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  ConfigMap: '/api/v1/configmaps',
  Deployment: '/apis/apps/v1/deployments',
  NetworkPolicy: '/apis/networking.k8s.io/v1/networkpolicies',
  PodDisruptionBudget: '/apis/policy/v1/poddisruptionbudgets',
  PrometheusRule: '/apis/monitoring.coreos.com/v1/prometheusrules',
  Role: '/apis/rbac.authorization.k8s.io/v1/roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/rolebindings',
  Secret: '/api/v1/secrets',
  Service: '/api/v1/services',
  ServiceAccount: '/api/v1/serviceaccounts',
  ServiceMonitor: '/apis/monitoring.coreos.com/v1/servicemonitors',
}

/** Every object of these kinds that the hub owns. */
const listTargets = async (cluster: RealCluster): Promise<Target[]> => {
  const found = await Promise.all(
    Object.entries(KINDS).map(async ([kind, path]) => {
      const { body } = await cluster.call<{ items: { metadata: { name: string; namespace?: string } }[] }>(
        'GET',
        `${path}?labelSelector=applyset.kubernetes.io%2Fpart-of`,
      )
      return body.items.map(({ metadata: { name, namespace } }): Target => {
        const [, group, plural] = /^(.*)\/([a-z]+)$/.exec(path) as unknown as [string, string, string]
        return namespace
          ? { kind, name: `${namespace}/${name}`, path: `${group}/namespaces/${namespace}/${plural}/${name}` }
          : { kind, name, path: `${path}/${name}` }
      })
    }),
  )
  return found.flat()
}

/** The stranger does not read what he wrote: that would be load of his. */
const METADATA = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' }

type Done = { readonly sign: string; readonly at: number }

const tamper = async (cluster: RealCluster, targets: readonly Target[]): Promise<Done[]> => {
  const done: Done[] = []
  const running = new Set<Promise<void>>()
  const start = Date.now()
  for (let number = 0; number < PER_SECOND * SECONDS; number++) {
    await sleep(Math.max(0, start + (number * 1_000) / PER_SECOND - Date.now()))
    const target = targets[(number * 37) % targets.length] as Target
    const { path, method, body, type, sign } = toTampering(target, number)
    const query = method === 'DELETE' ? '' : `?fieldManager=stranger-${number}`
    const sending = cluster
      .call(method, `${path}${query}`, {
        headers: METADATA,
        ...(body === undefined ? {} : { body }),
        ...(type ? { contentType: type } : {}),
      })
      .then(({ status }) => {
        if (status < 300) done.push({ sign, at: Date.now() })
      })
      .finally(() => running.delete(sending))
    running.add(sending)
  }
  await Promise.all(running)
  return done
}

const toTampering = ({ kind, name, path }: Target, number: number): Tampering => {
  const key = `stranger-${number}`
  const merge = 'application/merge-patch+json'
  const object = `${kind}/${name}`
  if (kind === 'Deployment')
    return {
      path,
      method: 'PATCH',
      type: merge,
      body: { spec: { template: { metadata: { annotations: { [key]: 'x' } } } } },
      sign: `${object} ${key}`,
    }
  if (kind === 'ConfigMap')
    return { path, method: 'PATCH', type: merge, body: { data: { [key]: 'x' } }, sign: `${object} ${key}` }
  return {
    path,
    method: 'PATCH',
    type: merge,
    body: { metadata: { annotations: { [key]: 'x' } } },
    sign: `${object} ${key}`,
  }
}

/** When each change to a ConfigMap came out of a watch of nobody in particular. */
const startBareWatch = async (
  cluster: RealCluster,
): Promise<AsyncDisposable & { readonly seen: ReadonlyMap<string, number> }> => {
  const access = await loadKubeconfig(
    { paths: [cluster.kubeconfigFile], allowExec: [] },
    { clock: systemClock, env: {} },
  )
  const client = createKubeClient(access, { clock: systemClock, random: systemRandom, userAgent: 'bare-watch' })
  const stop = new AbortController()
  const seen = new Map<string, number>()
  const resource = (await client.discover()).find('', 'ConfigMap') as Resource
  const { resourceVersion } = await client.listMetadata({ resource })
  const watching = (async () => {
    for await (const event of client.watchMetadata({ resource, resourceVersion }, { signal: stop.signal })) {
      if (event.type !== 'MODIFIED') continue
      const { name, namespace, managedFields = [] } = event.object.metadata
      for (const { manager } of managedFields) {
        const sign = `ConfigMap/${namespace}/${name} ${manager}`
        if (manager?.startsWith('stranger-') && !seen.has(sign)) seen.set(sign, Date.now())
      }
    }
  })()
  return {
    seen,
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await watching
      await client[Symbol.asyncDispose]()
    },
  }
}

const measureBare = (all: readonly Done[], seen: ReadonlyMap<string, number>): ((part: number) => number) =>
  toQuantile(all.flatMap(({ sign, at }) => (seen.has(sign) ? [Math.max(0, (seen.get(sign) as number) - at)] : [])))

const toQuantile =
  (values: readonly number[]) =>
  (part: number): number =>
    values.toSorted((left, right) => left - right)[Math.ceil(values.length * part) - 1] ?? Number.POSITIVE_INFINITY

/** Joins what was done with what the hub said, by the object and the field that no other tampering has. */
const measure = (all: readonly Done[], { lines }: HubProcess) => {
  const times = (message: string): Map<string, number> =>
    new Map(
      lines
        .filter((line) => line.message === message)
        .map((line) => [toSign(line), Date.parse(String(line.time))] as const),
    )
  const [seen, healed] = [times('drift'), times('drift gone (lockstep)')]
  const delays = (found: Map<string, number>): number[] =>
    all.flatMap(({ sign, at }) => (found.has(sign) ? [Math.max(0, (found.get(sign) as number) - at)] : []))
  const [seenDelays, healedDelays] = [delays(seen), delays(healed)]
  return {
    count: all.length,
    seen: toQuantile(seenDelays),
    healed: toQuantile(healedDelays),
    unseen: all.length - seenDelays.length,
    unhealed: all.length - healedDelays.length,
  }
}

const toSign = ({ object, field }: HubLine): string => `${object} ${/stranger-\d+/.exec(String(field))?.[0] ?? ''}`
