import { PERMISSIONS, type Permission } from '../../api/access.ts'

/** Somebody who is known. */
export type Principal = {
  /** What the trail calls them. */
  readonly name: string
  readonly by: 'bootstrap' | 'token' | 'session'
  /** What their requests are counted by. */
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
