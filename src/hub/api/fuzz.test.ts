import fc from 'fast-check'
import type { TObject } from 'typebox'
import { expect, test } from 'vitest'
import { listOperations, type NamedOperation } from '../../api/operations.ts'
import { openApiWorld } from './testing/api-world.ts'

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom('x', '0', '-1', '1e9', '[]', '..'))

/** Values that are nearly right, and such that are not at all. */
const toValue = (schema: Record<string, unknown>): fc.Arbitrary<unknown> => {
  const right = Array.isArray(schema.enum)
    ? fc.constantFrom(...schema.enum)
    : schema.type === 'integer'
      ? fc.integer()
      : schema.type === 'boolean'
        ? fc.boolean()
        : schema.type === 'array'
          ? fc.array(fc.constantFrom(...((schema.items as { enum?: unknown[] }).enum ?? ['a'])), { maxLength: 3 })
          : fc.constantFrom('1h', 'a', '30d', '2026-11-27T12:00:00Z', 'a'.repeat(300))
  return fc.oneof(
    { weight: 3, arbitrary: right },
    { weight: 1, arbitrary: text },
    { weight: 1, arbitrary: fc.jsonValue() },
  )
}

const toObject = (schema: TObject | undefined): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(
    Object.fromEntries(
      Object.entries(schema?.properties ?? {}).map(([name, part]) => [name, toValue(part as Record<string, unknown>)]),
    ),
    { requiredKeys: [] },
  )

const toRequest = ({ path, query, body }: NamedOperation) =>
  fc.record({
    path: fc.array(text, { minLength: 3, maxLength: 3 }).map((parts) => {
      let next = 0
      return path.replace(/\{\w+\}/g, () => encodeURIComponent((parts[next++] as string).toWellFormed()))
    }),
    query: fc.oneof(toObject(query), fc.dictionary(text, text, { maxKeys: 3 })),
    body: fc.oneof(
      toObject(body === 'bytes' ? undefined : body).map((value) => JSON.stringify(value)),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.constantFrom('', '{', '{"__proto__": {"a": 1}}', '{"constructor": {"prototype": {}}}', '\u0000'),
    ),
    type: fc.constantFrom('application/json', 'text/plain', ''),
  })

test('whatever is sent to whichever operation, it is never the hub that fails', { timeout: 60_000 }, async () => {
  await using world = await openApiWorld({
    webhookSecret: 'a-secret',
    limits: Object.fromEntries(
      ['principal', 'address', 'refused', 'refusedInAll', 'login'].map((name) => [name, { burst: 1e9, perSecond: 1 }]),
    ) as never,
  })
  for (const operation of listOperations()) {
    if (operation.path === '/api/v1/events') continue
    await fc.assert(
      fc.asyncProperty(toRequest(operation), async ({ path, query, body, type }) => {
        const pairs = Object.entries(query).map(([name, value]): [string, string] => [
          name.toWellFormed(),
          (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed(),
        ])
        const response = await world.server.inject({
          method: operation.method,
          url: `${path}?${new URLSearchParams(pairs)}`,
          headers: {
            authorization: `Bearer ${world.admin}`,
            ...(operation.method === 'GET' || type === '' ? {} : { 'content-type': type }),
          },
          ...(operation.method === 'GET' ? {} : { payload: body }),
        })

        expect([
          operation.id,
          response.statusCode,
          response.body,
          world.log.filter((line) => line.includes('"error"')),
        ]).toEqual([
          operation.id,
          // 503: the hub of this test reads no fleet.
          expect.toSatisfy((status: number) => status < 500 || status === 503),
          expect.anything(),
          [],
        ])
      }),
      { numRuns: 60 },
    )
  }
})
