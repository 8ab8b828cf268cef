import { isLockstepError, toError } from '../base/errors.ts'
import type { AlertReceiver, ResolvedAlertPolicy, SecretRef } from '../fleet/alert-policy.ts'
import type { UrlGuard } from '../source/url-guard.ts'
import { readSecret } from './read-secret.ts'
import { createAlertmanagerReceiver } from './receivers/alertmanager/alertmanager.ts'
import { createEmailReceiver } from './receivers/email/email.ts'
import { createTeamsReceiver } from './receivers/msteams/msteams.ts'
import { createPagerDutyReceiver } from './receivers/pagerduty/pagerduty.ts'
import { createHttpPoster } from './receivers/post-json.ts'
import type { Receiver, ReceiverDeps, SendResult } from './receivers/receiver.ts'
import { createSlackReceiver } from './receivers/slack/slack.ts'
import { createWebhookReceiver } from './receivers/webhook/webhook.ts'

/** Kinds of receivers, as an AlertPolicy calls them. */
export const RECEIVER_TYPES = ['slack', 'msteams', 'webhook', 'email', 'pagerduty', 'alertmanager'] as const
/** One of {@link RECEIVER_TYPES}. */
export type ReceiverType = (typeof RECEIVER_TYPES)[number]

/** One address of a receiver. */
export type Target = { readonly name: string; readonly type: ReceiverType; readonly index: number }

/** Every address of a receiver, in the order in which they are told. Pure. */
export const listTargets = (policy: string, receiver: AlertReceiver): Target[] =>
  RECEIVER_TYPES.flatMap((type) =>
    receiver[type].map((_, index) => ({ name: `${policy}/${receiver.name}/${type}/${index}`, type, index })),
  )

/** Receivers at work, by the names of targets. */
export type Receivers = AsyncDisposable & {
  /** Undefined where no policy has it any more. */
  readonly find: (target: string) => Receiver | undefined
}

/** Opens what policies name; policies are asked for each time, as they change. */
export const openReceivers = (deps: {
  readonly policies: () => readonly ResolvedAlertPolicy[]
  readonly secretsDir?: string
  readonly guard: UrlGuard
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
}): Receivers => {
  const poster = createHttpPoster(deps)
  return {
    find: (target) => {
      for (const policy of deps.policies())
        for (const receiver of policy.receivers) {
          const found = listTargets(policy.name, receiver).find(({ name }) => name === target)
          if (found)
            return withMaskedSecrets((own) => createReceiver(receiver, found, own), { ...deps, post: poster.post })
        }
      return undefined
    },
    [Symbol.asyncDispose]: () => poster[Symbol.asyncDispose](),
  }
}

const createReceiver = (receiver: AlertReceiver, { type, index }: Target, deps: ReceiverDeps): Receiver => {
  const at = <Config>(list: readonly Config[]): Config => list[index] as Config
  switch (type) {
    case 'slack':
      return createSlackReceiver(at(receiver.slack), deps)
    case 'msteams':
      return createTeamsReceiver(at(receiver.msteams), deps)
    case 'webhook':
      return createWebhookReceiver(at(receiver.webhook), deps)
    case 'email':
      return createEmailReceiver(at(receiver.email), deps)
    case 'pagerduty':
      return createPagerDutyReceiver(at(receiver.pagerduty), deps)
    case 'alertmanager':
      return createAlertmanagerReceiver(at(receiver.alertmanager), deps)
    default:
      return type satisfies never
  }
}

/** A receiver whose answers never hold a secret that it read, and which fails as a value. */
const withMaskedSecrets = (
  create: (deps: ReceiverDeps) => Receiver,
  { secretsDir, ...deps }: Omit<ReceiverDeps, 'readSecret'> & { readonly secretsDir?: string },
): Receiver => ({
  send: async (notification, options) => {
    const secrets = new Set<string>()
    const read = async (ref: SecretRef): Promise<string> => {
      const secret = await readSecret(ref, secretsDir)
      for (const part of listParts(secret)) secrets.add(part)
      return secret
    }
    const result = await sendSafely(create({ ...deps, readSecret: read }), notification, options)
    const mask = (text: string): string =>
      [...secrets].reduce((left, secret) => left.replaceAll(secret, '(masked)'), text)
    return result.type === 'sent'
      ? { ...result, detail: mask(result.detail) }
      : { ...result, reason: mask(result.reason) }
  },
})

const sendSafely = async (
  receiver: Receiver,
  ...[notification, options]: Parameters<Receiver['send']>
): Promise<SendResult> => {
  try {
    return await receiver.send(notification, options)
  } catch (error) {
    return {
      type: 'failed',
      // A secret that is not there may come: it is tried like what may pass.
      retry: isLockstepError(error) ? error.retry : 'transient',
      reason: toError(error).message,
    }
  }
}

/** Of a URL, the path alone is a secret, too: an error may name it without the host. */
const listParts = (secret: string): string[] => {
  const path = URL.canParse(secret) ? new URL(secret).pathname : ''
  return path.length > 8 ? [secret, path] : [secret]
}
