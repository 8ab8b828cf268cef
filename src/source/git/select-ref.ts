import * as semver from 'semver'
import type { LockstepError } from '../../base/errors.ts'
import type { GitRef } from '../../fleet/resolved.ts'
import { suggestOrList } from '../../fleet/suggest.ts'
import { createSourceError } from '../errors.ts'
import { toRange } from '../select-version.ts'

/** Commits by full name of the reference (`HEAD`, `refs/heads/main`, `refs/tags/v1`), annotated tags peeled. */
export type RefList = ReadonlyMap<string, string>

/** What a reference stands for: the commit, and the full name by which it was found. */
export type SelectedRef = { readonly name: string; readonly commit: string }

/** Reads what `git ls-remote` prints. */
export const parseRefs = (text: string): RefList => {
  const refs = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [id, name] = line.split('\t')
    // The peeled line of an annotated tag comes after the tag's own.
    if (id && name) refs.set(name.replace(/\^\{\}$/, ''), id)
  }
  return refs
}

/** The patterns by which a server is asked for what a reference needs; commits need nothing. */
export const listPatterns = (ref: Exclude<GitRef, { commit: string }> | undefined): readonly string[] => {
  if (ref === undefined) return ['HEAD']
  if ('branch' in ref) return [`refs/heads/${ref.branch}`]
  return 'tag' in ref ? [`refs/tags/${ref.tag}`, `refs/tags/${ref.tag}^{}`] : ['refs/tags/*']
}

/** The commit of a branch, of a tag, or of the highest tag in a range; undefined where there is none. */
export const selectRef = (
  refs: RefList,
  ref: Exclude<GitRef, { commit: string }> | undefined,
): SelectedRef | undefined => {
  const name = ref !== undefined && 'semver' in ref ? selectTag(refs, ref.semver) : toRefName(ref)
  const commit = name === undefined ? undefined : refs.get(name)
  return name === undefined || commit === undefined ? undefined : { name, commit }
}

const toRefName = (ref: { branch: string } | { tag: string } | undefined): string => {
  if (ref === undefined) return 'HEAD'
  return 'branch' in ref ? `refs/heads/${ref.branch}` : `refs/tags/${ref.tag}`
}

const selectTag = (refs: RefList, written: string): string | undefined => {
  const range = toRange(written)
  if (semver.validRange(range) === null) {
    throw createSourceError('SOURCE_VERSION_NOT_FOUND', `"${written}" is not a range of versions`, {
      subject: written,
      hint: 'write it like ">=1.2 <2" or "~1.4"',
    })
  }
  let best: { readonly name: string; readonly version: semver.SemVer } | undefined
  for (const name of refs.keys()) {
    const version = name.startsWith('refs/tags/') ? semver.parse(name.slice('refs/tags/'.length)) : null
    if (version && semver.satisfies(version, range) && (!best || semver.gt(version, best.version)))
      best = { name, version }
  }
  return best?.name
}

/** What people call a reference: `branch main`. */
export const formatRef = (ref: GitRef | undefined): string => {
  if (ref === undefined) return 'default branch'
  const [kind, value] = Object.entries(ref)[0]!
  return `${kind} ${value}`
}

/** The error for a reference that a repository lacks, with those that it has and that look alike. */
export const toUnknownRefError = (display: string, ref: GitRef | undefined, refs: RefList): LockstepError => {
  const prefix = ref !== undefined && 'branch' in ref ? 'refs/heads/' : 'refs/tags/'
  const names = [...refs.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  const written = ref === undefined ? '' : String(Object.values(ref)[0])
  const what = prefix === 'refs/heads/' ? 'branch' : 'tag'
  const known = ref !== undefined && 'commit' in ref ? undefined : suggestOrList(written, names, what)
  return createSourceError('SOURCE_VERSION_NOT_FOUND', `${display} has no ${formatRef(ref)}`, {
    subject: display,
    ...(known === undefined ? {} : { hint: known }),
  })
}
