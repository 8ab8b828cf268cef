import { LockstepError } from '../base/errors.ts'

/** Somebody else wrote the inventory since it was read. */
export const createInventoryConflict = (component: string, cause: unknown): LockstepError =>
  new LockstepError('INVENTORY_CONFLICT', `inventory of component ${component} changed while it was being written`, {
    subject: component,
    hint: 'another sync ran at the same time: run the command again',
    retry: 'transient',
    cause,
  })

/** The stored inventory cannot be read. */
export const createInventoryDamaged = (name: string, cause: unknown): LockstepError =>
  new LockstepError('INVENTORY_DAMAGED', `ConfigMap lockstep-system/${name} holds no readable inventory`, {
    subject: name,
    hint: 'delete the ConfigMap: the next sync rebuilds the inventory from the labels of the objects',
    cause,
  })

/** Another writer holds the cluster. */
export const createClusterLocked = (holder: string): LockstepError =>
  new LockstepError('CLUSTER_LOCKED', `cluster is being written by ${holder}`, {
    subject: holder,
    hint: 'wait until it has finished, and run the command again',
    retry: 'transient',
  })

/** A hub enforces the cluster, so that a local sync would fight it. */
export const createClusterEnforced = (hub: string): LockstepError =>
  new LockstepError('CLUSTER_ENFORCED', `cluster is enforced by the hub ${hub}`, {
    subject: hub,
    hint: 'change Git and let the hub apply it, or run with --bypass-hub --reason "…"',
  })
