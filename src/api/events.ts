import Type from 'typebox'
import { object, text } from '../fleet/schema/common.ts'
import { defineOperations } from './operation.ts'

/** What happens, as it happens. */
export const EVENT_OPERATIONS = defineOperations({
  streamEvents: {
    method: 'GET',
    path: '/api/v1/events',
    topic: 'events',
    summary:
      'Audit records as they come, as server-sent events: `event` is their type, `id` their number, `data` the record. `last-event-id` goes on after a record.',
    access: 'read',
    query: object('Which ones.', {
      cluster: Type.Optional(text('Only of this cluster.', { maxLength: 100 })),
      type: Type.Optional(text('Only of this type, like finding.opened.', { maxLength: 100 })),
      after: Type.Optional(
        Type.Integer({ description: 'From the record after this one; by default those that come.', minimum: 0 }),
      ),
    }),
    answer: 'raw',
  },
})
