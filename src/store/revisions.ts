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

/** The commits that the hub has seen. */
export type RevisionStore = {
  /** False where it was known. */
  readonly saveRevision: (
    revision: StoredRevision,
    by: { readonly actor: string; readonly time: string },
  ) => Promise<boolean>
  readonly getRevision: (commit: string) => Promise<StoredRevision | undefined>
}
