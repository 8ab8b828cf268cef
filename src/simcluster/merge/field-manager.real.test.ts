import { expect, test } from 'vitest'
import type { RealCluster } from '../../../test/real/cluster.ts'
import { describeReal, sharedFleet } from '../../../test/real/shared-fleet.ts'
import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../../kube/object.ts'
import { createRandom } from '../random.ts'
import { findBuiltInSchema } from '../schema/built-in-schemas.ts'
import { createEmptyObject } from '../schema/empty-object.ts'
import type { FieldSchema } from '../schema/field-schema.ts'
import type { StatusFailure } from '../status-failure.ts'
import { applyObject, trackUpdate, type WriteIdentity } from './field-manager.ts'

const STEPS = 400
const NAMESPACE = 'merge-differential'
const MANAGERS = ['one', 'two', 'three', 'kubectl']

/**
 * Random applies, updates and merge patches by several managers on a real server; after each, what the server answers is
 * what we make of the object that was there: managed fields, values and conflicts.
 */
describeReal('ownership and merging beside a real server', () => {
  test('random writes by several managers give what the server gives', { timeout: 300_000 }, async () => {
    const cluster = sharedFleet().clusters.at(-1) as RealCluster
    await cluster.call('POST', '/api/v1/namespaces', { body: { metadata: { name: NAMESPACE } } })
    const chance = createChance('merge')
    const seen = { applied: 0, conflicts: 0, updated: 0 }
    for (let step = 0; step < STEPS; step++) {
      const kind = chance.pick(Object.keys(KINDS))
      const name = `${kind}-${chance.below(4)}`
      const told = await writeBoth(cluster, chance, (KINDS[kind] as Maker)(name, chance), COLLECTIONS[kind] as string)
      if (told === undefined) continue
      seen[told.type]++
      expect(told.ours, `step ${step}: ${told.type} of ${name}`).toEqual(told.real)
    }
    expect(seen.applied).toBeGreaterThan(100)
    expect(seen.conflicts).toBeGreaterThan(10)
    expect(seen.updated).toBeGreaterThan(30)
  })
})

type Told = { readonly type: 'applied' | 'conflicts' | 'updated'; readonly real: unknown; readonly ours: unknown }

const writeBoth = async (
  cluster: RealCluster,
  chance: Chance,
  object: KubeObject,
  collection: string,
): Promise<Told | undefined> => {
  const path = `${collection}/${object.metadata.name}`
  const { status: found, body } = await cluster.call<KubeObject>('GET', path)
  const live = found === 200 ? body : undefined
  const manager = chance.pick(MANAGERS)
  const operation = chance.pick(['apply', 'apply', 'force', 'force', 'put', 'merge'])
  const by = toIdentity(object, manager)
  if (operation === 'apply' || operation === 'force') {
    const force = operation === 'force'
    const { body: answer, status } = await cluster.call<KubeObject>(
      'PATCH',
      `${path}?fieldManager=${manager}&force=${force}`,
      {
        body: object,
        contentType: 'application/apply-patch+yaml',
      },
    )
    if (status === 422) return undefined
    try {
      const ours = applyObject({ ...by, live, applied: object, force })
      return { type: 'applied', real: toOwners(answer), ours: toOwners(ours) }
    } catch (failure) {
      const { message } = answer as unknown as { message: string }
      // The server also says when, which is the clock's.
      return { type: 'conflicts', real: message.replace(/ at \S+Z/g, ''), ours: (failure as StatusFailure).message }
    }
  }
  const [method, target, sent] =
    operation === 'put'
      ? live
        ? ['PUT', path, object]
        : ['POST', collection, object]
      : ['PATCH', path, { metadata: object.metadata, data: object.data, spec: object.spec }]
  if (method === 'POST' && object.kind === 'Service') return undefined
  const { body: answer, status } = await cluster.call<KubeObject>(
    method as string,
    `${target}?fieldManager=${manager}`,
    {
      body: sent,
    },
  )
  if (status >= 300) return undefined
  const { managedFields: _, ...metadata } = answer.metadata
  const ours = trackUpdate({ ...by, before: live, after: { ...answer, metadata: metadata as KubeObject['metadata'] } })
  return { type: 'updated', real: toOwners(answer), ours: toOwners(ours) }
}

