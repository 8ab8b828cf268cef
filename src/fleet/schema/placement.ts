import Type from 'typebox'
import { document, freeForm, object, selector, type Typed } from './common.ts'
import { components } from './component.ts'

/** The spec of a Placement. */
const placementSpec = object('Which components go on which clusters.', {
  clusters: selector('The clusters.', 'cluster'),
  arguments: Type.Optional(freeForm('What ${parameters.x} stands for in this document.')),
  components,
})

/** Components on the clusters of a selector. */
export const placement = document('Placement', 'placement', 'These components on those clusters.', placementSpec)

/** The spec of a Placement as a document has it. */
export type PlacementSpec = Typed<typeof placementSpec>
