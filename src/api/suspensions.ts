import Type from 'typebox'
import { duration, flag, list, object, text } from '../fleet/schema/common.ts'
import { defineOperations } from './operation.ts'
import { id, time } from './shapes.ts'

const SCOPE = {
  cluster: Type.Optional(text('The cluster.', { maxLength: 100 })),
  component: Type.Optional(text('The component: of that cluster, or of all.', { maxLength: 100 })),
}
const all = Type.Optional(flag('The whole fleet: instead of a cluster and a component.'))

const suspension = object('Applying and healing are held back.', {
  id: id('Its number.'),
  cluster: Type.Optional(text('On which cluster; on all where it is absent.')),
  component: Type.Optional(text('Of which component; of all where it is absent.')),
  actor: text('Who wants it.'),
  reason: text('Why.'),
  started: time('Since when.'),
  until: time('When it ends by itself.'),
  ended: Type.Optional(time('When it was ended before that.')),
})

const some = (description: string) => object(description, { items: list('Suspensions.', suspension) })

/** What operators hold back. */
export const SUSPENSION_OPERATIONS = defineOperations({
  listSuspensions: {
    method: 'GET',
    path: '/api/v1/suspensions',
    topic: 'operations',
    summary: 'What is held back now.',
    access: 'read',
    answer: some('What is held back now.'),
  },
  suspend: {
    method: 'POST',
    path: '/api/v1/suspensions',
    topic: 'operations',
    summary: 'Holds back applying and healing on a cluster, of a component, or everywhere, for a while.',
    access: 'suspend',
    body: object('What to hold back.', {
      ...SCOPE,
      all,
      for: duration('How long.'),
      reason: text('Why; it is recorded.', { maxLength: 1_000 }),
    }),
    answer: suspension,
    status: 201,
  },
  resume: {
    method: 'DELETE',
    path: '/api/v1/suspensions',
    topic: 'operations',
    summary: 'Ends what holds back exactly this scope, and answers what was ended.',
    access: 'suspend',
    query: object('Which scope.', { ...SCOPE, all }),
    answer: some('What was ended.'),
  },
})
