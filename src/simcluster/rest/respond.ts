import { stringify } from 'yaml'
import type { KubeObject } from '../../kube/object.ts'
import type { ApiResponse } from '../api.ts'
import type { StatusFailure } from '../status-failure.ts'
import type { Wanted } from './accept.ts'

/** An answer of JSON text, written as the request wants it. */
export const respondJson = (
  status: number,
  text: string,
  wanted: Pick<Wanted, 'format' | 'pretty'>,
  headers: ApiResponse['headers'] = {},
): ApiResponse => {
  if (wanted.format === 'yaml') {
    const body = stringify(JSON.parse(text), YAML_OPTIONS).replace(/^( *)"\.":/gm, '$1.:')
    return { status, headers: { 'content-type': 'application/yaml', ...headers }, body }
  }
  const body = wanted.pretty ? JSON.stringify(JSON.parse(text), undefined, 2) : text
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: `${body}\n` }
}

/** As Go programs write YAML. */
const YAML_OPTIONS = { version: '1.1', sortMapEntries: true, indentSeq: false, lineWidth: 0 } as const

/** Plain text, as the server's handlers beside the API answer. */
export const respondText = (status: number, body: string): ApiResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body,
})

/** The answer of a path that nobody serves. */
export const respondNoSuchPath = (): ApiResponse => respondText(404, '404 page not found\n')

/** A failure as a `Status`. */
export const respondFailure = (failure: StatusFailure, wanted: Pick<Wanted, 'format' | 'pretty'>): ApiResponse => {
  const seconds = failure.details?.retryAfterSeconds
  return respondJson(
    failure.code,
    JSON.stringify(failure.toStatus()),
    wanted,
    seconds === undefined ? {} : { 'retry-after': String(seconds) },
  )
}

/** Warnings as headers. */
export const toWarningHeaders = (warnings: readonly string[]): ApiResponse['headers'] =>
  warnings.length === 0
    ? {}
    : {
        warning: [...new Set(warnings)]
          .map((text) => `299 - "${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, ' ')}"`)
          .join(', '),
      }

/** The JSON text of an object, apiVersion, kind and metadata first. */
export const formatObject = ({ apiVersion, kind, metadata, ...rest }: KubeObject): string =>
  JSON.stringify({ kind, apiVersion, metadata, ...rest })

/** The JSON text of an object's metadata alone. */
export const formatPartial = (metadata: string, metaVersion: string): string =>
  `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${metaVersion}","metadata":${metadata}}`
