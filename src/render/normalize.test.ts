import { expect, test } from 'vitest'
import type { ResolvedComponent } from '../fleet/resolved.ts'
import { parseYaml } from '../kube/yaml.ts'
import type { DesiredObject } from './desired.ts'
import { normalizeDocuments } from './normalize.ts'
import type { RenderedDocument } from './rendered.ts'

const warnings: string[] = []
const normalize = (documents: readonly RenderedDocument[], over: Partial<ResolvedComponent> = {}): DesiredObject[] => {
  warnings.length = 0
  const variables = { parameters: { size: 3 }, cluster: { name: 'eu-1', labels: {} } }
  const component = { name: 'app', substitute: false, variables, ...over } as ResolvedComponent
  return normalizeDocuments(documents, { component, warn: (warning) => warnings.push(warning) })
}
const read = (text: string, again?: string): RenderedDocument[] =>
  parseYaml(text).map((value, index) => ({
    value,
    origin: 'a.yaml',
    ...(again === undefined ? {} : { again: parseYaml(again)[index] }),
  }))

test('a made-up value of stringData is named where it is stored', () => {
  const secret = (password: string): string =>
    `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {fixed: a, password: ${password}}\n`

  expect(normalize(read(secret('one'), secret('two')))[0]?.random).toEqual(['/data/password'])
  expect(normalize(read(secret('one'), secret('one')))[0]).not.toHaveProperty('random')
})

test('a made-up value in a list is named by index and, where its items have names, by name', () => {
  const pod = (password: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, env: [{name: A, value: ${password}}], args: [--x, ${password}]}]}\n`

  expect(normalize(read(pod('one'), pod('two')))[0]?.random).toEqual([
    '/spec/containers/0/env/0/value',
    '/spec/containers/0/args/1',
    '/spec/containers/[name=c]/env/[name=A]/value',
    '/spec/containers/[name=c]/args/1',
  ])
})

test('items of a list keep their second rendering', () => {
  const list = (password: string): string =>
    `apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {p: ${password}}}]\n`

  expect(normalize(read(list('one'), list('two')))[0]?.random).toEqual(['/data/p'])
})

test('references are replaced only in documents that may hold them', () => {
  const [document] = read('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {s: "${HOME}"}\n')

  expect(normalize([document!], { substitute: true })[0]?.manifest.data).toEqual({ s: '${HOME}' })
  expect(() => normalize([{ ...document!, mayRefer: true }], { substitute: true })).toThrow('${HOME} names nothing')
})

test('what only the server sets, and what is null, is left out of the metadata', () => {
  const [object] = normalize(
    read(
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, uid: u, creationTimestamp: null, labels: {a: x, b: null}, annotations: {c: null, kubectl.kubernetes.io/last-applied-configuration: "{}"}}\nstatus: {x: 1}\n',
    ),
  )

  expect(object?.manifest).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'default', labels: { a: 'x' }, annotations: {} },
  })
})

test.each([
  ['a kind that is a number', 'apiVersion: v1\nkind: 5\nmetadata: {name: a}\n', /no kind/],
  ['metadata that is text', 'apiVersion: v1\nkind: ConfigMap\nmetadata: hello\n', /no metadata\.name/],
  [
    'labels that are text',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: x}\n',
    /labels that are no map/,
  ],
  [
    'annotations that are a list',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: [x]}\n',
    /annotations that are no map/,
  ],
  ['a list that holds nothing', 'apiVersion: v1\nkind: List\nitems: [null]\n', /not a map/],
])('%s is an error that names the file', (_, text, message) => {
  expect(() => normalize(read(text))).toThrow(message)
  expect(() => normalize(read(text))).toThrow('a.yaml')
})

test('empty items of lists do no harm', () => {
  const [object] = normalize(
    read(
      'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, ports: [null], env: [null, {name: A}]}]}\n',
    ),
  )

  expect(object?.manifest.spec).toEqual({ containers: [{ name: 'c', ports: [null], env: [{ name: 'A' }] }] })
  expect(warnings).toEqual([])
})
