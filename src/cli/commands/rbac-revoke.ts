import { editForRevoke } from '../../rbac/edit-grants.ts'
import { createCliError } from '../errors.ts'
import { parseGrantSubject, toSlug } from '../rbac/request.ts'
import { type WriteOptions, writeChange } from '../rbac/write-change.ts'
import type { World } from '../world.ts'

/** Options of `lockstep rbac revoke`. */
export type RevokeOptions = WriteOptions & { readonly grant?: string; readonly role?: string }

/** `lockstep rbac revoke`: takes away what grants give to somebody, or a whole grant. */
export const runRevoke = ([who]: readonly string[], options: RevokeOptions, world: World): Promise<number> => {
  const { grant, role } = options
  if (who === undefined && grant === undefined)
    throw createCliError('USAGE_INVALID', 'neither somebody nor a grant is said', {
      hint: 'lockstep rbac revoke group:team-a, or lockstep rbac revoke --grant NAME',
    })
  return writeChange(options, world, (model, read) => {
    const filter = {
      ...(grant === undefined ? {} : { grant }),
      ...(role === undefined ? {} : { role }),
      ...(who === undefined ? {} : { subjects: [parseGrantSubject(who)] }),
    }
    const what = [...(role === undefined ? [] : [role]), ...(grant === undefined ? [] : [`grant ${grant}`])].join(
      ' of ',
    )
    const title = `Revoke ${what || 'all access'}${who === undefined ? '' : ` from ${who}`}`
    return { changes: editForRevoke(model, filter, read), title, slug: toSlug(title) }
  })
}
