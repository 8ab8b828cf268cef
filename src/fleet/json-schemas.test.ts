import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { parseYaml } from '../kube/yaml.ts'
import { replaceFieldTables } from './field-table.ts'
import { createJsonSchemas, type PlainSchema } from './json-schemas.ts'
import type { Kind } from './kind.ts'
import { validate } from './validate.ts'
import { createValidatorModule } from './validator-module.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'schemas')

test('schemas/ is what npm run schemas writes', async () => {
  const files = (await readdir(FOLDER)).sort()
  const contents = await Promise.all(files.map(async (file) => JSON.parse(await readFile(join(FOLDER, file), 'utf8'))))

  expect(Object.fromEntries(files.map((file, index) => [file, contents[index]]))).toEqual(createJsonSchemas())
})

test('the tables of fields in docs/spec are what npm run schemas writes', async () => {
  for (const [file, schema] of Object.entries(createJsonSchemas())) {
    const page = await readFile(join(FOLDER, '..', 'docs', 'spec', file.replace(/json$/, 'md')), 'utf8')

    expect(page).toBe(replaceFieldTables(page, schema))
    expect(page).toContain('| `spec.')
  }
})

test('the examples of docs/spec are valid', async () => {
  for (const [file, schema] of Object.entries(createJsonSchemas())) {
    const page = await readFile(join(FOLDER, '..', 'docs', 'spec', file.replace(/json$/, 'md')), 'utf8')
    const [example] = parseYaml(/```yaml\n(.*?)```/s.exec(page)![1]!)

    expect(validate(schema.title as Kind, example, { references: true })).toEqual([])
    expect(new Ajv({ strict: false }).validate(schema, example)).toBe(true)
  }
})

test('the documents in docs/guides are valid', async () => {
  const folder = join(FOLDER, '..', 'docs', 'guides')
  const pages = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')))
  const documents = pages
    .flatMap((page) => [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text as string))
    .filter((text) => text.includes('apiVersion: lockstep.dev/'))
    .flatMap((text) => parseYaml(text) as { kind: Kind }[])

  expect(documents.map(({ kind }) => kind)).toContain('AlertPolicy')
  for (const document of documents) expect(validate(document.kind, document, { references: true })).toEqual([])
})

test('the compiled schemas are what npm run schemas writes', async () => {
  const written = await readFile(join(import.meta.dirname, 'generated', 'validators.mjs'), 'utf8')

  expect(written === createValidatorModule()).toBe(true)
})

test('every field has a description', () => {
  const missing: string[] = []
  const visit = (schema: PlainSchema, path: string): void => {
    for (const [name, field] of Object.entries((schema.properties ?? {}) as Record<string, PlainSchema>)) {
      if (typeof field !== 'object') continue
      if (!field.description) missing.push(`${path}.${name}`)
      visit(field, `${path}.${name}`)
    }
    for (const part of [schema.items, ...((schema.anyOf ?? []) as unknown[])]) {
      if (typeof part === 'object' && part !== null) visit(part as PlainSchema, `${path}[]`)
    }
  }
  for (const [file, schema] of Object.entries(createJsonSchemas())) visit(schema, file)

  expect(missing).toEqual([])
})

test('a reference may stand for a value of any type, but not in a Fleet', () => {
  const schemas = createJsonSchemas()
  const check = (file: string, document: object): boolean =>
    new Ajv({ strict: false }).validate(schemas[file]!, document)
  const base = { apiVersion: 'lockstep.dev/v1alpha1', metadata: { name: 'a' } }
  const component = {
    name: 'a',
    prune: '${parameters.prune}',
    adopt: '${parameters.adopt}',
    wait: '${parameters.wait}',
  }

  const template = { ...base, kind: 'ClusterTemplate', spec: { components: [component] } }
  expect(check('cluster-template.json', template)).toBe(true)
  expect(check('cluster-template.json', { ...template, spec: { components: [{ ...component, prune: 'no' }] } })).toBe(
    false,
  )
  expect(check('fleet.json', { ...base, kind: 'Fleet', spec: { defaults: { prune: '${x}' } } })).toBe(false)
})
