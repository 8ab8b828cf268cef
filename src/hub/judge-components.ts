import { createHash } from 'node:crypto'
import type { ReconcileResult } from '../enforce/reconcile-cluster.ts'
import { isSecret } from '../inventory/fingerprint.ts'
import { toRefKey } from '../kube/object.ts'
import type { DesiredCluster, DesiredObject } from '../render/desired.ts'
import type { ComponentState, StoredComponent } from '../store/inventories.ts'
import type { Hold } from './hold-back.ts'
import { judgePass } from './judge-pass.ts'

/** What a whole pass says of a component. */
export type ComponentVerdict = Pick<
  StoredComponent,
  'name' | 'owner' | 'source' | 'digest' | 'revision' | 'state' | 'message'
>

/** Judges each component that Git states by its part of a pass. Pure. */
export const judgeComponents = (
  { outcomes, findings, pending, plan }: Pick<ReconcileResult, 'outcomes' | 'findings' | 'pending' | 'plan'>,
  desired: DesiredCluster,
  findHold: (component: string) => Hold | undefined,
): ComponentVerdict[] => {
  const byComponent = <Item extends { readonly component: string }>(items: readonly Item[]) =>
    Map.groupBy(items, ({ component }) => component)
  const parts = { outcomes: byComponent(outcomes), findings: byComponent(findings), pending: byComponent(pending) }
  const { confirmation, ...unconfirmed } = plan
  const waiting = new Set(confirmation?.deletions.map(toRefKey))
  return desired.components.map((component): ComponentVerdict => {
    const { name, owner, source, objects } = component
    const own = plan.components.find((planned) => planned.name === name)
    const isWaiting = own?.objects.some(({ ref }) => waiting.has(toRefKey(ref))) === true
    const { state, message } = judgePass(
      {
        outcomes: parts.outcomes.get(name) ?? [],
        findings: parts.findings.get(name) ?? [],
        pending: parts.pending.get(name) ?? [],
        plan: isWaiting ? plan : unconfirmed,
      },
      { ...desired, components: [component] },
      findHold(name),
    )
    return {
      name,
      ...(owner === undefined ? {} : { owner }),
      source,
      digest: digestObjects(objects),
      revision: desired.revision,
      state: state as ComponentState,
      ...(message === undefined ? {} : { message }),
    }
  })
}

/** Of what was rendered. Of Secrets only that they are there: from a digest without a key their values could be guessed. */
const digestObjects = (objects: readonly DesiredObject[]): string => {
  const hash = createHash('sha256')
  for (const { manifest, digest = '' } of objects) {
    const { apiVersion, kind, metadata } = manifest
    hash.update(
      `${apiVersion}/${kind}/${metadata.namespace ?? ''}/${metadata.name} ${isSecret(manifest) ? '' : digest}\n`,
    )
  }
  return hash.digest('base64url').slice(0, 22)
}
