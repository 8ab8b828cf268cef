import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../kube/object.ts'
import type { OpenApiSchema } from '../schema/open-api-schema.ts'
import { createCustomValidation } from './validate-custom.ts'

const SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'string', enum: ['small', 'big'] },
        count: { type: 'integer', minimum: 0, exclusiveMinimum: true, maximum: 10 },
        port: { 'x-kubernetes-int-or-string': true },
        note: { type: 'string', nullable: true, maxLength: 3 },
        items: { type: 'array', maxItems: 1, items: { type: 'object', required: ['name'] } },
      },
    },
  },
} as unknown as OpenApiSchema

const shelf = (spec: object): KubeObject =>
  ({ apiVersion: 'example.com/v1', kind: 'Shelf', metadata: { name: 'a' }, spec }) as unknown as KubeObject

describe('a custom resource', () => {
  const validate = createCustomValidation(SCHEMA)

  test('is let through by its schema, with either type and with null where they may be', () => {
    expect(validate(shelf({ size: 'big', count: 10, port: 80, note: null }))).toEqual([])
    expect(validate(shelf({ size: 'big', port: 'http' }))).toEqual([])
  })

  test('is told what is wrong with it, by field', () => {
    const errors = validate(shelf({ count: 0, port: true, note: 'long', items: [{}, {}] }))

    expect(Object.fromEntries(errors.map(({ field, type, detail }) => [field, [type, detail]]))).toEqual({
      'spec.size': ['FieldValueRequired', ''],
      'spec.count': ['FieldValueInvalid', 'spec.count in body should be greater than 0'],
      'spec.port': ['FieldValueTypeInvalid', 'spec.port in body must be of type integer,string: "boolean"'],
      'spec.note': ['FieldValueTooLong', 'may not be more than 3 bytes'],
      'spec.items': ['FieldValueTooMany', 'must have at most 1 items'],
      'spec.items[0].name': ['FieldValueRequired', ''],
      'spec.items[1].name': ['FieldValueRequired', ''],
    })
  })

  test('keeps what was wrong before and did not change', () => {
    const before = shelf({ size: 'huge', count: 11 })

    expect(validate(shelf({ size: 'huge', count: 12 }), before)).toMatchObject([{ field: 'spec.count', badValue: 12 }])
  })
})
