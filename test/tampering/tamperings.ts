import { ADMITTED_TAMPERINGS } from './tamperings/admitted.ts'
import { LIFE_TAMPERINGS } from './tamperings/life.ts'
import { LIFECYCLE_TAMPERINGS } from './tamperings/lifecycle.ts'
import { LIST_TAMPERINGS } from './tamperings/lists.ts'
import { METADATA_TAMPERINGS } from './tamperings/metadata.ts'
import { OWNERSHIP_TAMPERINGS } from './tamperings/ownership.ts'
import type { Tampering } from './tamperings/tampering.ts'
import { VALUE_TAMPERINGS } from './tamperings/values.ts'

/** Every kind of tampering with one object. */
export const TAMPERINGS: readonly Tampering[] = [
  ...VALUE_TAMPERINGS,
  ...OWNERSHIP_TAMPERINGS,
  ...METADATA_TAMPERINGS,
  ...LIST_TAMPERINGS,
  ...LIFECYCLE_TAMPERINGS,
  ...LIFE_TAMPERINGS,
  ...ADMITTED_TAMPERINGS,
]
