import type { GitRef } from '../../fleet/resolved.ts'
import type { SourceDeps } from '../source-deps.ts'
import { createGit } from './run-git.ts'
import { parseRefs, selectRef, toUnknownRefError } from './select-ref.ts'

/** The commit that a reference stands for in the repository of the fleet itself; a branch may be the remote's alone. */
export const toRevision = async (
  ref: GitRef,
  directory: string,
  { env, signal }: Pick<SourceDeps, 'env'> & { readonly signal?: AbortSignal },
): Promise<string> => {
  if ('commit' in ref) return ref.commit
  const git = createGit({ env })
  const format = '--format=%(objectname)%09%(refname)%0a%(*objectname)%09%(refname)'
  const { stdout } = await git(['for-each-ref', format], { cwd: directory, ...(signal ? { signal } : {}) })
  // An empty peeled name stands where a tag is not annotated: what came first stays.
  const refs = parseRefs(stdout.toString().replace(/^\t.*$/gm, ''))
  const found =
    selectRef(refs, ref) ??
    ('branch' in ref ? { commit: refs.get(`refs/remotes/origin/${ref.branch}`) ?? '' } : { commit: '' })
  if (found.commit === '') throw toUnknownRefError(directory, ref, refs)
  return found.commit
}
