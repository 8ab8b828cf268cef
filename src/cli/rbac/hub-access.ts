import type { RbacObjects } from '../../kube/rbac.ts'
import { createCliError } from '../errors.ts'
import { openHubClient } from '../hub/open-client.ts'
import { orAbsent } from '../hub/or-absent.ts'
import { toSelection } from '../hub/to-selection.ts'
import type { World } from '../world.ts'
import { type AccessOptions, type FleetAccess, type ReadAccess, toReadAccess } from './fleet-access.ts'

/** Clusters in one answer: the hub renders each of them. */
const PAGE = 20

/** The access of the fleet as the revision of a hub states it. */
export const openHubAccess = async (
  options: AccessOptions & { readonly hub: string },
  world: World,
): Promise<FleetAccess & AsyncDisposable> => {
  if (options.from !== undefined && options.from !== 'git')
    throw createCliError('USAGE_INVALID', `--from ${options.from} asks the clusters: it goes with no --hub`, {
      hint: 'a hub answers from Git; leave --hub out to ask the clusters yourself',
    })
  const client = openHubClient(options, world)
  try {
    const clusters: ReadAccess[] = []
    const query = { ...toSelection(options), limit: PAGE }
    const { signal } = world
    for await (const { roles, bindings, ...stated } of client.iterate('listAccess', { query }, { signal }))
      clusters.push(toReadAccess({ ...stated, objects: { roles, bindings } as unknown as RbacObjects }, world))
    return {
      clusters,
      exitCode: 0,
      findGrant: (name) => orAbsent(client.call('getGrant', { params: { name } }, { signal })),
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    }
  } catch (error) {
    await client[Symbol.asyncDispose]()
    throw error
  }
}
