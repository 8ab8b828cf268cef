import { isLockstepError, LockstepError } from '../base/errors.ts'
import { formatRef, type ObjectRef } from '../kube/object.ts'

/** The words of the server's many kinds for: this cannot be changed once it is there. */
export const isImmutableError = (error: unknown): boolean =>
  isLockstepError(error, 'KUBE_INVALID') &&
  /immutable|updates to .{1,80} (are forbidden|for fields other than)|(may not|must not|cannot|can not) (be )?(chang|updat|modif)/i.test(
    error.message,
  )

/** Git changes a field that the server lets nobody change. */
export const createImmutable = (ref: ObjectRef, cause: Error, never: boolean): LockstepError =>
  new LockstepError('APPLY_IMMUTABLE', cause.message, {
    subject: formatRef(ref),
    hint: never
      ? 'objects of this kind hold data and are never replaced: undo the change in Git, or move the data and delete the object by hand'
      : 'undo the change in Git, or set replace: true on the component to delete the object and create it anew',
    cause,
  })

/** A namespace that holds objects of others is not deleted. */
export const createNamespaceBusy = (ref: ObjectRef, examples: readonly string[], count: number): LockstepError =>
  new LockstepError(
    'NAMESPACE_BUSY',
    `${formatRef(ref)} is not deleted: it holds ${count} objects of others (${examples.join(', ')})`,
    {
      subject: formatRef(ref),
      hint: 'delete or move them, or take the namespace over into another component',
    },
  )
