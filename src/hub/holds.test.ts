import { expect, test } from 'vitest'
import { createVirtualClock } from '../base/virtual-clock.ts'
import type { ResolvedCluster } from '../fleet/resolved.ts'
import type { Suspension } from '../store/suspensions.ts'
import { createHolds } from './holds.ts'

const prod = { name: 'eu', labels: { env: 'prod' } } as unknown as ResolvedCluster
const lab = { name: 'lab', labels: { env: 'test' } } as unknown as ResolvedCluster
const START = new Date('2026-12-19T23:59:00Z')
const FREEZE = [
  {
    reason: 'year end',
    clusters: { matchLabels: { env: 'prod' } },
    from: '2026-12-20T00:00:00Z',
    until: '2026-12-20T01:00:00Z',
  },
]

test('a freeze begins and ends by itself, and is told each time', async () => {
  const clock = createVirtualClock(START)
  const holds = createHolds({ clock, store: { listSuspensions: async () => [] } })
  const look = async (minutes: number) => {
    clock.advance(minutes * 60_000)
    return [await holds.refresh(FREEZE), holds.find(prod, 'shop')?.reason, holds.find(lab, 'shop')]
  }

  expect(await look(0)).toEqual([true, undefined, undefined])
  expect(await look(0)).toEqual([false, undefined, undefined])
  expect(await look(1)).toEqual([true, 'frozen: year end', undefined])
  expect(await look(30)).toEqual([false, 'frozen: year end', undefined])
  expect(await look(30)).toEqual([true, undefined, undefined])
})

test('a suspension holds healing back too, and counts more than a freeze', async () => {
  const suspension: Suspension = {
    id: 1,
    component: 'shop',
    actor: 'ann',
    reason: 'INC-1',
    started: START.toISOString(),
    until: '2026-12-21T00:00:00.000Z',
  }
  const clock = createVirtualClock(new Date('2026-12-20T00:30:00Z'))
  const holds = createHolds({ clock, store: { listSuspensions: async () => [suspension] } })
  await holds.refresh(FREEZE)

  expect(holds.find(prod, 'shop')).toEqual({
    apply: true,
    heal: true,
    reason: 'suspended by ann until 2026-12-21T00:00:00.000Z: INC-1',
  })
  expect(holds.find(prod, 'net')).toEqual({ apply: true, heal: false, reason: 'frozen: year end' })
})
