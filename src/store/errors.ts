import { LockstepError } from '../base/errors.ts'

/** What the database says, as what it means for who runs it. Anything else stays what it is. */
export const toStoreError = (error: unknown, file: string): unknown => {
  // Only what comes from SQLite has its number.
  const { errcode, message } = error as { errcode?: number; message?: string }
  if (errcode === undefined) return error
  const primary = errcode & 0xff
  const fields = { subject: file, cause: error }
  if (primary === 13)
    return new LockstepError('STORE_FULL', `the disk of ${file} is full: nothing more can be recorded`, {
      ...fields,
      hint: 'make room: the hub changes no cluster until it can record what it does',
      retry: 'transient',
    })
  if (primary === 11 || primary === 26)
    return new LockstepError('STORE_DAMAGED', `${file} is damaged or is no database: ${message}`, {
      ...fields,
      hint: 'put back a copy of the file, or move it away: the hub then begins a new trail, and says so',
    })
  if (primary === 5 || primary === 6)
    return new LockstepError('STORE_BUSY', `${file} is in use by another program`, { ...fields, retry: 'transient' })
  return new LockstepError('STORE_FAILED', `${file} cannot be used: ${message}`, {
    ...fields,
    hint: 'see that the folder exists and may be written',
  })
}

/** Another hub runs on the same folder. */
export const createStoreInUse = (folder: string): LockstepError =>
  new LockstepError('STORE_IN_USE', `another hub runs with the data folder ${folder}`, {
    subject: folder,
    hint: 'end it first, or give this one another folder and another name: --data DIR --name NAME',
  })

/** The schema was made by a newer Lockstep. */
export const createStoreNewer = (file: string, names: readonly string[]): LockstepError =>
  new LockstepError('STORE_NEWER', `${file} was written by a newer Lockstep: ${names.join(', ')}`, {
    subject: file,
    hint: 'use that version, or a copy of the file from before',
  })
