import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createOpenApi } from './openapi.ts'
import { listOperations } from './operations.ts'
import { formatRoutesPage } from './routes-page.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'api')

test('docs/api/openapi.json is what npm run schemas writes', () => {
  expect(JSON.parse(readFileSync(join(FOLDER, 'openapi.json'), 'utf8'))).toEqual(createOpenApi())
})

test('docs/api/routes.md is what npm run schemas writes', () => {
  expect(readFileSync(join(FOLDER, 'routes.md'), 'utf8')).toBe(formatRoutesPage())
})

test('every field of the API has a description', () => {
  const missing: string[] = []
  const visit = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return
    const { properties = {}, items, anyOf = [] } = schema as Record<string, object> & { anyOf?: object[] }
    for (const [name, field] of Object.entries(properties)) {
      if (!('description' in field)) missing.push(`${path}.${name}`)
      visit(field, `${path}.${name}`)
    }
    visit(items, `${path}[]`)
    for (const part of anyOf as object[]) visit(part, path)
  }
  for (const { id, params, query, body, answer } of listOperations())
    for (const part of [params, query, body, answer]) visit(part, id)

  expect(missing).toEqual([])
})

test('parameters in paths are those of the schemas', () => {
  for (const { id, path, params } of listOperations()) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)

    expect([id, names]).toEqual([id, Object.keys(params?.properties ?? {})])
  }
})
