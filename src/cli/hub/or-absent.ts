import { isLockstepError } from '../../base/errors.ts'

/** What a hub answers; undefined where it has no such thing. */
export const orAbsent = async <Value>(asked: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await asked
  } catch (error) {
    if (isLockstepError(error, 'NOT_FOUND')) return undefined
    throw error
  }
}