const toIdentity = (object: KubeObject, manager: string): WriteIdentity => {
  const [version, group = ''] = object.apiVersion.split('/').reverse() as [string, string?]
  const schema = findBuiltInSchema(group, version, object.kind) as FieldSchema
  const now = new Date(0)
  return {
    manager,
    subresource: undefined,
    apiVersion: object.apiVersion,
    now,
    schema,
    empty: createEmptyObject(schema),
  }
}

/** Who owns what, but when; and the order of what is stated in lists. */
const toOwners = ({ metadata, spec }: KubeObject): unknown => {
  const template = (spec as { template?: { spec: { containers: { name: string }[] } } } | undefined)?.template
  return {
    owners: (metadata.managedFields ?? [])
      .filter(({ subresource }: ManagedFieldsEntry) => !subresource)
      .map(({ time: _, ...entry }: ManagedFieldsEntry) => entry)
      .toSorted((left, right) => (JSON.stringify(toId(left)) < JSON.stringify(toId(right)) ? -1 : 1)),
    labels: metadata.labels ?? {},
    finalizers: metadata.finalizers ?? [],
    containers: template?.spec.containers.map(({ name }) => name),
  }
}

const toId = ({ manager, operation }: ManagedFieldsEntry) => [manager, operation]

type Chance = {
  readonly below: (limit: number) => number
  readonly pick: <Value>(values: readonly Value[]) => Value
  readonly some: <Value>(values: readonly Value[]) => Value[]
  readonly maybe: (object: JsonObject) => JsonObject
}

const createChance = (seed: string): Chance => {
  const random = createRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  return {
    below,
    pick: (values) => values[below(values.length)] as (typeof values)[number],
    some: (values) =>
      values
        .filter(() => random() < 0.5)
        .map((value) => [random(), value] as const)
        .toSorted(([left], [right]) => left - right)
        .map(([, value]) => value),
    maybe: (object) => (random() < 0.5 ? object : {}),
  }
}

type Maker = (name: string, chance: Chance) => KubeObject

const toMetadata = (name: string, { maybe, some, pick }: Chance): KubeObject['metadata'] => ({
  name,
  namespace: NAMESPACE,
  ...maybe({ labels: Object.fromEntries(some(['a', 'b', 'c']).map((key) => [key, pick(['1', '2'])])) }),
  ...maybe({ annotations: { note: pick(['1', '2']) } }),
})

const toContainer = (name: string, { maybe, some, pick }: Chance): JsonObject => ({
  name,
  image: pick(['a:1', 'a:2']),
  ...maybe({ ports: [{ containerPort: 80 }, { containerPort: 81, name: 'x', protocol: pick(['TCP', 'UDP']) }] }),
  ...maybe({ env: some(['A', 'B']).map((variable) => ({ name: variable, value: pick(['1', '2']) })) }),
  ...maybe({ args: pick([['x'], ['x', 'y']]) }),
  ...maybe({ resources: { limits: { cpu: pick(['1', '500m']) } } }),
})

const COLLECTIONS: Readonly<Record<string, string>> = {
  config: `/api/v1/namespaces/${NAMESPACE}/configmaps`,
  service: `/api/v1/namespaces/${NAMESPACE}/services`,
  web: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
}

const KINDS: Readonly<Record<string, Maker>> = {
  config: (name, chance) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: toMetadata(name, chance),
    ...chance.maybe({
      data: Object.fromEntries(chance.some(['k', 'l', 'm']).map((key) => [key, chance.pick(['1', '2'])])),
    }),
  }),
  service: (name, chance) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: toMetadata(name, chance),
    spec: {
      clusterIP: 'None',
      selector: chance.pick([{ app: 'x' }, { app: 'y', tier: 'z' }]),
      ports: [
        { port: 80, name: 'http', targetPort: chance.pick([80, 'http']) },
        ...chance.some([{ port: 81, name: 'b' }]),
      ],
    },
  }),
  web: (name, chance) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: toMetadata(name, chance),
    spec: {
      // Nothing for controllers to do, who would write in between.
      replicas: 0,
      paused: true,
      selector: { matchLabels: { app: 'x' } },
      template: {
        metadata: { labels: { app: 'x', ...chance.maybe({ version: chance.pick(['1', '2']) }) } },
        spec: {
          containers: [toContainer('a', chance), ...chance.some(['b', 'c']).map((one) => toContainer(one, chance))],
          ...chance.maybe({ tolerations: [{ key: 'a', operator: 'Exists' }] }),
          ...chance.maybe({ volumes: [{ name: 'v', emptyDir: {} }] }),
        },
      },
    },
  }),
}
