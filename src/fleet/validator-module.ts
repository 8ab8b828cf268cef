import { Ajv } from 'ajv'
import standalone from 'ajv/dist/standalone/index.js'
import type { PlainSchema } from './json-schemas.ts'
import { alertRoute } from './schema/alert-policy.ts'
import { component } from './schema/component.ts'
import { KINDS } from './schema/kinds.ts'
import { provider, shape } from './schema/shape.ts'

/** Parts that are checked on their own after references are replaced, and those that refer to themselves. */
const PARTS = { component, shape, provider, alertRoute }

/**
 * The source of `generated/validators.mjs`: the schemas compiled ahead. Compiling them at start took 200 ms, half of what a
 * whole `lockstep drift` may take. Every object of every schema is a function of its own, written once: the engine parses
 * only those that a document comes to.
 */
export const createValidatorModule = (): string => {
  const objects = new Map<string, PlainSchema>()
  const named = Object.entries({ ...PARTS, ...KINDS }).map(([name, schema]) => ({
    ...withSharedObjects(JSON.parse(JSON.stringify(schema)), objects),
    $id: name,
  }))
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    inlineRefs: false,
    // Counting code points would need a module of ajv at run time; our lengths are those of ASCII names.
    unicode: false,
    code: { source: true, esm: true },
    logger: false,
    keywords: ['x-message', 'x-hint', 'x-secret'],
    schemas: [...objects.values(), ...named],
  })
  const code = standalone.default(ajv, Object.fromEntries(named.map(({ $id }) => [$id, $id])))
  return `// Written by npm run schemas.\n${code.replace('"use strict";', '')}\n`
}

/** Takes the objects below `properties` and `items` out, named in order; what is in a union stays, as problems of it count as one. */
const withSharedObjects = (schema: PlainSchema, objects: Map<string, PlainSchema>): PlainSchema => {
  const share = (part: PlainSchema): PlainSchema => {
    const inner = withSharedObjects(part, objects)
    if (inner.type !== 'object' || inner.properties === undefined) return inner
    const content = JSON.stringify(inner)
    const shared = objects.get(content) ?? { ...inner, $id: `object${objects.size}` }
    objects.set(content, shared)
    return { $ref: shared.$id }
  }
  const { properties, items } = schema as { properties?: Record<string, PlainSchema>; items?: PlainSchema }
  return {
    ...schema,
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, share(part)])) }),
    ...(items === undefined ? {} : { items: share(items) }),
  }
}
