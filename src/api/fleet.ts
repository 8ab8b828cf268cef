import Type from 'typebox'
import { choice, list, object, text } from '../fleet/schema/common.ts'
import { defineOperations } from './operation.ts'

const names = (description: string) => list(description, text('The name of a cluster.'))

/** The fleet as a whole. */
export const FLEET_OPERATIONS = defineOperations({
  getFleet: {
    method: 'GET',
    path: '/api/v1/fleet',
    topic: 'fleet',
    summary: 'The fleet: its revision, how Git is, how many clusters are how, and which hub this is.',
    access: 'read',
    answer: object('The fleet and its hub.', {
      hub: object('The hub.', { name: text('Its name.'), version: text('The version of Lockstep.') }),
      fleet: Type.Optional(text('The name of the fleet; absent until it was read.')),
      revision: Type.Optional(text('The commit that clusters are brought to.')),
      gitError: Type.Optional(text('Why Git, or the fleet in it, cannot be used now.')),
      clusters: Type.Record(Type.String(), Type.Integer({ description: 'How many.' }), {
        description: 'How many clusters are in which state.',
      }),
    }),
  },
  getRollout: {
    method: 'GET',
    path: '/api/v1/rollout',
    topic: 'fleet',
    summary: 'How far the revision is on its way over the clusters.',
    access: 'read',
    answer: object('The rollout.', {
      revision: Type.Optional(text('The commit.')),
      phase: choice(
        '`first`: it is on the clusters that go first; `halted`: it failed on some, and goes to no other.',
        ['none', 'first', 'rest', 'halted', 'done'],
      ),
      failed: names('Clusters where it failed.'),
      waiting: names('Clusters that wait for it.'),
    }),
  },
})
