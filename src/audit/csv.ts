import { formatCanonical } from '../kube/canonical.ts'
import type { AuditRecord } from './record.ts'

const COLUMNS = ['seq', 'time', 'type', 'actor', 'cluster', 'subject', 'revision', 'data', 'previous', 'hash'] as const

/** A record as a line of CSV (RFC 4180), or the line of titles. What a spreadsheet would run as a formula is made text. */
export const formatAuditCsv = (record?: AuditRecord): string =>
  `${COLUMNS.map((column) => {
    if (!record) return column
    const value = record[column]
    return quote(column === 'data' ? formatCanonical(value) : String(value ?? ''))
  }).join(',')}\r\n`

const quote = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
