import Type from 'typebox'
import type { Typed } from './common.ts'
import {
  choice,
  duration,
  flag,
  freeForm,
  gitRef,
  list,
  name,
  object,
  path,
  selector,
  text,
  textMap,
} from './common.ts'

/** What a component and the fleet's defaults both say about enforcing. */
export const policyFields = {
  apply: Type.Optional(
    choice('Does a change in Git go out by itself (auto), or only by lockstep sync (manual)?', ['auto', 'manual']),
  ),
  drift: Type.Optional(
    choice('What happens to changes made by others: undone (heal), told (report), or only counted (ignore).', [
      'heal',
      'report',
      'ignore',
    ]),
  ),
  prune: Type.Optional(flag('Are objects deleted that left Git? The deletion guard still asks where there are many.')),
  adopt: Type.Optional(
    Type.Union(
      [
        choice('Whether at all.', ['never', 'ifUnowned', 'always']),
        object('Objects that these tools own, and unowned ones.', {
          from: list('The tools.', choice('A tool.', ['argocd', 'flux', 'helm', 'kubectl']), { minItems: 1 }),
        }),
      ],
      {
        description:
          'Which objects that exist already may be taken over: never, ifUnowned, always, or those of named tools.',
        'x-message': 'must be never, ifUnowned, always or {from: [argocd, flux, helm, kubectl]}',
      },
    ),
  ),
  wait: Type.Optional(duration('How long to wait for objects to become ready.')),
  interval: Type.Optional(duration('How often the component is reconciled when nothing happens.')),
}

/** Fields that others may change. */
export const ignoreRule = object('Fields that others may change without it being drift.', {
  group: Type.Optional(Type.String({ description: 'The API group; "*" or absent for any, "" for the core group.' })),
  kind: Type.Optional(text('The kind; "*" or absent for any.')),
  namespace: Type.Optional(text('The namespace, with * for any text; absent for any.')),
  name: Type.Optional(text('The name, with * for any text; absent for any.')),
  fields: list(
    'The fields, with everything below them.',
    text('A field: /spec/replicas, /spec/template/spec/containers/[name=web]/image.', {
      pattern: '^/',
      'x-message': 'must be a field path',
      'x-hint': 'field paths begin with /, like /spec/replicas',
    }),
    { minItems: 1 },
  ),
})

const source = object(
  'Where the manifests come from: a path here, a chart of a Helm repository, or a path in another Git repository.',
  {
    path: Type.Optional(
      text('A folder or file. Without repository: relative to this document; with it: relative to that repository.', {
        pattern: '^[^/]',
        'x-message': 'must be a relative path',
        'x-hint': 'relative to this document, or to the root of the named repository',
      }),
    ),
    repository: Type.Optional(text('The name of a repository of the fleet.')),
    ref: Type.Optional(gitRef('The version of the Git repository; the default is the ref that the fleet gives it.')),
    chart: Type.Optional(text('The name of a chart in the Helm repository.')),
    version: Type.Optional(text('The version of the chart, or a range of semantic versions.')),
    decryption: Type.Optional(
      object('How encrypted files are read.', { sops: Type.Optional(freeForm('Files encrypted with SOPS.')) }),
    ),
  },
  {
    oneOf: [
      { required: ['path'], properties: { repository: false, ref: false, chart: false, version: false } },
      { required: ['chart', 'repository', 'version'], properties: { path: false, ref: false } },
      { required: ['repository', 'path'], properties: { chart: false, version: false } },
    ],
    'x-message': 'is not one of the three kinds of source',
    'x-hint': 'write {path}, {chart, repository, version} or {repository, path, ref}',
  },
)

const helm = object('How a chart is rendered.', {
  releaseName: Type.Optional(text('The name of the release; the default is the name of the component.')),
  values: Type.Optional(freeForm('Values, over those of the files and of the chart.')),
  valuesFiles: Type.Optional(list('Files of values, later ones over earlier ones.', path('A file of values.'))),
})

