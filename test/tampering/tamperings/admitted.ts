import { MUTATED, RESTORED } from '../admission.ts'
import { listChanges, pickChange, toJsonPatch, toMergePatch } from '../changes.ts'
import { isDeletable, recreate, toOwn } from './lifecycle.ts'
import { isAny, type Tampering } from './tampering.ts'

/** No webhook is asked about these: else none could be mended. */
const isAdmitted: Tampering['applies'] = ({ apiVersion }) => !apiVersion.startsWith('admissionregistration.k8s.io/')
const hasChanges: Tampering['applies'] = (object, manifest) =>
  isAdmitted(object, manifest) && listChanges(object).length > 0

/** Writes of somebody else that a webhook changes. What admission brings with a foreign write is drift, whoever wrote it. */
export const ADMITTED_TAMPERINGS: readonly Tampering[] = [
  {
    name: 'writes the object as it is, and a webhook adds to it',
    applies: isAdmitted,
    expect: 'drift',
    tamper: ({ put }) => put(() => undefined, { manager: MUTATED }),
  },
  {
    name: 'changes a value, and a webhook changes more',
    applies: hasChanges,
    expect: 'drift',
    tamper: ({ live, patchJson }, random) =>
      patchJson(toJsonPatch(live, pickChange(live, random)), { manager: MUTATED }),
  },
  {
    name: 'applies a label by server-side apply, and a webhook changes more',
    applies: isAdmitted,
    expect: 'drift',
    tamper: ({ apply }) => apply({ metadata: { labels: { evil: 'yes' } } }, { manager: MUTATED }),
  },
  {
    name: 'changes a value, and a webhook puts it back',
    applies: (object, manifest) => hasChanges(object, manifest) && object.metadata.deletionTimestamp === undefined,
    expect: 'silent',
    tamper: ({ live, patchMerge }, random) =>
      patchMerge(toMergePatch(live, pickChange(live, random)), { manager: RESTORED }),
  },
  {
    name: 'annotates through the status subresource, and a webhook changes more',
    applies: ({ kind }) => ['Deployment', 'DaemonSet', 'StatefulSet', 'Service', 'Gadget'].includes(kind),
    tamper: ({ patchMerge }) =>
      patchMerge({ metadata: { annotations: { evil: 'by-status' } } }, { subresource: 'status', manager: MUTATED }),
  },
  {
    name: 'deletes the object and makes it anew, and a webhook adds to it',
    applies: (object, manifest) => isAdmitted(object, manifest) && isDeletable(object) && isAny(),
    expect: 'drift',
    tamper: (target) => recreate(target, toOwn(target.manifest, target.live), MUTATED),
  },
]
