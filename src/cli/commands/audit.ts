import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createColors } from 'picocolors'
import { formatAuditCsv } from '../../audit/csv.ts'
import type { AuditRecord } from '../../audit/record.ts'
import { computeAuditReport } from '../../audit/report.ts'
import { verifyTrail } from '../../audit/verify.ts'
import { formatYaml } from '../../kube/yaml.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import type { RecordFilter } from '../hub/hub-view.ts'
import { type HubViewOptions, openHub } from '../hub/open-hub.ts'
import { readWitnesses, type WitnessOptions } from '../hub/read-witnesses.ts'
import { formatAuditHtml, formatAuditMarkdown } from '../report/audit-report.ts'
import { formatData } from '../report/data.ts'
import { layoutTable } from '../report/table.ts'
import { toPrintable } from '../report/text.ts'
import { parseSince } from '../since.ts'
import type { World } from '../world.ts'

/** Which records. */
export type AuditOptions = HubViewOptions & {
  readonly since?: string
  readonly until?: string
  readonly cluster?: string
  readonly type?: string
  readonly limit?: string
  readonly output: 'table' | 'json' | 'yaml' | 'jsonl' | 'csv'
}

/** Options of `lockstep audit verify`. */
export type VerifyOptions = HubViewOptions &
  WitnessOptions & {
    readonly publicKey?: string
    readonly output: 'table' | 'json' | 'yaml'
  }

/** `lockstep audit list`: the newest records, oldest first. */
export const runAuditList = async (options: AuditOptions, world: World): Promise<number> => {
  const [limit, filter] = [parseLimit(options.limit ?? '50'), toFilter(options, world)]
  await using hub = await openHub(options, world)
  const records = await hub.listNewestAudit(filter, limit)
  const { output } = options
  if (output === 'json' || output === 'yaml') world.stdout.write(formatData(records, output))
  else world.stdout.write(layoutRecords(records, world))
  return EXIT.nothingToReport
}

const layoutRecords = (records: readonly AuditRecord[], { stdout }: World): string => {
  if (records.length === 0) return 'no records\n'
  const { dim } = createColors(stdout.color)
  const rows = records.map(({ seq, time, type, actor, subject, cluster = '', revision = '' }) =>
    [String(seq), time.slice(0, 19).replace('T', ' '), type, actor, cluster, subject, revision.slice(0, 12)].map(
      toPrintable,
    ),
  )
  const titles = ['SEQ', 'TIME (UTC)', 'EVENT', 'BY', 'CLUSTER', 'ABOUT', 'COMMIT']
  const columns = titles.map((title) => ({ title, ...(title.startsWith('TIME') ? { min: 19 } : {}) }))
  return `${layoutTable(columns, rows, { width: stdout.width, styleTitle: dim }).join('\n')}\n`
}

/** `lockstep audit show`: one record with everything that it says, and the commit that it belongs to. */
export const runAuditShow = async (seq: string, options: AuditOptions, world: World): Promise<number> => {
  const number = parseLimit(seq)
  await using hub = await openHub(options, world)
  const record = await hub.getAudit(number)
  if (!record)
    throw createCliError('USAGE_INVALID', `there is no record ${seq}`, {
      hint: `the last one is ${(await hub.readHead())?.seq ?? 0}`,
    })
  const commit = record.revision === undefined ? undefined : await hub.getRevision(record.revision)
  const shown = { ...record, ...(commit ? { commit } : {}) }
  world.stdout.write(options.output === 'json' ? formatData(shown, 'json') : formatYaml(shown))
  return EXIT.nothingToReport
}

/** `lockstep audit verify`: exits with 1 and names the first record that is not as it was recorded. */
export const runAuditVerify = async (options: VerifyOptions, world: World): Promise<number> => {
  await using hub = await openHub(options, world)
  const witnesses = await readWitnesses(options, world)
  const trusted = options.publicKey === undefined ? undefined : readPublicKey(options.publicKey)
  const result = await verifyTrail(
    {
      records: hub.iterateAudit({}),
      checkpoints: await hub.listCheckpoints(),
      ...(witnesses ? { witnesses } : {}),
    },
    trusted ? { trusted } : {},
  )
  const { green, red } = createColors(world.stdout.color)
  if (options.output !== 'table') world.stdout.write(formatData(result, options.output))
  else if (result.type === 'broken') world.stdout.write(`${red('broken')}: record ${result.seq}: ${result.problem}\n`)
  else
    world.stdout.write(
      `${green('intact')}: ${result.records} records follow from one another, ${result.checkpoints} checkpoints hold\n`,
    )
  return result.type === 'intact' ? EXIT.nothingToReport : EXIT.differences
}

const readPublicKey = (file: string): KeyObject => {
  try {
    return createPublicKey(readText(file))
  } catch (cause) {
    throw createCliError('USAGE_INVALID', `${file} holds no public key`, { hint: 'it has to be PEM', cause })
  }
}

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw createCliError('USAGE_INVALID', `${file} cannot be read`, { cause })
  }
}

/** Options of `lockstep audit report`. */
export type ReportOptions = HubViewOptions & {
  readonly since?: string
  readonly until?: string
  readonly cluster?: string
  readonly output: 'markdown' | 'html' | 'json' | 'yaml'
}

/** `lockstep audit report`: what an auditor asks about a period. Exits with 1 where the trail it rests on is broken. */
export const runAuditReport = async (options: ReportOptions, world: World): Promise<number> => {
  const now = world.clock.now()
  const since = parseSince(options.since ?? '30d', '--since', now)
  const until = options.until === undefined ? now.toISOString() : parseSince(options.until, '--until', now)
  await using hub = await openHub(options, world)
  const verified = await verifyTrail({ records: hub.iterateAudit({}), checkpoints: await hub.listCheckpoints() })
  const { cluster } = options
  const records = hub.iterateAudit({ since, until, ...(cluster === undefined ? {} : { cluster }) })
  const report = await computeAuditReport(records, { since, until })
  const proof =
    verified.type === 'intact'
      ? `The trail of ${verified.records} records is intact, and ${verified.checkpoints} signed checkpoints hold.`
      : `The trail is BROKEN at record ${verified.seq}: ${verified.problem}.`
  const { output } = options
  if (output === 'markdown') world.stdout.write(formatAuditMarkdown(report, proof))
  else if (output === 'html') world.stdout.write(formatAuditHtml(report, proof))
  else world.stdout.write(formatData({ ...report, verified }, output))
  return verified.type === 'intact' ? EXIT.nothingToReport : EXIT.differences
}

/** `lockstep audit export`: all records, for other programs; checkpoints too, with which they can be verified elsewhere. */
export const runAuditExport = async (options: AuditOptions, world: World): Promise<number> => {
  const filter = toFilter(options, world)
  await using hub = await openHub(options, world)
  if (options.output === 'csv') world.stdout.write(formatAuditCsv())
  for await (const record of hub.iterateAudit(filter))
    world.stdout.write(options.output === 'csv' ? formatAuditCsv(record) : `${JSON.stringify(record)}\n`)
  return EXIT.nothingToReport
}

const toFilter = ({ since, until, cluster, type }: AuditOptions, { clock }: World): RecordFilter => ({
  ...(since === undefined ? {} : { since: parseSince(since, '--since', clock.now()) }),
  ...(until === undefined ? {} : { until: parseSince(until, '--until', clock.now()) }),
  ...(cluster === undefined ? {} : { cluster }),
  ...(type === undefined ? {} : { type }),
})

const parseLimit = (text: string): number => {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw createCliError('USAGE_INVALID', `"${text}" is not a positive number`)
}
