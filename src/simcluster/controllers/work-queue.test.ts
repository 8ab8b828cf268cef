import { expect, test } from 'vitest'
import { createVirtualClock } from '../../base/virtual-clock.ts'
import { createWorkQueue } from './work-queue.ts'

const openQueue = (work: (key: string) => 'done' | 'failed' = () => 'done') => {
  const clock = createVirtualClock(new Date(0))
  const seen: string[] = []
  let dues = 0
  const queue = createWorkQueue({
    clock,
    work: (key) => {
      seen.push(key)
      return work(key)
    },
    onDue: () => {
      dues++
    },
  })
  return { clock, queue, seen, countDues: () => dues }
}

test('keys are worked on in their order, each once however often it was added', () => {
  const { queue, seen, countDues } = openQueue()
  for (const key of ['b', 'a', 'b']) queue.add(key)

  expect(queue.drain()).toBe(2)

  expect(seen).toEqual(['a', 'b'])
  expect(countDues()).toBe(1)
})

test('a key that is added while it is worked on is worked on again', () => {
  let left = 3
  const { queue, seen } = openQueue((key) => {
    if (--left > 0) queue.add(key)
    return 'done'
  })
  queue.add('a')

  queue.drain()

  expect(seen).toEqual(['a', 'a', 'a'])
})

test('a key waits for its time, the earlier of two', async () => {
  const { clock, queue, seen, countDues } = openQueue()
  queue.addAfter('a', 2_000)
  queue.addAfter('a', 1_000)
  queue.addAfter('a', 3_000)
  expect(queue.nextDue()).toBe(1_000)
  queue.drain()
  expect(seen).toEqual([])

  clock.advance(1_000)
  await Promise.resolve()
  expect(countDues()).toBe(1)
  queue.drain()

  expect(seen).toEqual(['a'])
  expect(queue.nextDue()).toBeUndefined()
})

test('what fails is tried again, later each time, and soon again after it succeeded', () => {
  let fails = true
  const { clock, queue } = openQueue(() => (fails ? 'failed' : 'done'))
  const waits: number[] = []
  const runUntilDue = (): void => {
    queue.drain()
    const due = queue.nextDue()
    if (due === undefined) return
    waits.push(due - clock.now().getTime())
    clock.set(new Date(due))
  }
  queue.add('a')
  for (let attempt = 0; attempt < 3; attempt++) runUntilDue()
  fails = false
  runUntilDue()
  fails = true
  queue.add('a')
  runUntilDue()

  expect(waits).toEqual([500, 1_000, 2_000, 500])
})

test('a limit leaves the rest for the next time, and asks for it', () => {
  const { queue, seen, countDues } = openQueue()
  for (const key of ['a', 'b', 'c']) queue.add(key)

  queue.drain(2)
  expect(seen).toEqual(['a', 'b'])
  expect(countDues()).toBe(2)
  queue.drain()
  expect(seen).toEqual(['a', 'b', 'c'])
})
