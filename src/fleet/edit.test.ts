import { expect, test } from 'vitest'
import { appendDocument, type DocumentEdit, editDocument, removeDocument } from './edit.ts'

const FILE = `# Who may what.
kind: A
---
# The second one.
kind: B   # aligned
spec:
  bindings:
    # For deploying.
    - {role: deployer, subjects: [{group: "oidc:a"}, {user: 'alice'}]}   # until spring

    - role: viewer
      subjects:
        - group: b   # everybody
        - user: bob
      expires: 2027-01-31T18:00:00+01:00

# The end.
`

const edit = (...edits: DocumentEdit[]): string => editDocument(FILE, 1, edits)
/** The lines that are not in the other text. */
const lines = (text: string, other: string): string[] =>
  text.split('\n').filter((line) => !other.split('\n').includes(line))
const diff = (text: string): string[] => [
  ...lines(FILE, text).map((line) => `-${line}`),
  ...lines(text, FILE).map((line) => `+${line}`),
]
const bindings = ['spec', 'bindings']

test.each<[string, DocumentEdit, string[]]>([
  [
    'an item is added to a list on one line',
    { op: 'append', path: [...bindings, 0, 'subjects'], value: { group: 'oidc:c' } },
    [
      `-    - {role: deployer, subjects: [{group: "oidc:a"}, {user: 'alice'}]}   # until spring`,
      `+    - {role: deployer, subjects: [{group: "oidc:a"}, {user: 'alice'}, {group: oidc:c}]}   # until spring`,
    ],
  ],
  [
    'an item is added to a list of lines',
    { op: 'append', path: [...bindings, 1, 'subjects'], value: { user: 'eve' } },
    ['+        - {user: eve}'],
  ],
  [
    'an item is added after one of several lines',
    { op: 'append', path: bindings, value: { role: 'x', subjects: [{ user: 'eve' }] } },
    ['+    - {role: x, subjects: [{user: eve}]}'],
  ],
  [
    'a value is changed',
    { op: 'set', path: [...bindings, 1, 'expires'], value: '2027-02-28T18:00:00Z' },
    ['-      expires: 2027-01-31T18:00:00+01:00', '+      expires: 2027-02-28T18:00:00Z'],
  ],
  [
    'a key is added to a map on one line',
    { op: 'set', path: [...bindings, 0, 'expires'], value: '2027-02-28T18:00:00Z' },
    [
      `-    - {role: deployer, subjects: [{group: "oidc:a"}, {user: 'alice'}]}   # until spring`,
      `+    - {role: deployer, subjects: [{group: "oidc:a"}, {user: 'alice'}], expires: 2027-02-28T18:00:00Z}   # until spring`,
    ],
  ],
  ['a key is added to a map of lines', { op: 'set', path: ['spec', 'owner'], value: 'ops' }, ['+  owner: ops']],
  [
    'the last item of a list on one line is taken away',
    { op: 'remove', path: [...bindings, 0, 'subjects', 1] },
    [
      `-    - {role: deployer, subjects: [{group: "oidc:a"}, {user: 'alice'}]}   # until spring`,
      `+    - {role: deployer, subjects: [{group: "oidc:a"}]}   # until spring`,
    ],
  ],
  [
    'the first one is taken away',
    { op: 'remove', path: [...bindings, 0, 'subjects', 0] },
    [
      `-    - {role: deployer, subjects: [{group: "oidc:a"}, {user: 'alice'}]}   # until spring`,
      `+    - {role: deployer, subjects: [{user: 'alice'}]}   # until spring`,
    ],
  ],
  [
    'an item of a list of lines is taken away',
    { op: 'remove', path: [...bindings, 1, 'subjects', 0] },
    ['-        - group: b   # everybody'],
  ],
  [
    'a key is taken away',
    { op: 'remove', path: [...bindings, 1, 'expires'] },
    ['-      expires: 2027-01-31T18:00:00+01:00'],
  ],
])('%s, and nothing else changes', (_, change, expected) => {
  expect(diff(edit(change))).toEqual(expected)
})

test('several changes follow each other', () => {
  const changed = edit(
    { op: 'remove', path: [...bindings, 0] },
    { op: 'append', path: [...bindings, 0, 'subjects'], value: { user: 'eve' } },
  )

  expect(changed).toContain('        - user: bob\n        - {user: eve}\n')
  expect(changed).not.toContain('deployer')
})

test('the key beside a dash is taken away, and comments stay', () => {
  const changed = edit({ op: 'remove', path: [...bindings, 1, 'role'] })

  expect(changed).not.toContain('viewer')
  for (const comment of ['# Who may what.', '# The second one.', '# For deploying.', '# everybody', '# The end.'])
    expect(changed).toContain(comment)
})

test('documents are added to and taken from a file', () => {
  const more = appendDocument(FILE, { kind: 'C', metadata: { name: 'x' } })

  expect(more).toBe(`${FILE}---\nkind: C\nmetadata:\n  name: x\n`)
  expect(removeDocument(more, 1)).toBe('# Who may what.\nkind: A\n---\nkind: C\nmetadata:\n  name: x\n')
  expect(removeDocument('kind: A\n', 0)).toBeUndefined()
  expect(removeDocument('# Ours.\n---\nkind: A\n---\nkind: B\n', 0)).toBe('# Ours.\n---\nkind: B\n')
  expect(appendDocument(undefined, { kind: 'yes', at: '2027-01-31T18:00:00+01:00' })).toBe(
    'kind: "yes"\nat: 2027-01-31T18:00:00+01:00\n',
  )
})
