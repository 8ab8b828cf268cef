import { listOperations, type NamedOperation } from './operations.ts'
import { problem } from './problem.ts'

type Json = Readonly<Record<string, unknown>>

/** The API as an OpenAPI 3.1 document. Pure. */
export const createOpenApi = (): Json => ({
  openapi: '3.1.0',
  info: {
    title: 'Lockstep hub',
    version: 'v1',
    description: 'What a hub knows of its fleet, and what can be asked of it. Refusals are problem+json (RFC 9457).',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  tags: [...new Set(listOperations().map(({ topic }) => topic))].map((name) => ({ name })),
  paths: Object.fromEntries(
    [...Map.groupBy(listOperations(), ({ path }) => path)].map(([path, operations]) => [
      path,
      Object.fromEntries(operations.map((operation) => [operation.method.toLowerCase(), toOperation(operation)])),
    ]),
  ),
  components: {
    schemas: { Problem: toPlain(problem) },
    responses: {
      Problem: {
        description: 'It was not done.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer', description: 'An API token, or the admin token of the data folder.' },
      session: { type: 'apiKey', in: 'cookie', name: 'lockstep_session' },
    },
  },
})

const toOperation = (operation: NamedOperation): Json => {
  const { id, summary, topic, access } = operation
  const isOpen = access === 'public' || access === 'verified'
  return {
    operationId: id,
    summary,
    tags: [topic],
    'x-lockstep-access': access,
    security: isOpen ? [] : [{ token: [] }, { session: [] }],
    ...toParameters(operation),
    ...toBody(operation),
    responses: { ...toAnswer(operation), default: { $ref: '#/components/responses/Problem' } },
  }
}

const toParameters = ({ params, query }: NamedOperation): Json => {
  const list = (['path', 'query'] as const).flatMap((place) => {
    const schema = place === 'path' ? params : query
    const required = new Set<string>(schema?.required ?? [])
    return Object.entries(schema?.properties ?? {}).map(([name, part]) => {
      const { description, ...rest } = toPlain(part)
      return { name, in: place, required: required.has(name), description, schema: rest }
    })
  })
  return list.length === 0 ? {} : { parameters: list }
}

const toBody = ({ body }: NamedOperation): Json => {
  if (body === undefined) return {}
  const content = body === 'bytes' ? { '*/*': {} } : { 'application/json': { schema: toPlain(body) } }
  return { requestBody: { required: true, content } }
}

const toAnswer = ({ answer, status = 200 }: NamedOperation): Json => {
  if (answer === 'nothing') return { 204: { description: 'Done.' } }
  if (answer === 'raw') return { '2XX': { description: 'As the summary says.' } }
  return { [status]: { description: 'Done.', content: { 'application/json': { schema: toPlain(answer) } } } }
}

/** A schema as plain JSON, without what only our own messages need. */
const toPlain = (schema: object): Json =>
  JSON.parse(JSON.stringify(schema, (key, value: unknown) => (/^x-(message|hint)$/.test(key) ? undefined : value)))
