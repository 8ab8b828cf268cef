import { PERMISSIONS, type Permission } from '../../api/access.ts'

/** Somebody who is known. */
export type Principal = {
  /** What the trail calls them. */
  readonly name: string
  readonly by: 'bootstrap' | 'token' | 'session'
  /** The token's or session's key in the store, for ending it. */
  readonly key: string
  readonly permissions: ReadonlySet<Permission>
  readonly expires?: string
}

/** Whoever has the admin token of the data folder. */
export const BOOTSTRAP: Principal = {
  name: 'bootstrap-admin',
  by: 'bootstrap',
  key: 'bootstrap',
  permissions: new Set(PERMISSIONS),
}
