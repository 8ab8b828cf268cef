import { expect, test } from 'vitest'
import { parseGitUrl } from './git-url.ts'

const ACCEPTED = {
  'https://git.example.com/team/app.git': { scheme: 'https', host: 'git.example.com', port: 443 },
  'http://localhost:3000/app': { scheme: 'http', host: 'localhost', port: 3000 },
  'ssh://git@git.example.com:2222/app.git': { scheme: 'ssh', host: 'git.example.com', port: 2222 },
  'git@git.example.com:team/app.git': { scheme: 'ssh', host: 'git.example.com', port: 22 },
  'file:///srv/git/app.git': { scheme: 'file' },
}

test.for(Object.entries(ACCEPTED))('takes %s apart', ([text, parts]) => {
  expect(parseGitUrl(text)).toMatchObject(parts)
})

const REFUSED = [
  '',
  'app',
  '/srv/git/app',
  '--upload-pack=touch /tmp/x',
  'ext::sh -c touch% /tmp/x',
  'git://git.example.com/app',
  'ftp://git.example.com/app',
  'fd::7',
  'file://host/app',
  'ssh://-oProxyCommand=touch/app',
  'ssh://-oProxyCommand=x@git.example.com/app',
  'ssh://git.example.com/-app',
  '-oProxyCommand=x@git.example.com:app',
  'git@-oProxyCommand=x:app',
  'git@git.example.com:-app',
  'git@git.example.com://app',
  'https://git.example.com/a b',
  'https://git.example.com/a\nb',
  'https://git.example.com',
  'https://ada:secret@git.example.com/app',
]

test.for(REFUSED)('refuses %j', (text) => {
  expect(() => parseGitUrl(text)).toThrow(expect.objectContaining({ code: 'SOURCE_URL_REFUSED' }))
})

test('keeps a password in a URL out of the message', () => {
  expect(() => parseGitUrl('https://ada:secret@git.example.com/app')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('secret') }),
  )
})