const patchTarget = object('Which objects a patch changes; regular expressions, as Kustomize has them.', {
  group: Type.Optional(text('The API group.')),
  version: Type.Optional(text('The API version.')),
  kind: Type.Optional(text('The kind.')),
  name: Type.Optional(text('The name.')),
  namespace: Type.Optional(text('The namespace.')),
  labelSelector: Type.Optional(text('A label selector.')),
  annotationSelector: Type.Optional(text('An annotation selector.')),
})

const kustomize = object('What is added to a kustomization.', {
  images: Type.Optional(
    list(
      'Images to replace.',
      object('An image to replace.', {
        name: text('The image as the manifests name it, without its tag.'),
        newName: Type.Optional(text('The image to use instead.')),
        newTag: Type.Optional(text('The tag to use.')),
        digest: Type.Optional(text('The digest to use: sha256:….')),
      }),
    ),
  ),
  patches: Type.Optional(
    list(
      'Patches, strategic-merge or JSON 6902.',
      object(
        'A patch, written here or in a file.',
        {
          patch: Type.Optional(text('The patch as text.')),
          path: Type.Optional(path('The file of the patch.')),
          target: Type.Optional(patchTarget),
        },
        {
          oneOf: [{ required: ['patch'] }, { required: ['path'] }],
          'x-message': 'must have either patch or path',
        },
      ),
    ),
  ),
})

const jsonnet = object('What a Jsonnet program is given.', {
  tlas: Type.Optional(freeForm('Top-level arguments, any values.')),
  extVars: Type.Optional(freeForm('External variables, any values.')),
  libs: Type.Optional(list('Library folders, later ones first.', path('A library folder.'))),
})

const exclusiveScope = object('Objects of this kind that no component owns are findings.', {
  group: Type.String({ description: 'The API group; "" for the core group.' }),
  kind: text('The kind.'),
  namespaces: Type.Optional(selector('The namespaces; absent for the whole cluster.', 'namespace')),
})

const healthRule = object('When an object of a custom kind is healthy, as CEL expressions over `object`.', {
  group: text('The API group.'),
  kind: text('The kind.'),
  current: text('True where the object is as it should be.'),
  inProgress: Type.Optional(text('True while it is getting there.')),
  failed: Type.Optional(text('True where it will not get there.')),
})

/** A component, or what an outer layer changes of one. */
export const component = object('What is rendered, applied and inventoried together.', {
  name: name('Its identity on a cluster. An entry with the name of a component of an inner layer changes that one.'),
  enabled: Type.Optional(flag('false takes the component off; the default is true.')),
  source: Type.Optional(source),
  namespace: Type.Optional(name('The default of namespaced objects; created if it is missing.')),
  helm: Type.Optional(helm),
  kustomize: Type.Optional(kustomize),
  jsonnet: Type.Optional(jsonnet),
  substitute: Type.Optional(
    flag(
      'Are ${parameters.x}, ${cluster.name} and ${cluster.labels.x} replaced in plain YAML and in the output of Kustomize?',
    ),
  ),
  dependsOn: Type.Optional(
    list('Components of the same cluster that must be ready first.', text('The name of a component.')),
  ),
  owner: Type.Optional(text('Who is told about it: a team, a person. The default comes from CODEOWNERS.')),
  serviceAccount: Type.Optional(
    text('The service account, as namespace/name, that is impersonated for every request of this component.', {
      pattern: '^[^/]+/[^/]+$',
      'x-message': 'must be namespace/name',
    }),
  ),
  ...policyFields,
  replace: Type.Optional(
    flag(
      'May objects be deleted and made anew where an immutable field changed? Never volume claims, namespaces and CRDs.',
    ),
  ),
  exclusive: Type.Optional(list('Kinds and namespaces where nothing else may be.', exclusiveScope)),
  ignore: Type.Optional(list('Fields that others may change.', ignoreRule)),
  health: Type.Optional(list('When objects of custom kinds are healthy.', healthRule)),
})

/** A list of components. */
export const components = list('The components.', component)

/** A component as a document has it. */
export type ComponentSpec = Typed<typeof component>

/** Labels of nodes, for shapes. */
export const nodeLabels = textMap('Labels of the nodes.')
