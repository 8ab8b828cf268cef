import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Headers, judgeWebhook } from './webhook.ts'

const SECRET = 'secret'
const body = Buffer.from('{"ref": "refs/heads/main"}')
const digest = createHmac('sha256', SECRET).update(body).digest('hex')

test.each<[string, Headers, object]>([
  [
    'a push from GitHub',
    { 'x-github-event': 'push', 'x-github-delivery': '1', 'x-hub-signature-256': `sha256=${digest}` },
    { type: 'push', provider: 'github', delivery: '1' },
  ],
  [
    'a push from GitLab',
    { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': SECRET, 'x-gitlab-event-uuid': '2' },
    { type: 'push', provider: 'gitlab', delivery: '2' },
  ],
  [
    'a push from Gitea, which sends the headers of GitHub as well',
    { 'x-gitea-event': 'push', 'x-github-event': 'push', 'x-gitea-delivery': '3', 'x-gitea-signature': digest },
    { type: 'push', provider: 'gitea', delivery: '3' },
  ],
  [
    'a push from Bitbucket',
    { 'x-event-key': 'repo:push', 'x-hub-signature': `sha256=${digest}`, 'x-request-uuid': '4' },
    { type: 'push', provider: 'bitbucket', delivery: '4' },
  ],
  [
    'something else that happened',
    { 'x-github-event': 'issues', 'x-hub-signature-256': `sha256=${digest}` },
    { type: 'other', provider: 'github' },
  ],
  [
    'a push with a wrong signature',
    { 'x-github-event': 'push', 'x-hub-signature-256': 'sha256=00' },
    { type: 'refused' },
  ],
  ['a push without a signature', { 'x-github-event': 'push' }, { type: 'refused' }],
  ['a push with the token of nobody', { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': 'x' }, { type: 'refused' }],
  ['a request of nobody', {}, { type: 'refused' }],
])('knows %s', (_, headers, verdict) => {
  expect(judgeWebhook(headers, body, SECRET)).toMatchObject(verdict)
})

test('a signature of another body is refused', () => {
  const headers = { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${digest}` }

  expect(judgeWebhook(headers, Buffer.from('{}'), SECRET)).toMatchObject({ type: 'refused' })
})
