import Type from 'typebox'
import { document, freeForm, gitRef, object, type Typed, text } from './common.ts'
import { components } from './component.ts'
import { provider, shape } from './shape.ts'

/** The spec of a Cluster. */
const clusterSpec = object('What the cluster is.', {
  template: Type.Optional(
    object('The template that the cluster is made from.', {
      name: text('The name of a ClusterTemplate.'),
      ref: Type.Optional(
        gitRef('Pins the version of the template: it is read from this version of the fleet repository.'),
      ),
      arguments: Type.Optional(freeForm("Values for the template's parameters.")),
    }),
  ),
  provider: Type.Optional(provider),
  shape: Type.Optional(shape),
  components: Type.Optional(components),
})

/** A cluster of the fleet. */
export const cluster = document('Cluster', 'cluster', 'A cluster of the fleet.', clusterSpec)

/** The spec of a Cluster as a document has it. */
export type ClusterSpec = Typed<typeof clusterSpec>
