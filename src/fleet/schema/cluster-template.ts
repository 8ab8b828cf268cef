import Type from 'typebox'
import { document, freeForm, object, type Typed, text } from './common.ts'
import { components } from './component.ts'
import { provider, shape } from './shape.ts'

/** `parameters` of a template. */
export const parameters = freeForm(
  'What can be set from outside, as a JSON Schema of type object; defaults are applied.',
)

/** The spec of a ClusterTemplate. */
const clusterTemplateSpec = object('What clusters made from the template are.', {
  extends: Type.Optional(text('The name of the template that this one builds on. Lists merge by name.')),
  parameters: Type.Optional(parameters),
  shape: Type.Optional(shape),
  provider: Type.Optional(provider),
  components: Type.Optional(components),
})

/** A cluster template. */
export const clusterTemplate = document(
  'ClusterTemplate',
  'template',
  'What several clusters have in common.',
  clusterTemplateSpec,
)

/** The spec of a ClusterTemplate as a document has it. */
export type ClusterTemplateSpec = Typed<typeof clusterTemplateSpec>
