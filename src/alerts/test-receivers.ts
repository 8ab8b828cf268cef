import type { ResolvedAlertPolicy } from '../fleet/alert-policy.ts'
import { listTargets, type Receivers } from './open-receivers.ts'
import { toTestNotification } from './test-notification.ts'

/** What came of a sample at one address. */
export type TestedTarget = { readonly target: string; readonly arrived: boolean; readonly answer: string }

/** Which receivers of which policies; all where neither is named. */
export type WantedReceivers = { readonly policy?: string; readonly receiver?: string }

const SEND_MS = 30_000

/** Sends a sample through the real receivers, and says what came back of each. */
export const testReceivers = async (
  { policy: policyName, receiver: receiverName, fleet }: WantedReceivers & { readonly fleet: string },
  deps: { readonly policies: readonly ResolvedAlertPolicy[]; readonly receivers: Receivers; readonly now: () => Date },
  { signal }: { readonly signal: AbortSignal },
): Promise<TestedTarget[]> => {
  const wanted = deps.policies
    .filter(({ name }) => policyName === undefined || name === policyName)
    .flatMap((policy) =>
      policy.receivers
        .filter(({ name }) => receiverName === undefined || name === receiverName)
        .flatMap((receiver) => listTargets(policy.name, receiver).map(({ name }) => ({ name, policy, receiver }))),
    )
  return Promise.all(
    wanted.map(async ({ name, policy, receiver }): Promise<TestedTarget> => {
      const about = { policy: policy.name, receiver: receiver.name, fleet }
      const notification = toTestNotification(about, deps.now())
      const result = await deps.receivers.find(name)?.send(notification, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(SEND_MS)]),
      })
      if (result?.type === 'sent') return { target: name, arrived: true, answer: result.detail }
      return { target: name, arrived: false, answer: result?.reason ?? 'there is no such receiver' }
    }),
  )
}
