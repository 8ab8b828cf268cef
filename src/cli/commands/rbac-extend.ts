import { editForExtend } from '../../rbac/edit-grants.ts'
import { askFor, parseGrantSubject, toExpires, toSlug } from '../rbac/request.ts'
import { type WriteOptions, writeChange } from '../rbac/write-change.ts'
import type { World } from '../world.ts'

/** Options of `lockstep rbac extend`. */
export type ExtendOptions = WriteOptions & {
  readonly expires?: string
  readonly for?: string
  readonly role?: string
  readonly to?: readonly string[]
}

/** `lockstep rbac extend`: lets access that ends, end later or earlier. */
export const runExtend = async ([given]: readonly string[], options: ExtendOptions, world: World): Promise<number> => {
  const grant = await askFor(given, { question: 'Which grant? ', option: 'GRANT' }, world)
  const question = 'Until when (2027-01-31T18:00:00+01:00)? '
  const expires = await askFor(toExpires(options, world), { question, option: '--expires or --for' }, world)
  const { role, to } = options
  return writeChange(options, world, (model, read) => {
    const filter = {
      grant,
      ...(role === undefined ? {} : { role }),
      ...(to === undefined ? {} : { subjects: to.map(parseGrantSubject) }),
    }
    const title = `Let grant ${grant} end ${expires}`
    return { changes: editForExtend(model, filter, expires, read), title, slug: toSlug(`extend-${grant}`) }
  })
}
