import { expect, test } from 'vitest'
import { listReferences, substitute } from './substitute.ts'

const VARIABLES = {
  parameters: { nodes: 3, on: false, list: [1], deep: { er: { x: 'y' } }, 'a.b': 'dotted', empty: null },
  cluster: { name: 'eu', labels: { region: 'europe', 'topology.kubernetes.io/zone': 'a' } },
}

const CASES: readonly (readonly [unknown, unknown])[] = [
  ['${parameters.nodes}', 3],
  ['${ parameters.on }', false],
  ['${parameters.list}', [1]],
  ['${parameters.empty}', null],
  ['${parameters.deep.er.x}', 'y'],
  ['${parameters.a.b}', 'dotted'],
  ['n=${parameters.nodes} on ${cluster.name}', 'n=3 on eu'],
  ['${cluster.labels.topology.kubernetes.io/zone}', 'a'],
  ['$${HOME} and $${cluster.name}', '${HOME} and ${cluster.name}'],
  ['$$${cluster.name}', '$${cluster.name}'],
  ['$HOME ${cluster.name}', '$HOME eu'],
  [
    { a: ['${cluster.name}'], '${cluster.name}': 1 },
    { a: ['eu'], '${cluster.name}': 1 },
  ],
]

for (const [text, value] of CASES) {
  test(`replaces ${JSON.stringify(text)} by ${JSON.stringify(value)}`, () => {
    expect(substitute(text, VARIABLES)).toEqual({ value, problems: [] })
  })
}

test('tells of what cannot be replaced, with its place', () => {
  const { problems } = substitute(
    {
      a: ['${parameters.nods}', 'x${HOME}'],
      b: { 'c/d': '${cluster.name' },
      e: 'x${parameters.list}',
      f: '${toString}',
    },
    VARIABLES,
  )

  expect(problems.map(({ code, pointer, hint }) => [code, pointer, hint])).toEqual([
    ['VARIABLE_UNKNOWN', '/a/0', 'did you mean `parameters.nodes`?'],
    ['VARIABLE_UNKNOWN', '/a/1', expect.stringContaining('known: cluster.labels.region')],
    ['VARIABLE_INVALID', '/b/c~1d', 'write $${ for a literal ${'],
    ['VARIABLE_INVALID', '/e', 'a map or list can only be the whole value'],
    ['VARIABLE_UNKNOWN', '/f', expect.any(String)],
  ])
})

test('does not see what objects inherit', () => {
  const { problems } = substitute('${parameters.constructor} ${cluster.labels.toString}', VARIABLES)

  expect(problems).toHaveLength(2)
})

test('lists the names in references', () => {
  expect(listReferences({ a: ['${x} $${y}', '${ z }'] })).toEqual([
    { name: 'x', pointer: '/a/0' },
    { name: 'z', pointer: '/a/1' },
  ])
})
