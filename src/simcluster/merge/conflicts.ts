import { StatusFailure } from '../status-failure.ts'
import { formatPath } from './field-set.ts'
import type { ManagerEntry } from './managed.ts'

/** A field that another manager owns and the apply would change. */
export type Conflict = { readonly manager: ManagerEntry; readonly path: readonly string[] }

/** 409 with every conflict, in the server's words. */
export const createApplyConflict = (conflicts: readonly Conflict[]): StatusFailure =>
  new StatusFailure(409, 'Conflict', formatConflicts(conflicts), {
    causes: conflicts.map(({ manager, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${formatManager(manager)}`,
      field: formatPath(path),
    })),
  })

const formatConflicts = (conflicts: readonly Conflict[]): string => {
  const [first] = conflicts as [Conflict]
  if (conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${formatManager(first.manager)}: ${formatPath(first.path)}`
  const byManager = Map.groupBy(conflicts, ({ manager }) => toSortText(manager))
  const lines = [...byManager.keys()].sort().flatMap((id) => {
    const some = byManager.get(id) as Conflict[]
    const [{ manager }] = some as [Conflict]
    return [`conflicts with ${formatManager(manager)}:`, ...some.map(({ path }) => `- ${formatPath(path)}`)]
  })
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}

/** Managers are told in the order of this text of the server's. */
const toSortText = ({ manager, operation, apiVersion, subresource }: ManagerEntry): string =>
  JSON.stringify({ manager, operation, ...(operation === 'Update' ? { apiVersion } : {}), subresource })

const formatManager = ({ manager, operation, subresource, apiVersion }: ManagerEntry): string => {
  const name = `${JSON.stringify(manager)}${subresource ? ` with subresource ${JSON.stringify(subresource)}` : ''}`
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}
