import type { FleetModel } from '../../fleet/model.ts'
import { suggestOrList } from '../../fleet/suggest.ts'
import { chooseGrantName, editForGrant, type GrantSubject } from '../../rbac/edit-grants.ts'
import { createCliError } from '../errors.ts'
import { askFor, formatTime, parseGrantSubject, toExpires, toSelector, toSlug } from '../rbac/request.ts'
import { type WriteOptions, writeChange } from '../rbac/write-change.ts'
import type { World } from '../world.ts'

/** Options of `lockstep rbac grant`. */
export type GrantOptions = WriteOptions & {
  readonly to?: readonly string[]
  readonly cluster?: readonly string[]
  readonly selector?: string
  readonly namespace?: readonly string[]
  readonly namespaceLabels?: string
  readonly expires?: string
  readonly for?: string
  readonly breakGlass?: string
  readonly name?: string
  readonly set?: readonly string[]
}

const BREAK_GLASS = '4h'

/** `lockstep rbac grant`: writes that somebody gets a role, and shows what that means. */
export const runGrant = ([given]: readonly string[], options: GrantOptions, world: World): Promise<number> =>
  writeChange(options, world, async (model, read) => {
    const roles = listRoles(model)
    const wanted = await askFor(
      given,
      { question: `Which role (${roles.join(', ')})? `, option: 'TEMPLATE/ROLE' },
      world,
    )
    const { template, role } = findRole(model, wanted, roles)
    const who = options.to ?? [
      await askFor(undefined, { question: 'To whom (group:team-a, user:alice)? ', option: '--to' }, world),
    ]
    const subjects = who.map(parseGrantSubject)
    const clusters = toSelector(options.cluster, options.selector)
    const shared = { template, arguments: parseArguments(options.set ?? []), ...(clusters ? { clusters } : {}) }
    const usual = toSlug(`${toShortName(subjects[0] as GrantSubject)}-${template}`)
    const name = options.name ?? chooseGrantName(model, usual, shared)
    const isNew = !model.rbacGrants.has(name)
    const namespaces = toSelector(options.namespace, options.namespaceLabels)
    const asked = {
      clusters: clusters ?? (isNew ? toSelector(undefined, await askFor(undefined, CLUSTERS, world)) : undefined),
      namespaces:
        namespaces ??
        (isNamespaced(model, template, role)
          ? toSelector((await askFor(undefined, NAMESPACES, world)).split(/[\s,]+/), undefined)
          : undefined),
    }
    const { breakGlass } = options
    const isForShort = breakGlass !== undefined && options.expires === undefined && options.for === undefined
    const expires = toExpires(isForShort ? { for: BREAK_GLASS } : options, world)
    const changes = editForGrant(
      model,
      {
        ...shared,
        name,
        role,
        subjects,
        ...(asked.clusters ? { clusters: asked.clusters } : {}),
        ...(asked.namespaces ? { namespaces: asked.namespaces } : {}),
        ...(expires === undefined ? {} : { expires }),
        ...(breakGlass === undefined
          ? {}
          : { breakGlass: { reason: breakGlass, since: formatTime(world.clock.now()) } }),
      },
      read,
    )
    const title = `Grant ${wanted} to ${who.join(', ')}${breakGlass === undefined ? '' : ` (break glass: ${breakGlass})`}`
    return { changes, title, slug: toSlug(`grant-${wanted}-${who[0]}`) }
  })

const CLUSTERS = { question: 'On which clusters (labels, like env=prod)? ', option: '--selector or --cluster' }
const NAMESPACES = { question: 'In which namespaces? ', option: '--namespace or --namespace-labels' }

const listRoles = (model: FleetModel): string[] =>
  [...model.rbacTemplates.values()].flatMap(({ name, spec }) => spec.roles.map((role) => `${name}/${role.name}`)).sort()

const findRole = (model: FleetModel, wanted: string, roles: readonly string[]) => {
  const matching = roles.filter((role) => role === wanted || role.endsWith(`/${wanted}`))
  const [only] = matching
  if (only === undefined || matching.length > 1) {
    const hint = suggestOrList(wanted, matching.length > 1 ? matching : roles, 'role; make a template first')
    throw createCliError(
      'USAGE_INVALID',
      `"${wanted}" is ${matching.length > 1 ? 'a role of several templates' : 'no role of a template'}`,
      {
        ...(hint ? { hint } : {}),
      },
    )
  }
  const template = [...model.rbacTemplates.keys()].find((name) => only.startsWith(`${name}/`)) as string
  return { template, role: only.slice(template.length + 1) }
}

const isNamespaced = (model: FleetModel, template: string, role: string): boolean =>
  model.rbacTemplates.get(template)?.spec.roles.find(({ name }) => name === role)?.scope === 'Namespace'

/** What tells a team or a person best: the end of `oidc:team-a`. */
const toShortName = ({ group, user, serviceAccount }: GrantSubject): string =>
  (group ?? user ?? serviceAccount ?? '').split(/[:/]/).at(-1) as string

const parseArguments = (texts: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at < 1)
        throw createCliError('USAGE_INVALID', `--set ${text} has no value`, { hint: 'write it like --set team=a' })
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
