import * as semver from 'semver'
import type { LockstepError } from '../base/errors.ts'
import { suggest } from '../fleet/suggest.ts'
import { createSourceError } from './errors.ts'

/** How many versions a message lists. */
const LISTED = 8

/** Is it one version rather than a range? */
export const isExactVersion = (version: string): boolean => semver.valid(version) !== null

/** A range as npm reads it, from one as Helm's library does: there commas mean "and". */
export const toRange = (range: string): string => range.replaceAll(',', ' ')

/** The version that is meant among those that there are: the very one, or the highest in a range. */
export const selectVersion = (wanted: string, versions: readonly string[]): string | undefined => {
  if (versions.includes(wanted)) return wanted
  const exact = semver.valid(wanted)
  // `v1.2.3` and `1.2.3` are the same version, and so are those that differ in build metadata alone.
  if (exact !== null) return versions.find((version) => semver.valid(version) === exact)
  return (
    semver.maxSatisfying(
      versions.filter((version) => semver.valid(version)),
      toRange(wanted),
    ) ?? undefined
  )
}

/** The error for a version that is not there, with those that are. */
export const toUnknownVersionError = (chart: string, wanted: string, versions: readonly string[]): LockstepError => {
  const latest = semver.rsort(versions.filter((version) => semver.valid(version)))
  const known = latest.length === 0 ? 'it has no versions' : `the latest are ${latest.slice(0, LISTED).join(', ')}`
  return createSourceError('SOURCE_VERSION_NOT_FOUND', `${chart} has no version ${wanted}`, {
    subject: chart,
    hint: suggest(wanted, latest) ?? known,
  })
}
