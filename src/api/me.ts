import Type from 'typebox'
import { choice, list, object, text } from '../fleet/schema/common.ts'
import { PERMISSIONS } from './access.ts'
import { defineOperations } from './operation.ts'

const me = object('Who is calling.', {
  name: text('The name that the trail has of what you do.'),
  by: choice('How you are known: the admin token of the data folder, an API token, or a session.', [
    'bootstrap',
    'token',
    'session',
  ]),
  permissions: list('What you may do.', choice('A permission.', PERMISSIONS)),
  expires: Type.Optional(text('When you have to sign in again.')),
})

/** Who somebody is. */
export const ME_OPERATIONS = defineOperations({
  getMe: {
    method: 'GET',
    path: '/api/v1/me',
    topic: 'me',
    summary: 'Who you are, and what you may do.',
    access: 'signed-in',
    answer: me,
  },
})
