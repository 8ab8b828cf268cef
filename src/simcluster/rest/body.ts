import { load } from 'js-yaml'
import { createBadRequest, createUnsupportedMediaType } from './failures.ts'

const ACCEPTED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

/** The value of a body by its content type: JSON where there is none. 415 for other types, 400 for what cannot be read. */
export const parseBody = (body: string, contentType: string | undefined): unknown => {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() || 'application/json'
  if (type === 'application/json') return parseJson(body)
  if (type === 'application/yaml') return parseYaml(body)
  throw createUnsupportedMediaType(ACCEPTED)
}

/** YAML or JSON, or 400. */
export const parseYaml = (body: string): unknown => {
  try {
    return load(body)
  } catch (error) {
    throw createBadRequest(`error decoding YAML: ${(error as Error).message}`)
  }
}

const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw createBadRequest(`error decoding: ${(error as Error).message}`)
  }
}
