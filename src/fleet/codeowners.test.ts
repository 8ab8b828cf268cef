import { expect, test } from 'vitest'
import { findOwner } from './codeowners.ts'

const FILE = `
# everybody
*            @platform
*.jsonnet    @jsonnet-fans
/clusters/   @ops @sre   # two of them
apps/**/shop @shop
docs/*       @docs
/apps/free
/with\\ space/ @space
[Section]
**/secret    @sec
`

const CASES: Readonly<Record<string, string | undefined>> = {
  'fleet.yaml': '@platform',
  'a/b/main.jsonnet': '@jsonnet-fans',
  'clusters/eu.yaml': '@ops @sre',
  'x/clusters/eu.yaml': '@platform',
  'apps/a/b/shop/main.yaml': '@shop',
  'apps/shop': '@shop',
  'docs/a.md': '@docs',
  'docs/deep/a.md': '@platform',
  'apps/free/a.yaml': undefined,
  'with space/a': '@space',
  'deep/in/secret/a.yaml': '@sec',
  './clusters/eu.yaml': '@ops @sre',
  clusters: '@ops @sre',
}

for (const [path, owner] of Object.entries(CASES)) {
  test(`finds ${owner ?? 'nobody'} as the owner of ${path}`, () => {
    expect(findOwner(FILE, path)).toBe(owner)
  })
}

test('finds nobody where no line matches', () => {
  expect(findOwner('/a @a', 'b')).toBeUndefined()
})
