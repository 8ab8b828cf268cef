import { formatRef } from '../../kube/object.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import { type HubViewOptions, openHub } from '../hub/open-hub.ts'
import type { World } from '../world.ts'

/** Options of `lockstep acknowledge`. */
export type AcknowledgeOptions = HubViewOptions & { readonly note: string }

/** `lockstep acknowledge`: says that somebody knows of a finding. */
export const runAcknowledge = async (text: string, options: AcknowledgeOptions, world: World): Promise<number> => {
  if (options.note.trim() === '')
    throw createCliError('USAGE_INVALID', '--note is empty', { hint: 'say what whoever sees it next has to know' })
  const id = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
  await using hub = await openHub(options, world)
  const finding = id === undefined ? undefined : await hub.acknowledge(id, options.note)
  if (!finding)
    throw createCliError('USAGE_INVALID', `there is no open finding ${text}`, {
      hint: 'lockstep drift --hub URL -o json has the numbers of those that are open',
    })
  const { object, field, cluster } = finding
  world.stdout.write(
    `Acknowledged finding ${finding.id}: ${formatRef(object)}${field === undefined ? '' : ` ${field}`} on ${cluster}.\n`,
  )
  return EXIT.nothingToReport
}
