import { afterAll, beforeAll, expect, test } from 'vitest'
import { mapLimited } from '../../src/base/limit.ts'
import { layoutDriftReport } from '../../src/cli/report/drift-report.ts'
import { componentOf, desiredOf, openWorld, type World } from '../../src/enforce/testing/world.ts'
import type { Manifest } from '../../src/kube/object.ts'
import { type RealFleet, startRealFleet } from '../real/fleet.ts'
import { describeReal } from '../real/shared-fleet.ts'

const SCREEN = { width: 80, height: 24, color: false, now: new Date() }
const NAMESPACES = Array.from({ length: 10 }, (_, index) => `foreign-${index}`)
const MERGE = 'application/merge-patch+json'

describeReal('a foreign cluster with 1,000 objects', () => {
  let fleet: RealFleet
  let world: World
  const cluster = () => fleet.clusters[0]!
  const objects = NAMESPACES.flatMap((namespace, at): Manifest[] => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...Array.from({ length: 99 }, (_, index): Manifest => {
      const metadata = { name: `object-${index}`, namespace }
      return index % 3 === 0
        ? {
            apiVersion: 'v1',
            kind: 'Service',
            metadata,
            spec: { selector: { app: 'web' }, ports: [{ port: 80 + at }] },
          }
        : { apiVersion: 'v1', kind: index % 3 === 1 ? 'ConfigMap' : 'Secret', metadata, data: { value: 'MQ==' } }
    }),
  ])
  const desired = desiredOf([componentOf('foreign', objects, { policy: { adopt: 'always' } })])
  const toPath = ({ kind, metadata: { name, namespace } }: Manifest, named: boolean): string => {
    const plural = `${kind.toLowerCase()}s`
    const collection = namespace ? `/api/v1/namespaces/${namespace}/${plural}` : `/api/v1/${plural}`
    return named ? `${collection}/${name}` : collection
  }
  const show = async (): Promise<string> => {
    const { findings, pending, requests, millis } = await world.drift(desired)
    const clusters = [{ name: 'test', reachable: true, requests, millis }]
    return layoutDriftReport({ fleet: 'test', revision: 'r1', clusters, findings, pending }, SCREEN)
  }
  const countLines = (text: string): number => text.trimEnd().split('\n').length
  beforeAll(async () => {
    fleet = await startRealFleet({ clusters: 1, nodes: 0 })
    world = await openWorld(cluster().kubeconfigFile)
    // Made by somebody with kubectl, each with a value that Git does not have.
    const create = async (object: Manifest): Promise<void> => {
      const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(object), foreign: 'yes' }
      const body = { ...object, metadata: { ...object.metadata, annotations } }
      const { status } = await cluster().call(
        'POST',
        `${toPath(object, false)}?fieldManager=kubectl-client-side-apply`,
        { body },
      )
      expect(status).toBe(201)
    }
    await mapLimited(objects.slice(0, 1), 1, create)
    for (const namespace of NAMESPACES)
      await mapLimited(
        objects.filter(({ metadata }) => metadata.name === namespace && namespace !== NAMESPACES[0]),
        1,
        create,
      )
    await mapLimited(
      objects.filter(({ kind }) => kind !== 'Namespace'),
      16,
      create,
    )
  })
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  test('is told on a screen before the first sync, and nothing of it is drift', async () => {
    expect(objects).toHaveLength(1000)
    const text = await show()

    expect(countLines(text)).toBeLessThan(SCREEN.height)
    expect(text).toContain('1000 of them exist already')
    expect((await world.drift(desired)).findings).toEqual([])
  })

  test('is taken over without a finding, and told on a screen when all of it was tampered with', async () => {
    const { outcomes } = await world.reconcile(desired)
    expect(outcomes.filter(({ actuation }) => actuation !== 'done')).toEqual([])
    expect((await world.drift(desired)).findings).toEqual([])

    await mapLimited(objects, 16, async (object, index) => {
      const body = {
        metadata: { labels: { evil: `value-${index}` } },
        ...(object.kind === 'Namespace'
          ? {}
          : object.kind === 'Service'
            ? { spec: { externalIPs: [`192.0.2.${index % 250}`] } }
            : { data: { [`key-${index}`]: 'MQ==' } }),
      }
      await cluster().call('PATCH', `${toPath(object, true)}?fieldManager=mallory`, { body, contentType: MERGE })
    })
    const text = await show()

    // Each object's label, each value, and what the server filled in with the addresses of Services.
    expect((await world.drift(desired)).findings).toHaveLength(1000 + 990 + 330)
    expect(countLines(text)).toBeLessThan(SCREEN.height)
  })
})
