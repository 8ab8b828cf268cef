import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SecretRef } from '../fleet/alert-policy.ts'
import { createAlertError } from './errors.ts'

const NAME = /^[a-z0-9][a-z0-9.-]*$/

/** Reads the secret of that name as it is now, so that a new one holds from the next message on (`ALERT_SECRET_MISSING`). */
export const readSecret = async ({ secret }: SecretRef, folder: string | undefined): Promise<string> => {
  const missing = (reason: string, hint: string, cause?: unknown) =>
    createAlertError('ALERT_SECRET_MISSING', `the secret ${secret} cannot be read: ${reason}`, {
      subject: secret,
      hint,
      cause,
    })
  if (folder === undefined) throw missing('there is no folder of secrets', 'name it with --secrets-dir')
  if (!NAME.test(secret)) throw missing('that is not the name of a secret', 'use small letters, digits, - and .')
  let text: string
  try {
    text = await readFile(join(folder, secret), 'utf8')
  } catch (cause) {
    throw missing(
      (cause as NodeJS.ErrnoException).code ?? 'unknown',
      'put it into a file of that name in the folder of secrets',
      cause,
    )
  }
  const value = text.trim()
  if (value === '') throw missing('its file is empty', 'write the secret into it')
  return value
}
