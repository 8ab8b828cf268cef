import type { Kysely } from 'kysely'
import { SEVERITIES } from '../../fleet/severity.ts'
import type { FindingFilter, StoredFinding } from '../findings.ts'
import type { Tables } from '../schema.ts'
import { toFinding } from './finding-row.ts'
import { containsText } from './text.ts'

/** Findings that a filter lets through, the newest first. */
export const listFindings = async (db: Kysely<Tables>, filter: FindingFilter): Promise<StoredFinding[]> => {
  const { cluster, component, severity, owner, drift, isOpen, since, until, text, before, limit } = filter
  let query = db.selectFrom('findings').selectAll().orderBy('id', 'desc')
  if (cluster !== undefined) query = query.where('cluster', '=', cluster)
  if (component !== undefined) query = query.where('component', '=', component)
  if (severity !== undefined)
    query = query.where('severity', 'in', SEVERITIES.slice(0, SEVERITIES.indexOf(severity) + 1))
  if (owner !== undefined) query = query.where('owner', '=', owner)
  if (drift !== undefined) query = query.where('drift', '=', drift)
  if (isOpen !== undefined) query = query.where('closed', isOpen ? 'is' : 'is not', null)
  if (since !== undefined)
    query = query.where((where) => where.or([where('first_seen', '>=', since), where('closed', '>=', since)]))
  if (until !== undefined) query = query.where('first_seen', '<', until)
  if (text !== undefined) query = query.where(containsText(['object', 'field', 'manager', 'actor'], text))
  if (before !== undefined) query = query.where('id', '<', before)
  if (limit !== undefined) query = query.limit(limit)
  return (await query.execute()).map(toFinding)
}
