import { followEvents } from '../../api/follow-events.ts'
import type { AuditRecord } from '../../audit/record.ts'
import type { AuditFilter } from '../../store/audit-trail.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import type { RemoteOptions } from '../hub/hub-options.ts'
import { openHubClient } from '../hub/open-client.ts'
import { type HubDataOptions, openHubStore } from '../hub-data.ts'
import { toPrintable } from '../report/text.ts'
import type { World } from '../world.ts'

/** Options of `lockstep audit follow`. */
export type AuditFollowOptions = HubDataOptions &
  RemoteOptions & {
    readonly cluster?: string
    readonly type?: string
    readonly after?: string
    readonly output: 'text' | 'jsonl'
  }

type Filter = Pick<AuditFilter, 'cluster' | 'type' | 'after'>

const POLL_MS = 500
const PAGE = 200

/** `lockstep audit follow`: prints what happens as it happens, until it is interrupted. */
export const runAuditFollow = async (options: AuditFollowOptions, world: World): Promise<number> => {
  const { cluster, type, after, output, hub } = options
  const filter = {
    ...(cluster === undefined ? {} : { cluster }),
    ...(type === undefined ? {} : { type }),
    ...(after === undefined ? {} : { after: parseAfter(after) }),
  }
  const records = hub === undefined ? followData(filter, options, world) : followHub(filter, { ...options, hub }, world)
  for await (const record of records)
    world.stdout.write(output === 'jsonl' ? `${JSON.stringify(record)}\n` : formatLine(record))
  return EXIT.nothingToReport
}

async function* followHub(
  filter: Filter,
  options: RemoteOptions & { readonly hub: string },
  world: World,
): AsyncGenerator<AuditRecord> {
  await using client = openHubClient(options, world)
  yield* followEvents(client, filter, world)
}

/** What a hub on this machine writes, or anybody else into its data. */
async function* followData(filter: Filter, options: HubDataOptions, world: World): AsyncGenerator<AuditRecord> {
  const { clock, signal } = world
  await using store = await openHubStore(options, world)
  let after = filter.after ?? (await store.readHead())?.seq ?? 0
  while (!signal.aborted) {
    const page = await store.listAudit({ ...filter, after, limit: PAGE })
    yield* page
    after = page.at(-1)?.seq ?? after
    if (page.length < PAGE) await clock.sleep(POLL_MS, { signal }).catch(() => undefined)
  }
}

const formatLine = ({ seq, time, type, actor, cluster, subject, revision }: AuditRecord): string => {
  const about = [...(cluster === undefined || cluster === subject ? [] : [cluster]), subject].join(' ')
  const commit = revision === undefined || revision === subject ? '' : ` at ${revision.slice(0, 12)}`
  return `${toPrintable(`${seq} ${time.slice(0, 19)}Z ${type} by ${actor}: ${about}${commit}`)}\n`
}

const parseAfter = (text: string): number => {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw createCliError('USAGE_INVALID', `--after: "${text}" is not the number of a record`, {
    hint: 'lockstep audit list shows them; 0 begins with the first one',
  })
}
