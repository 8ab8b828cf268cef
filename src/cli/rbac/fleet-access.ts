import { readRbac } from '../../enforce/read-rbac.ts'
import type { ResolvedCluster } from '../../fleet/resolved.ts'
import { isBuiltInBinding, listBuiltInRoles } from '../../kube/built-in-roles.ts'
import type { KubeObject } from '../../kube/object.ts'
import { formatBoundRole, formatRbac, type RbacObjects, readRbacObjects } from '../../kube/rbac.ts'
import { type Identity, parseSubject, toIdentity } from '../../kube/rbac-identity.ts'
import type { AccessRequest } from '../../kube/rbac-rule.ts'
import { parseResourceName } from '../../rbac/resource-name.ts'
import type { DesiredCluster } from '../../render/desired.ts'
import type { FleetSession } from '../../render/fleet-session.ts'
import { renderCluster } from '../../render/render-cluster.ts'
import { createCliError } from '../errors.ts'
import { toExitCode, worstExitCode } from '../exit-code.ts'
import type { ClusterOptions } from '../options.ts'
import { runClusters } from '../run-clusters.ts'
import type { World } from '../world.ts'

/** Whether access is read from the clusters, from Git alone, or from both to be compared. */
export type AccessSource = 'live' | 'git' | 'both'

/** Options of the commands that answer questions about access. */
export type AccessOptions = ClusterOptions & { readonly from: AccessSource }

/** The access of one cluster as Git says and, where it was asked, as it is. */
export type ReadAccess = {
  readonly cluster: string
  readonly git: RbacObjects
  readonly live?: RbacObjects
  /** As they were read, to tell who made them. */
  readonly liveObjects?: readonly KubeObject[]
}

/** Reads the access of every cluster of the session; those out of reach are told on stderr and left out. */
export const readFleetAccess = async (
  session: FleetSession,
  options: AccessOptions,
  world: World,
): Promise<{ readonly clusters: readonly ReadAccess[]; readonly exitCode: number }> => {
  if (options.from === 'git') {
    const clusters = await Promise.all(session.fleet.clusters.map((cluster) => readGit(cluster, session, world)))
    return { clusters, exitCode: 0 }
  }
  const runs = await runClusters(
    session,
    async ({ cluster, desired, deps, discovery }, call): Promise<ReadAccess> => {
      const liveObjects = await readRbac({ client: deps.client, discovery }, call)
      const live = readRbacObjects(liveObjects)
      return { cluster: cluster.name, git: addBuiltIn(toGitObjects(cluster, desired), live), live, liveObjects }
    },
    options,
    world,
  )
  if (world.signal.aborted) throw createCliError('COMMAND_INTERRUPTED', 'interrupted')
  const failed = runs.flatMap((run) => (run.type === 'failed' ? [run] : []))
  for (const { name, error } of failed) world.stderr.write(`error: ${name} is left out: ${error.message}\n`)
  return {
    clusters: runs.flatMap((run) => (run.type === 'done' ? [run.result] : [])),
    exitCode: worstExitCode(failed.map(({ error }) => toExitCode(error))),
  }
}

const readGit = async (cluster: ResolvedCluster, session: FleetSession, world: World): Promise<ReadAccess> => {
  const { name: fleet, deletionGuard } = session.fleet
  const input = { fleet, revision: session.revision, deletionGuard, cluster, now: world.clock.now() }
  const desired = await renderCluster(input, session.renderDeps, { signal: world.signal })
  for (const { name, error } of desired.components)
    if (error) world.stderr.write(`warning: component ${name} of ${cluster.name} is left out: ${error.message}\n`)
  return { cluster: cluster.name, git: toGitObjects(cluster, desired) }
}

/** What Git states, with the roles that every cluster has. */
const toGitObjects = ({ shape }: ResolvedCluster, { components }: DesiredCluster): RbacObjects => {
  const { roles, bindings } = readRbacObjects(
    components.flatMap(({ objects }) => objects.map(({ manifest }) => manifest)),
  )
  return { roles: [...roles, ...listBuiltInRoles(shape.kubernetesVersion)], bindings }
}

/** What Kubernetes binds for itself is nothing that Git would have to state. */
const addBuiltIn = ({ roles, bindings }: RbacObjects, live: RbacObjects): RbacObjects => {
  const builtIn = live.bindings.filter(isBuiltInBinding)
  const bound = new Set(builtIn.map(formatBoundRole)).difference(new Set(roles.map(formatRbac)))
  return {
    roles: [...roles, ...live.roles.filter((role) => bound.has(formatRbac(role)))],
    bindings: [...bindings, ...builtIn],
  }
}

/** Somebody as the user names him, in groups. */
export const parseWho = (text: string, groups: readonly string[] = []): Identity => {
  const subject = parseSubject(text)
  if (subject) return toIdentity(subject, groups)
  throw createCliError('USAGE_INVALID', `"${text}" is nobody`, {
    hint: 'write user:alice, group:team-a or serviceaccount:NAMESPACE/NAME',
  })
}

/** What somebody wants to do, as the user names it. */
export const parseRequest = (
  verb: string,
  what: string,
  options: { readonly namespace?: string; readonly name?: string },
): AccessRequest => {
  if (what.startsWith('/')) return { verb, path: what }
  const resource = parseResourceName(what)
  const { namespace, name } = options
  if (resource) {
    return {
      verb,
      ...resource,
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
    }
  }
  throw createCliError('USAGE_INVALID', `"${what}" is no resource that Lockstep knows by its name alone`, {
    hint: 'name its group, too: widgets.example.com',
  })
}
