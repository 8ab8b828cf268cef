import { expect, test } from 'vitest'
import type { Alert } from './alert.ts'
import { createConditionFinder, type HubFacts } from './conditions.ts'
import { at, CONTEXT } from './testing/sample.ts'

const FACTS: HubFacts = { revision: 'abc', clusters: [], suspensions: [] }
const finder = () => {
  const find = createConditionFinder(() => CONTEXT)
  return (second: number, facts: Partial<HubFacts>, open: readonly Alert[] = []): Alert[] =>
    find({ ...FACTS, ...facts }, new Date(at(second)), (key) => open.find((alert) => alert.key === key))
}
const names = (alerts: readonly Alert[]): string[] => alerts.map(({ key }) => key)

test('a hub that is well gives no alerts', () => {
  expect(finder()(0, { clusters: [{ name: 'eu', state: 'synced' }] })).toEqual([])
})

test('what comes back sooner than patience lasts is told to nobody, and patience begins anew', () => {
  const find = finder()
  const away = { clusters: [{ name: 'eu', state: 'unreachable', isUnreachable: true }] }
  const seen = [find(0, away), find(299, away), find(300, {}), find(301, away), find(600, away), find(601, away)]

  expect(seen.map(names)).toEqual([[], [], [], [], [], ['LockstepClusterUnreachable eu']])
  expect(seen.at(-1)?.[0]).toMatchObject({ startsAt: at(301), labels: { cluster: 'eu', severity: 'high' } })
})

test('Git that cannot be read, and a cluster that fails, are told with the reason', () => {
  const find = finder()
  const facts = { gitError: 'connection refused', clusters: [{ name: 'eu', state: 'failed', message: 'no image' }] }
  find(0, facts)

  expect(find(300, facts).map(({ key, annotations }) => [key, annotations.change])).toEqual([
    ['LockstepGitUnreachable', 'connection refused'],
    ['LockstepApplyFailed eu', 'no image'],
  ])
})

test('a suspension is told while it lasts, with who, why and until when', () => {
  const suspension = { id: 3, cluster: 'eu', actor: 'ann', reason: 'INC-1', started: at(0), until: at(60) }
  const [alert] = finder()(5, { suspensions: [suspension] })

  expect(alert).toMatchObject({
    key: 'LockstepSuspended 3',
    labels: { cluster: 'eu', severity: 'info' },
    annotations: { summary: `cluster eu is suspended until ${at(60)}: INC-1`, who: 'ann' },
    startsAt: at(0),
  })
})

test('deletions that wait for a person are told at once', () => {
  const confirmation = { digest: 'd1', deletions: Array.from({ length: 30 }) }
  const [alert] = finder()(0, { clusters: [{ name: 'eu', state: 'pending', confirmation }] })

  expect(alert?.annotations.summary).toBe('30 deletions on eu wait for somebody to confirm them')
})

test('what was open stays open while nobody knows how the cluster is', () => {
  const find = finder()
  const away = { clusters: [{ name: 'eu', state: 'unreachable', isUnreachable: true }] }
  find(0, away)
  const open = find(300, away)
  const again = finder()

  expect(names(again(0, { clusters: [{ name: 'eu', state: 'unknown' }] }, open))).toEqual([
    'LockstepClusterUnreachable eu',
  ])
  expect(names(again(1, away, open))).toEqual(['LockstepClusterUnreachable eu'])
  expect(again(2, { clusters: [{ name: 'eu', state: 'synced' }] }, open)).toEqual([])
})
