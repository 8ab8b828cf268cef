import { isLockstepError } from '../base/errors.ts'
import { type Difference, isReportOnly } from '../drift/compare.ts'
import type { KubeClient, ObjectAddress, WriteOptions } from '../kube/client.ts'
import type { KubeObject } from '../kube/object.ts'
import { computeHealPatch } from './heal-patch.ts'

/** An object after what could be undone was undone. */
export type PartlyHealed = {
  readonly live: KubeObject
  /** What the server did not let be undone. */
  readonly refused: readonly Difference[]
}

/** Does the server refuse what is said, whoever says it and however often? */
export const isRefusal = (error: unknown): boolean =>
  isLockstepError(error, 'KUBE_INVALID') || isLockstepError(error, 'KUBE_WEBHOOK')

/**
 * Undoes of an object what the server lets be undone, for where it refuses the whole: an immutable field keeps no other
 * field from being healed. Which differences are refused is told by dry runs, one by one upon those already accepted,
 * for some are only valid together. A write by somebody else in between rejects with a conflict.
 */
export const healInPart = async (
  live: KubeObject,
  differences: readonly Difference[],
  deps: { readonly client: KubeClient; readonly address: ObjectAddress; readonly write: WriteOptions },
  options: { readonly includeStated?: boolean } = {},
): Promise<PartlyHealed> => {
  const { client, address, write } = deps
  const send = async (some: readonly Difference[], dryRun: boolean): Promise<KubeObject | undefined> => {
    const patch = computeHealPatch(live, some, options)
    if (!patch) return undefined
    try {
      return await client.patchJson(address, patch, { ...write, dryRun })
    } catch (error) {
      if (isRefusal(error)) return undefined
      throw error
    }
  }
  const open = differences.filter(({ path }) => !isReportOnly(path))
  const whole = await send(open, false)
  if (whole) return { live: whole, refused: [] }
  let [accepted, refused]: [Difference[], Difference[]] = [[], open]
  for (let before = -1; before !== accepted.length; ) {
    before = accepted.length
    const left: Difference[] = []
    for (const difference of refused) {
      if (await send([...accepted, difference], true)) accepted = [...accepted, difference]
      else left.push(difference)
    }
    refused = left
  }
  return { live: (await send(accepted, false)) ?? live, refused }
}
