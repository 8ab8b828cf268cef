import { listStatedObjects, readStatedAccess, type StatedAccess, withBuiltInRoles } from '../../enforce/git-access.ts'
import { readRbac } from '../../enforce/read-rbac.ts'
import { isBuiltInBinding } from '../../kube/built-in-roles.ts'
import type { KubeObject } from '../../kube/object.ts'
import { formatBoundRole, formatRbac, type RbacObjects, readRbacObjects } from '../../kube/rbac.ts'
import { type Identity, parseSubject, toIdentity } from '../../kube/rbac-identity.ts'
import type { AccessRequest } from '../../kube/rbac-rule.ts'
import { describeGrant } from '../../rbac/describe-grant.ts'
import { parseResourceName } from '../../rbac/resource-name.ts'
import type { FleetSession } from '../../render/fleet-session.ts'
import { type LastChange, readLastChange } from '../../source/git/last-change.ts'
import { createGit } from '../../source/git/run-git.ts'
import { createCliError } from '../errors.ts'
import { toExitCode, worstExitCode } from '../exit-code.ts'
import type { RemoteOptions } from '../hub/hub-options.ts'
import type { ClusterOptions } from '../options.ts'
import { runClusters } from '../run-clusters.ts'
import { openFleetSession } from '../session.ts'
import type { World } from '../world.ts'

/** Whether access is read from the clusters, from Git alone, or from both to be compared. */
export type AccessSource = 'live' | 'git' | 'both'

/** Options of the commands that answer questions about access. */
export type AccessOptions = ClusterOptions & RemoteOptions & { readonly from?: AccessSource }

/** The access of one cluster as Git says and, where it was asked, as it is. */
export type ReadAccess = {
  readonly cluster: string
  readonly git: RbacObjects
  readonly live?: RbacObjects
  /** As they were read, to tell who made them. */
  readonly liveObjects?: readonly KubeObject[]
}

/** Access as it was read: that of clusters that are out of reach is told on stderr and left out. */
export type FleetAccess = {
  readonly clusters: readonly ReadAccess[]
  readonly exitCode: number
  /** Where in Git a grant stands, and the template that it uses. */
  readonly findGrant: (name: string) => Promise<GrantDocuments | undefined>
}

/** Documents that make access, for people. */
export type GrantDocuments = { readonly grant: GrantDocument; readonly template?: GrantDocument }
/** A document, where it stands, and who changed it last. */
export type GrantDocument = { readonly name: string; readonly at: string; readonly change?: LastChange }

/** Reads the access of every cluster that is meant: from the clusters and Git, or as the hub that is named has it in Git. */
export const openFleetAccess = async (options: AccessOptions, world: World): Promise<FleetAccess & AsyncDisposable> => {
  if (options.hub !== undefined)
    return (await import('./hub-access.ts')).openHubAccess({ ...options, hub: options.hub }, world)
  const session = await openFleetSession(options, world)
  try {
    const read = await readFleetAccess(session, options, world)
    const git = createGit(world)
    return {
      ...read,
      findGrant: (name) =>
        describeGrant(session.model, name, (position) =>
          readLastChange(git, position, { cwd: session.directory, signal: world.signal }),
        ),
      [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    }
  } catch (error) {
    await session[Symbol.asyncDispose]()
    throw error
  }
}

const readFleetAccess = async (
  session: FleetSession,
  options: AccessOptions,
  world: World,
): Promise<Pick<FleetAccess, 'clusters' | 'exitCode'>> => {
  if (options.from === 'git') {
    const stated = await Promise.all(
      session.fleet.clusters.map((cluster) =>
        readStatedAccess(cluster, session, { now: world.clock.now(), signal: world.signal }),
      ),
    )
    return { clusters: stated.map((each) => toReadAccess(each, world)), exitCode: 0 }
  }
  const runs = await runClusters(
    session,
    async ({ cluster, desired, deps, discovery }, call): Promise<ReadAccess> => {
      const liveObjects = await readRbac({ client: deps.client, discovery }, call)
      const live = readRbacObjects(liveObjects)
      return {
        cluster: cluster.name,
        git: addBuiltIn(withBuiltInRoles(listStatedObjects(desired), cluster.shape.kubernetesVersion), live),
        live,
        liveObjects,
      }
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

/** What Git states of a cluster, as it is read; what is left out is told on stderr. */
export const toReadAccess = (
  { cluster, kubernetesVersion, objects, leftOut }: StatedAccess,
  { stderr }: Pick<World, 'stderr'>,
): ReadAccess => {
  for (const { component, message } of leftOut)
    stderr.write(`warning: component ${component} of ${cluster} is left out: ${message}\n`)
  return { cluster, git: withBuiltInRoles(objects, kubernetesVersion) }
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
