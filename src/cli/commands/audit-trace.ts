import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import { type HubViewOptions, openHub } from '../hub/open-hub.ts'
import { formatData } from '../report/data.ts'
import { layoutTrace } from '../report/trace-report.ts'
import type { World } from '../world.ts'

/** Options of `lockstep audit trace`. */
export type TraceOptions = HubViewOptions & { readonly output: 'table' | 'json' | 'yaml' }

/** `lockstep audit trace`: from a commit to what was done with it, and from a change back to its commit. */
export const runAuditTrace = async (
  of: string,
  { output, ...options }: TraceOptions,
  world: World,
): Promise<number> => {
  await using hub = await openHub(options, world)
  const trace = await hub.trace(of)
  if (!trace)
    throw createCliError('USAGE_INVALID', `the hub knows no change and no commit ${of}`, {
      hint: 'name a change by its number, a commit by 7 digits or more that no other one begins with',
    })
  world.stdout.write(output === 'table' ? layoutTrace(trace, world.stdout) : formatData(trace, output))
  return EXIT.nothingToReport
}
