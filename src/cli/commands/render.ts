import type { ResolvedCluster } from '../../fleet/resolved.ts'
import { isSecret } from '../../inventory/fingerprint.ts'
import type { Manifest } from '../../kube/object.ts'
import { formatYaml } from '../../kube/yaml.ts'
import type { DesiredCluster } from '../../render/desired.ts'
import type { FleetSession } from '../../render/fleet-session.ts'
import { renderCluster } from '../../render/render-cluster.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import { formatError } from '../format-error.ts'
import type { ClusterOptions } from '../options.ts'
import { formatData } from '../report/data.ts'
import { runClusters } from '../run-clusters.ts'
import { openFleetSession } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep render`. */
export type RenderOptions = ClusterOptions & {
  readonly component?: readonly string[]
  readonly showSecrets?: boolean
  readonly output: 'yaml' | 'json'
}

/** `lockstep render`: the manifests that clusters get. */
export const runRender = async (options: RenderOptions, world: World): Promise<number> => {
  await using session = await openFleetSession(options, world)
  const rendered = options.offline
    ? await Promise.all(session.fleet.clusters.map((cluster) => renderOffline(cluster, session, world)))
    : await renderOnline(session, options, world)
  assertComponents(rendered, options.component)
  const isWanted = (name: string): boolean => !options.component || options.component.includes(name)
  const items = rendered.flatMap(({ cluster, components }) =>
    components
      .filter(({ name }) => isWanted(name))
      .flatMap(({ name, objects }) =>
        objects.map(({ manifest, origin }) => ({
          cluster,
          component: name,
          ...(origin ? { origin } : {}),
          manifest: options.showSecrets ? manifest : maskSecret(manifest),
        })),
      ),
  )
  world.stdout.write(
    options.output === 'json'
      ? formatData(items, 'json')
      : items
          .map(({ cluster, component, origin, manifest }) => {
            const source = `# ${[cluster, component, origin].filter((part) => part !== undefined).join(' · ')}`
            return `---\n${source}\n${formatYaml(manifest)}`
          })
          .join(''),
  )
  const components = rendered.flatMap((cluster) => cluster.components).filter(({ name }) => isWanted(name))
  for (const { name, warnings } of components)
    for (const warning of warnings) world.stderr.write(`warning: component ${name}: ${warning}\n`)
  const failed = components.flatMap(({ error }) => error ?? [])
  for (const error of failed) world.stderr.write(formatError(error))
  return failed.length > 0 ? EXIT.error : EXIT.nothingToReport
}

const renderOffline = (
  cluster: ResolvedCluster,
  session: FleetSession,
  { signal, clock }: World,
): Promise<DesiredCluster> => {
  const { fleet, revision, renderDeps } = session
  const { name, deletionGuard } = fleet
  return renderCluster({ fleet: name, revision, deletionGuard, cluster, now: clock.now() }, renderDeps, { signal })
}

/** As each cluster gets it; one that does not answer is rendered as if nothing were known of it. */
const renderOnline = async (session: FleetSession, options: RenderOptions, world: World): Promise<DesiredCluster[]> => {
  const runs = await runClusters(session, async ({ desired }) => desired, options, world)
  world.signal.throwIfAborted()
  return Promise.all(
    runs.map((run, index) => {
      if (run.type === 'done') return run.result
      world.stderr.write(
        `warning: ${run.name} does not answer, so charts do not know what it can do: ${run.error.message}\n`,
      )
      return renderOffline(session.fleet.clusters[index] as ResolvedCluster, session, world)
    }),
  )
}

const assertComponents = (rendered: readonly DesiredCluster[], wanted: readonly string[] = []): void => {
  const known = new Set(rendered.flatMap(({ components }) => components.map(({ name }) => name)))
  for (const name of wanted) {
    if (known.has(name)) continue
    throw createCliError('USAGE_INVALID', `no cluster has a component "${name}"`, {
      hint: known.size > 0 ? `the components are ${[...known].sort().join(', ')}` : 'the clusters have no components',
    })
  }
}

const maskSecret = (manifest: Manifest): Manifest => {
  if (!isSecret(manifest)) return manifest
  const mask = (values: unknown): object =>
    Object.fromEntries(Object.keys(values as object).map((key) => [key, '(masked)']))
  const { data, stringData } = manifest
  return { ...manifest, ...(data ? { data: mask(data) } : {}), ...(stringData ? { stringData: mask(stringData) } : {}) }
}
