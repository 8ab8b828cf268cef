import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../base/system-clock.ts'
import type { AlertReceiver } from '../../fleet/alert-policy.ts'
import { createUrlGuard } from '../../source/url-guard.ts'
import { listTargets, openReceivers, type ReceiverType } from '../open-receivers.ts'
import { at, toAlert, toPolicy, toReceiver, toSample } from '../testing/sample.ts'
import type { SendResult } from './receiver.ts'

/** The other side of a receiver, on 127.0.0.1. */
export type ReceiverWorld = AsyncDisposable & {
  /** What an AlertPolicy would say; secrets by the name `canary`. */
  readonly config: Partial<AlertReceiver>
  /** What the secret `canary` has to be. */
  readonly secret?: string
  /** How it answers from now on; `echo` refuses, and repeats what it was sent. */
  readonly answer: (how: 'well' | 'busy' | 'broken' | 'refuse' | 'echo' | 'hang') => void
  /** What it was sent, each as text. */
  readonly received: () => readonly string[]
}

/** What every receiver has to do. */
export const describeReceiver = (
  type: ReceiverType,
  start: () => Promise<ReceiverWorld>,
  { pauses = true, most = 512 * 1024 }: { readonly pauses?: boolean; readonly most?: number } = {},
): void => {
  describe(`a receiver of type ${type}`, () => {
    const SECRET = 'canary-0123456789abcdef'
    let world: ReceiverWorld
    let secretsDir: string
    beforeEach(async () => {
      world = await start()
      secretsDir = await mkdtemp(join(tmpdir(), 'lockstep-secrets-'))
      await writeFile(join(secretsDir, 'canary'), `${world.secret ?? SECRET}\n`)
    })
    afterEach(async () => {
      await world[Symbol.asyncDispose]()
      await rm(secretsDir, { recursive: true, force: true })
    })

    const send = async (
      notification = toSample(),
      { allowed = ['127.0.0.1'], timeoutMs = 10_000 }: { allowed?: string[]; timeoutMs?: number } = {},
    ): Promise<SendResult> => {
      const receiver = toReceiver(world.config)
      const policy = toPolicy({ receivers: [receiver] })
      const [target] = listTargets(policy.name, receiver)
      await using receivers = openReceivers({
        policies: () => [policy],
        secretsDir,
        guard: createUrlGuard(allowed),
        env: {},
        now: systemClock.now,
      })
      const found = receivers.find(target?.name ?? '')
      if (!found) throw new Error('no such receiver')
      return await found.send(notification, { signal: AbortSignal.timeout(timeoutMs) })
    }

    test('sends what, where and who', async () => {
      expect(await send()).toMatchObject({ type: 'sent' })
      const [text = ''] = world.received()
      for (const word of ['ConfigMap/shop/web', 'eu', 'mallory']) expect(text).toContain(word)
    })

    test('sends that it is over', async () => {
      const over = toAlert('web', { endsAt: at(1) })

      expect(await send(toSample([over], { reason: 'changed' }))).toMatchObject({ type: 'sent' })
      expect(world.received()).toHaveLength(1)
    })

    test('stays within its limits, whatever there is to tell', async () => {
      const long = `"${'<&*_[x](y)é'.repeat(200)}"`
      const alerts = Array.from({ length: 250 }, (_, index) =>
        toAlert(`object-${index}`, {
          annotations: { summary: `${index} ${long}`, change: `${long} → ${long}`, who: long },
        }),
      )

      expect(await send(toSample(alerts))).toMatchObject({ type: 'sent' })
      expect(Buffer.byteLength(world.received().at(-1) ?? '')).toBeLessThan(most)
    })

    test('tries again later where it is told so', async () => {
      world.answer('busy')

      expect(await send()).toMatchObject({
        type: 'failed',
        retry: 'transient',
        ...(pauses ? { retryAfterMs: 7_000 } : {}),
      })
    })

    test('tries again where the other side is broken', async () => {
      world.answer('broken')

      expect(await send()).toMatchObject({ type: 'failed', retry: 'transient' })
    })

    test('says that it is refused, and why', async () => {
      world.answer('refuse')

      expect(await send()).toMatchObject({
        type: 'failed',
        retry: 'terminal',
        reason: expect.stringContaining('not for you'),
      })
    })

    test('ends when it is told to', async () => {
      world.answer('hang')

      expect(await send(toSample(), { timeoutMs: 300 })).toMatchObject({ type: 'failed' })
    })

    test('tries again where nobody listens', async () => {
      await world[Symbol.asyncDispose]()

      expect(await send()).toMatchObject({ type: 'failed', retry: 'transient' })
    })

    test('connects to no private address that the operator did not allow', async () => {
      expect(await send(toSample(), { allowed: [] })).toMatchObject({ type: 'failed', retry: 'terminal' })
      expect(world.received()).toEqual([])
    })

    test('reads secrets each time, and tells them to nobody', async () => {
      if (!JSON.stringify(world.config).includes('"secret"')) return
      await send()
      world.answer('echo')
      const refused = await send()
      await rm(join(secretsDir, 'canary'))
      const missing = await send()

      expect(JSON.stringify(refused)).not.toContain(world.secret ?? SECRET)
      expect(refused).toMatchObject({
        type: 'failed',
        retry: 'terminal',
        reason: expect.stringContaining('not for you'),
      })
      expect(missing).toMatchObject({
        type: 'failed',
        reason: expect.stringContaining('the secret canary cannot be read'),
      })
    })
  })
}
