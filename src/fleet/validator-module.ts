import { Ajv } from 'ajv'
import standalone from 'ajv/dist/standalone/index.js'
import type { TSchema } from 'typebox'
import { component } from './schema/component.ts'
import { KINDS } from './schema/kinds.ts'
import { provider, shape } from './schema/shape.ts'

/** Parts that several kinds share: compiled once, and checked on their own after references are replaced. */
const PARTS = { component, shape, provider }

/**
 * The source of `generated/validators.mjs`: the schemas compiled ahead. Compiling them at start took 200 ms, half of what a
 * whole `lockstep drift` may take.
 */
export const createValidatorModule = (): string => {
  const schemas = Object.entries({ ...PARTS, ...KINDS }).map(([name, schema]) => toNamed(name, schema))
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    // Counting code points would need a module of ajv at run time; our lengths are those of ASCII names.
    unicode: false,
    code: { source: true, esm: true },
    logger: false,
    keywords: ['x-message', 'x-hint'],
    schemas,
  })
  const code = standalone.default(ajv, Object.fromEntries(schemas.map(({ $id }) => [$id, $id])))
  return `// Written by npm run schemas.\n${code.replace('"use strict";', '')}\n`
}

const toNamed = (name: string, schema: TSchema): { readonly $id: string } => {
  const copy = JSON.parse(JSON.stringify(schema))
  const fields = copy.properties.spec?.properties ?? {}
  if (fields.components) fields.components.items = { $ref: 'component' }
  for (const part of ['shape', 'provider']) if (fields[part]) fields[part] = { $ref: part }
  return { ...copy, $id: name }
}
