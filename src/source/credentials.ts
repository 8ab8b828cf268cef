import { readFile } from 'node:fs/promises'
import type { CredentialsRef } from '../fleet/resolved.ts'
import { createSourceError } from './errors.ts'
import type { SourceDeps } from './source-deps.ts'

/** A user and a password, or a token alone. */
export type SourceCredentials = { readonly user?: string; readonly secret: string }

/** The user that forges and registries expect beside a bare token. */
const TOKEN_USER = 'x-access-token'

/** Reads what a reference points at: `user:password`, or a token. */
export const readCredentials = async (
  reference: CredentialsRef,
  subject: string,
  { env }: Pick<SourceDeps, 'env'>,
): Promise<SourceCredentials> => {
  const text = 'env' in reference ? env[reference.env] : await readSecretFile(reference.file, subject)
  const value = text?.trim()
  if (!value) {
    const place = 'env' in reference ? `the environment variable ${reference.env}` : reference.file
    throw createSourceError(
      'SOURCE_CREDENTIALS_MISSING',
      `${subject} has no credentials: ${place} is empty or not set`,
      {
        subject,
        hint: `put user:password or a token into ${place}`,
      },
    )
  }
  const colon = value.indexOf(':')
  return colon < 0 ? { secret: value } : { user: value.slice(0, colon), secret: value.slice(colon + 1) }
}

/** The value of an Authorization header for Basic authentication. */
export const formatBasic = ({ user = TOKEN_USER, secret }: SourceCredentials): string =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`

const readSecretFile = async (file: string, subject: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw createSourceError('SOURCE_CREDENTIALS_MISSING', `${subject} has no credentials: ${file} cannot be read`, {
      subject,
      hint: `put user:password or a token into ${file}`,
      cause: error,
    })
  }
}
