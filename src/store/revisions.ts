/** A commit of the fleet repository. */
export type StoredRevision = {
  readonly commit: string
  readonly time: string
  readonly author: string
  readonly committer: string
  readonly committed: string
  readonly subject: string
  /** What Git says of its signature: `G` good, `N` none, … as in `%G?`. */
  readonly signature: string
  readonly trailers: readonly string[]
}

/** Which commits, those that were seen last first. */
export type RevisionFilter = {
  /** The first digits of the commit. */
  readonly prefix?: string
  /** Seen before this one: the end of the page before. */
  readonly before?: Pick<StoredRevision, 'time' | 'commit'>
  readonly limit?: number
}

/** The commits that the hub has seen. */
export type RevisionStore = {
  /** False where it was known. */
  readonly saveRevision: (
    revision: StoredRevision,
    by: { readonly actor: string; readonly time: string },
  ) => Promise<boolean>
  readonly getRevision: (commit: string) => Promise<StoredRevision | undefined>
  readonly listRevisions: (filter: RevisionFilter) => Promise<StoredRevision[]>
}
