import type { DesiredCluster, DesiredComponent } from '../render/desired.ts'

/** What is held back of a component now, and why. */
export type Hold = { readonly apply: boolean; readonly heal: boolean; readonly reason: string }

/** The policies of components as what holds them back makes them: what is new in Git waits, drift is only told. */
export const holdBack = (
  desired: DesiredCluster,
  findHold: (component: string) => Hold | undefined,
): { readonly desired: DesiredCluster; readonly hold?: Hold } => {
  let found: Hold | undefined
  const components = desired.components.map((component): DesiredComponent => {
    const hold = findHold(component.name)
    if (!hold) return component
    found ??= hold
    const { policy } = component
    return {
      ...component,
      policy: {
        ...policy,
        ...(hold.apply ? { apply: 'manual' } : {}),
        ...(hold.heal && policy.drift === 'heal' ? { drift: 'report' } : {}),
      },
    }
  })
  return { desired: { ...desired, components }, ...(found ? { hold: found } : {}) }
}
