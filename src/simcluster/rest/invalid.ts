import type { FieldError } from '../kinds/resource-type.ts'
import { StatusFailure } from '../status-failure.ts'
import { quoteGo } from './go-quote.ts'

const WORDS: Readonly<Record<string, string>> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooShort: 'Too short',
  FieldValueTooMany: 'Too many',
  FieldValueTooFew: 'Too few',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
}
/** These never tell the value. */
const VALUELESS = new Set([
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueTooLong',
  'FieldValueTooShort',
  'InternalError',
])

/** 422 with all that is wrong; in the message, what is said twice is said once. */
export const createInvalid = (
  { group, kind }: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusFailure => {
  const causes = errors.map((error) => ({ reason: error.type, message: formatFieldError(error), field: error.field }))
  const lines = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))]
  const subject = group === '' ? kind : `${kind}.${group}`
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`
  return new StatusFailure(422, 'Invalid', `${subject} ${quoteGo(name)} is invalid: ${text}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(kind === '' ? {} : { kind }),
    causes,
  })
}

/** What is wrong with a field, without its path. */
export const formatFieldError = (error: FieldError): string => {
  const word = WORDS[error.type] ?? `<unknown error ${quoteGo(error.type)}>`
  const value = VALUELESS.has(error.type) || !('badValue' in error) ? '' : `: ${formatValue(error.badValue)}`
  return `${word}${value}${error.detail === '' ? '' : `: ${error.detail}`}`
}

const formatValue = (value: unknown): string =>
  typeof value === 'string' ? quoteGo(value) : JSON.stringify(value ?? null)
