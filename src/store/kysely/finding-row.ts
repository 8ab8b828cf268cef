import type { Selectable } from 'kysely'
import type { Finding } from '../../drift/report.ts'
import type { StoredFinding } from '../findings.ts'
import type { Tables } from '../schema.ts'

/** A row of the table. */
export type FindingRow = Selectable<Tables['findings']>

/** A row as what it tells. */
export const toFinding = (row: FindingRow): StoredFinding => ({
  ...(JSON.parse(row.finding) as Finding),
  id: row.id,
  firstSeen: row.first_seen,
  lastSeen: row.last_seen,
  ...(row.closed === null ? {} : { closed: row.closed }),
  ...(row.closed_by === null ? {} : { closedBy: row.closed_by as NonNullable<StoredFinding['closedBy']> }),
  ...(row.acknowledged === null
    ? {}
    : { acknowledged: JSON.parse(row.acknowledged) as NonNullable<StoredFinding['acknowledged']> }),
})
