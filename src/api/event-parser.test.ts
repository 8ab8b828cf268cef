import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseEvents, type StreamEvent } from './event-parser.ts'

const STREAM = 'retry: 2000\n\nid: 1\nevent: a\ndata: {"ä": "→"}\n\nid: 2\n\ndata: x\r\ndata: y\r\n\r\n: comment\n\n'

const parse = async (chunks: readonly Uint8Array[]): Promise<StreamEvent[]> => {
  const events: StreamEvent[] = []
  for await (const event of parseEvents(
    (async function* () {
      yield* chunks
    })(),
  ))
    events.push(event)
  return events
}

test('a stream says the same however it is cut', async () => {
  const bytes = Buffer.from(STREAM)
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 0, max: bytes.length })), async (cuts) => {
      const points = [0, ...cuts.sort((left, right) => left - right), bytes.length]
      const chunks = points.slice(1).map((end, index) => bytes.subarray(points[index], end))

      expect(await parse(chunks)).toEqual([
        { id: '', type: '', data: undefined },
        { id: '1', type: 'a', data: '{"ä": "→"}' },
        { id: '2', type: '', data: undefined },
        { id: '2', type: '', data: 'x\ny' },
        { id: '2', type: '', data: undefined },
      ])
    }),
  )
})
