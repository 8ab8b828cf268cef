import { parseYaml as parseDocuments } from '../../kube/yaml.ts'
import { createBadRequest, createUnsupportedMediaType } from './failures.ts'
import { describeJsonError, listDuplicateKeys } from './go-json.ts'
import { quoteGo } from './go-quote.ts'

const ACCEPTED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

/**
 * The value of a body by its content type: JSON where there is none. 415 for other types, 400 for what cannot be read, in
 * the words for the kind that it should have been.
 */
export const parseBody = (body: string, contentType: string | undefined, kind?: string): unknown => {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() || 'application/json'
  if (type !== 'application/json' && type !== 'application/yaml') throw createUnsupportedMediaType(ACCEPTED)
  const text = body.trimStart()
  if (type === 'application/yaml' && !text.startsWith('{')) return parseYaml(body)
  try {
    return JSON.parse(body)
  } catch {
    const why = `couldn't get version/kind; json parse error: ${describeJsonError(body)}`
    throw createBadRequest(
      kind === undefined
        ? why
        : `the object provided is unrecognized (must be of type ${kind}): ${why} (${summarize(body)})`,
    )
  }
}

/** YAML or JSON, or 400. */
export const parseYaml = (body: string): unknown => {
  try {
    return parseDocuments(body)[0]
  } catch (error) {
    throw createBadRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${(error as Error).message}`)
  }
}

/** The beginning of a body, as the server shows it. */
const summarize = (body: string): string => {
  if (body === '') return '<empty>'
  const bytes = Buffer.from(body)
  const text = (part: Buffer): string => (body.startsWith('{') ? part.toString() : part.toString('hex'))
  return bytes.length > 30 ? `${text(bytes.subarray(0, 30))} ...` : text(bytes)
}

/** Keys that a JSON body states twice, in words. What every client writes is the same when it is written again, and needs no search. */
export const findDuplicates = (body: string, value: unknown): readonly string[] =>
  !body.trimStart().startsWith('{') || body.trimEnd() === JSON.stringify(value)
    ? []
    : listDuplicateKeys(body).map((path) => `duplicate field ${quoteGo(path)}`)
