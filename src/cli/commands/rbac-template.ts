import { createDiskTree } from '../../base/disk-tree.ts'
import { assertValidFleet } from '../../fleet/load.ts'
import { parseFleet } from '../../fleet/parse.ts'
import type { ResolvedRole } from '../../fleet/resolved.ts'
import { suggestOrList } from '../../fleet/suggest.ts'
import type { RbacRule } from '../../kube/rbac-rule.ts'
import { editForNewTemplate, editForTemplate } from '../../rbac/edit-templates.ts'
import { createRbacError } from '../../rbac/errors.ts'
import { listRoleRisks, listRoleRules } from '../../rbac/grant-risks.ts'
import { PRESETS, type PresetName } from '../../rbac/presets.ts'
import { parseResourceName } from '../../rbac/resource-name.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import type { FleetOptions, Format } from '../options.ts'
import { askFor, toSlug } from '../rbac/request.ts'
import { type WriteOptions, writeChange } from '../rbac/write-change.ts'
import { formatData } from '../report/data.ts'
import { toPrintable } from '../report/text.ts'
import { findFleetFolder } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep rbac template new` and `edit`: one role. */
export type TemplateOptions = WriteOptions & {
  readonly role?: string
  readonly scope?: 'Namespace' | 'Cluster'
  readonly preset?: PresetName
  readonly clusterRole?: string
  readonly rule?: readonly string[]
  readonly aggregate?: readonly string[]
  readonly removeRole?: string
}

/** `lockstep rbac template new`: writes a template with one role. */
export const runTemplateNew = ([given]: readonly string[], options: TemplateOptions, world: World): Promise<number> =>
  writeChange(options, world, async (model) => {
    const question = 'What is the template called? '
    const name = await askFor(given, { question, option: 'TEMPLATE' }, world)
    return {
      changes: editForNewTemplate(model, name, await toRole(options, world)),
      title: `Make RBAC template ${name}`,
      slug: toSlug(`template-${name}`),
    }
  })

/** `lockstep rbac template edit`: adds, replaces or removes a role. */
export const runTemplateEdit = ([given]: readonly string[], options: TemplateOptions, world: World): Promise<number> =>
  writeChange(options, world, async (model, read) => {
    const question = `Which template (${[...model.rbacTemplates.keys()].join(', ')})? `
    const name = await askFor(given, { question, option: 'TEMPLATE' }, world)
    const { removeRole: remove } = options
    const hasRole = options.role !== undefined || options.preset !== undefined || remove === undefined
    const set = hasRole ? await toRole(options, world) : undefined
    return {
      changes: editForTemplate(
        model,
        name,
        { ...(set ? { set } : {}), ...(remove === undefined ? {} : { remove }) },
        read,
      ),
      title: `Change RBAC template ${name}`,
      slug: toSlug(`template-${name}`),
    }
  })

const toRole = async (options: TemplateOptions, world: World): Promise<ResolvedRole> => {
  const { preset, clusterRole, rule = [], aggregate = [], scope = 'Namespace' } = options
  const question = `Which preset (${Object.keys(PRESETS).join(', ')})? `
  const isSaid = preset !== undefined || clusterRole !== undefined || rule.length + aggregate.length > 0
  const chosen = isSaid
    ? preset
    : await askFor(undefined, { question, option: '--preset, --cluster-role, --rule or --aggregate' }, world)
  const name = await askFor(options.role ?? chosen, { question: 'What is the role called? ', option: '--role' }, world)
  const given = [chosen, clusterRole, rule[0], aggregate[0]].filter((each) => each !== undefined)
  if (given.length > 1)
    throw createCliError('USAGE_INVALID', '--preset, --cluster-role, --rule and --aggregate exclude each other', {
      hint: 'give one',
    })
  if (chosen !== undefined && !Object.hasOwn(PRESETS, chosen)) {
    const hint = suggestOrList(chosen, Object.keys(PRESETS), 'preset')
    throw createCliError('USAGE_INVALID', `there is no preset ${chosen}`, hint ? { hint } : {})
  }
  return {
    name,
    scope,
    ...(chosen === undefined ? {} : { preset: chosen as PresetName }),
    ...(clusterRole === undefined ? {} : { clusterRole }),
    ...(rule.length > 0 ? { rules: rule.map(parseRule) } : {}),
    ...(aggregate.length > 0 ? { aggregate: aggregate.map(parseLabels) } : {}),
  }
}

/** `rbac.example.com/for-team=a,tier=web`. */
const parseLabels = (text: string): { matchLabels: Record<string, string> } => {
  const terms = text.split(',').map((term) => term.split('=') as [string, string?, ...string[]])
  if (terms.some((parts) => parts.length !== 2 || parts.some((part) => part === '')))
    throw createCliError('USAGE_INVALID', `"${text}" are no labels`, { hint: 'write them like team=a,tier=web' })
  return { matchLabels: Object.fromEntries(terms) }
}

/** `get,list pods,deployments.apps`, `get /metrics`. */
const parseRule = (text: string): RbacRule => {
  const [verbs = '', what = '', ...rest] = text.trim().split(/\s+/)
  if (what === '' || rest.length > 0)
    throw createCliError('USAGE_INVALID', `"${text}" is no rule`, {
      hint: 'write it like "get,list pods,deployments.apps"',
    })
  if (what.startsWith('/')) return { verbs: verbs.split(','), nonResourceURLs: what.split(',') }
  const resources = what.split(',').map((each) => {
    const resource = parseResourceName(each)
    if (resource) return resource
    throw createCliError('USAGE_INVALID', `the group of "${each}" is not known`, {
      hint: `write it like ${each}.example.com`,
    })
  })
  const groups = [...new Set(resources.map(({ group }) => group))]
  if (groups.length > 1)
    throw createCliError('USAGE_INVALID', `"${what}" is of several API groups`, {
      hint: 'give a --rule for each group',
    })
  return {
    apiGroups: groups,
    resources: resources.map(({ resource, subresource }) => (subresource ? `${resource}/${subresource}` : resource)),
    verbs: verbs.split(','),
  }
}

/** Options of `lockstep rbac template show`. */
export type TemplateShowOptions = Pick<FleetOptions, 'fleet'> & { readonly output: Format }

/** `lockstep rbac template show`: the roles of a template in words, with risks and the grants that use them. */
export const runTemplateShow = async (
  [name = '']: readonly string[],
  options: TemplateShowOptions,
  world: World,
): Promise<number> => {
  const { fleet: model, problems } = await parseFleet(createDiskTree(findFleetFolder(options, world)), {
    signal: world.signal,
  })
  assertValidFleet(problems)
  const template = model?.rbacTemplates.get(name)
  if (template === undefined) {
    const hint = suggestOrList(name, model?.rbacTemplates.keys() ?? [], 'template')
    throw createRbacError('RBAC_REQUEST_INVALID', `there is no template ${name}`, {
      subject: name,
      ...(hint ? { hint } : {}),
    })
  }
  const grants = [...(model?.rbacGrants.values() ?? [])].filter(({ spec }) => spec.template.name === name)
  const roles = template.spec.roles.map((role) => ({
    name: role.name,
    scope: role.scope,
    from: describeOrigin(role),
    rules: listRoleRules(role),
    risks: listRoleRisks(role),
    grants: grants.filter(({ spec }) => spec.bindings.some((each) => each.role === role.name)).map((each) => each.name),
  }))
  if (options.output === 'json' || options.output === 'yaml')
    world.stdout.write(formatData({ name, roles }, options.output))
  else world.stdout.write(`${roles.flatMap(layoutRole).map(toPrintable).join('\n')}\n`)
  return EXIT.nothingToReport
}

const describeOrigin = ({ preset, clusterRole, aggregate }: ResolvedRole): string => {
  if (preset !== undefined) return `preset ${preset}: ${PRESETS[preset].summary}`
  if (clusterRole !== undefined) return `ClusterRole ${clusterRole} of the clusters`
  return aggregate
    ? `every ClusterRole with ${aggregate.map(({ matchLabels }) => JSON.stringify(matchLabels)).join(' or ')}`
    : 'rules of its own'
}

type ShownRole = {
  readonly name: string
  readonly scope: string
  readonly from: string
  readonly rules: readonly RbacRule[]
  readonly risks: ReturnType<typeof listRoleRisks>
  readonly grants: readonly string[]
}

const layoutRole = ({ name, scope, from, rules, risks, grants }: ShownRole): string[] => [
  `${name} (${scope === 'Cluster' ? 'on the whole cluster' : 'in namespaces'}), ${from}`,
  ...rules.map(({ verbs, resources, nonResourceURLs, apiGroups = [], resourceNames }) => {
    const groups = apiGroups.filter((group) => group !== '').join(', ')
    const names = resourceNames?.length ? ` called ${resourceNames.join(', ')}` : ''
    return `  may ${verbs.join(', ')} on ${(resources ?? nonResourceURLs ?? []).join(', ')}${groups ? ` of ${groups}` : ''}${names}`
  }),
  ...risks.map(({ level, may }) => `  ${level} risk: may ${may}`),
  `  granted by ${grants.join(', ') || 'nothing'}`,
]
