import { appendDocument, editDocument, type FileChange } from '../fleet/edit.ts'
import { API_VERSION } from '../fleet/kind.ts'
import type { FleetModel } from '../fleet/model.ts'
import type { ResolvedRole } from '../fleet/resolved.ts'
import { suggestOrList } from '../fleet/suggest.ts'
import type { ReadText } from './edit-grants.ts'
import { createRbacError } from './errors.ts'

/** The change that makes a template of one role. Pure. */
export const editForNewTemplate = (model: FleetModel, name: string, role: ResolvedRole): FileChange[] => {
  if (model.rbacTemplates.has(name))
    throw createRbacError('RBAC_REQUEST_INVALID', `there is a template ${name} already`, {
      subject: name,
      hint: `add a role to it with: lockstep rbac template edit ${name}`,
    })
  const document = { apiVersion: API_VERSION, kind: 'RbacTemplate', metadata: { name }, spec: { roles: [role] } }
  return [{ file: `rbac/templates/${name}.yaml`, before: undefined, after: appendDocument(undefined, document) }]
}

/** The change that adds a role to a template, puts it in the place of that of its name, or takes one away. Pure. */
export const editForTemplate = (
  model: FleetModel,
  name: string,
  change: { readonly set?: ResolvedRole; readonly remove?: string },
  read: ReadText,
): FileChange[] => {
  const template = model.rbacTemplates.get(name)
  if (template === undefined) {
    const hint = suggestOrList(name, model.rbacTemplates.keys(), 'template')
    throw createRbacError('RBAC_REQUEST_INVALID', `there is no template ${name}`, {
      subject: name,
      ...(hint ? { hint } : {}),
    })
  }
  const { file, index } = template.origin
  const { roles } = template.spec
  const find = (role: string): number => roles.findIndex((each) => each.name === role)
  const before = read(file)
  const removed = change.remove === undefined ? -1 : find(change.remove)
  if (change.remove !== undefined && removed < 0) {
    const hint = suggestOrList(
      change.remove,
      roles.map((role) => role.name),
      'role',
    )
    const message = `template ${name} has no role ${change.remove}`
    throw createRbacError('RBAC_REQUEST_INVALID', message, { subject: name, ...(hint ? { hint } : {}) })
  }
  const known = change.set ? find(change.set.name) : -1
  const after = editDocument(before, index, [
    ...(change.set && known >= 0 ? [{ op: 'set' as const, path: ['spec', 'roles', known], value: change.set }] : []),
    ...(change.set && known < 0 ? [{ op: 'append' as const, path: ['spec', 'roles'], value: change.set }] : []),
    ...(removed < 0 ? [] : [{ op: 'remove' as const, path: ['spec', 'roles', removed] }]),
  ])
  return after === before ? [] : [{ file, before, after }]
}
