import { editForRevoke } from '../../rbac/edit-grants.ts'
import { askFor, parseGrantSubject, toSlug } from '../rbac/request.ts'
import { type WriteOptions, writeChange } from '../rbac/write-change.ts'
import type { World } from '../world.ts'

/** Options of `lockstep rbac revoke`. */
export type RevokeOptions = WriteOptions & { readonly grant?: string; readonly role?: string }

/** `lockstep rbac revoke`: takes away what grants give to somebody, or a whole grant. */
export const runRevoke = async ([given]: readonly string[], options: RevokeOptions, world: World): Promise<number> => {
  const { grant, role } = options
  const asked = { question: 'From whom (group:team-a, user:alice)? ', option: 'SUBJECT or --grant' }
  const who = grant === undefined ? await askFor(given, asked, world) : given
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
