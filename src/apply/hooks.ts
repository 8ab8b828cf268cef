import { LockstepError } from '../base/errors.ts'
import { toAddress } from '../drift/observe.ts'
import { FIELD_MANAGER } from '../inventory/fingerprint.ts'
import { formatRef, toRef, toRefKey } from '../kube/object.ts'
import type { DesiredObject } from '../render/desired.ts'
import type { ComponentContext } from './apply-plan.ts'
import { waitForObjects } from './wait.ts'

/** When hooks run: around an install or an upgrade of their component. */
export type HookPhase = 'pre-install' | 'post-install' | 'pre-upgrade' | 'post-upgrade'

/**
 * Runs a component's Helm hooks of a phase one after the other, by weight and name: deletes the one before (unless its
 * policy says otherwise), applies it, waits until it has finished, deletes it again where its policy says so. Hooks are
 * not inventoried and never drift. `HOOK_FAILED` ends the phase.
 */
export const runHooks = async (
  hooks: readonly DesiredObject[],
  phase: HookPhase,
  context: ComponentContext,
): Promise<void> => {
  const due = hooks
    .filter(({ hook }) => hook?.phases.includes(phase))
    .toSorted(
      (left, right) =>
        (left.hook?.weight ?? 0) - (right.hook?.weight ?? 0) ||
        left.manifest.metadata.name.localeCompare(right.manifest.metadata.name),
    )
  for (const hook of due) await runHook(hook, phase, context)
}

const runHook = async (
  { manifest, hook }: DesiredObject,
  phase: HookPhase,
  context: ComponentContext,
): Promise<void> => {
  const { client, clock, signal } = context
  const options = signal ? { signal } : {}
  const ref = toRef(manifest)
  const resource = (await client.discover(options)).find(ref.group, ref.kind)
  if (!resource) throw createHookFailed(formatRef(ref), phase, 'the cluster does not serve its kind')
  const address = toAddress(ref, resource)
  const policies = hook?.deletePolicies.length ? hook.deletePolicies : ['before-hook-creation']
  if (policies.includes('before-hook-creation')) {
    await client.delete(address, { ...options, propagation: 'Background' })
    for (let waited = 0; waited < 120 && (await client.getMetadata(address, options)); waited++)
      await clock.sleep(250, options)
  }
  await client.apply(address, manifest, { ...options, fieldManager: FIELD_MANAGER, force: true })
  const results = await waitForObjects([{ ref, resource }], context, {
    timeoutMs: Math.max(context.waitMs, 30_000),
    ...options,
  })
  const result = results.get(toRefKey(ref))
  const succeeded = result?.status === 'Current'
  if (policies.includes(succeeded ? 'hook-succeeded' : 'hook-failed'))
    await client.delete(address, { ...options, propagation: 'Background' })
  if (!succeeded) throw createHookFailed(formatRef(ref), phase, result?.message ?? 'it did not finish')
}

const createHookFailed = (subject: string, phase: HookPhase, reason: string): LockstepError =>
  new LockstepError('HOOK_FAILED', `${subject} ${phase} hook failed: ${reason}`, {
    subject,
    hint: phase.startsWith('pre-')
      ? 'read the logs of the hook; the next sync runs it again'
      : 'read the logs of the hook; it runs again with the next change of its component',
  })
