import {
  apply,
  type ContractCases,
  create,
  get,
  jsonPatch,
  mergePatch,
  strategicPatch,
  update,
} from './contract-case.ts'

const CONFIG_MAPS = '/api/v1/namespaces/{ns}/configmaps'
const DEPLOYMENTS = '/apis/apps/v1/namespaces/{ns}/deployments'
const ROLES = '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles'

const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { color: 'red' } }
const named = (metadata: object) => ({ ...settings, metadata }) as never
const SETTINGS = `${CONFIG_MAPS}/settings`
const make = create(CONFIG_MAPS, settings, { as: 'made', setup: true })
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    // Nobody runs it.
    paused: true,
    replicas: 0,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
}
const TEMPLATES = '/api/v1/namespaces/{ns}/podtemplates'
const podTemplate = {
  apiVersion: 'v1',
  kind: 'PodTemplate',
  metadata: { name: 'web' },
  template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
}
const MANAGER = 'x'.repeat(129)
const OTHER = '00000000-0000-4000-8000-000000000000'
const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: OTHER }

/** How writes are read, checked and answered, whatever the kind. */
export const cases: ContractCases = {
  'an object is created': [create(CONFIG_MAPS, settings), get(SETTINGS)],
  'a body without kind and version is what the URL says': [create(CONFIG_MAPS, { metadata: { name: 'settings' } })],
  'a body of another version is refused': [create(CONFIG_MAPS, { ...settings, apiVersion: 'v2' })],
  'a body of another kind is refused': [create(CONFIG_MAPS, { ...settings, kind: 'Secret' })],
  'a body of a kind of another group is refused': [create(CONFIG_MAPS, deployment)],
  'a body that is no JSON is refused': [create(CONFIG_MAPS, 'no')],
  'an empty body is refused': [create(CONFIG_MAPS, '')],
  'a body that is a list is refused': [create(CONFIG_MAPS, [])],
  'a body in YAML is read': [
    create(CONFIG_MAPS, 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: settings}\ndata: {color: red}\n', {
      headers: { 'content-type': 'application/yaml' },
    }),
  ],
  'a body of an unknown type is refused': [
    create(CONFIG_MAPS, settings, { headers: { 'content-type': 'text/plain' } }),
  ],
  'an object without a name is refused': [create(CONFIG_MAPS, named({}))],
  'a name that is taken is refused': [make, create(CONFIG_MAPS, settings)],
  'a name is generated': [create(CONFIG_MAPS, named({ generateName: 'settings-' }))],
  'a name is generated in a dry run': [
    create(CONFIG_MAPS, named({ generateName: 'settings-' }), { query: { dryRun: 'All' } }),
  ],
  'a name that is given is not generated': [create(CONFIG_MAPS, named({ name: 'a', generateName: 'settings-' }))],
  'a name that is given and taken is not generated': [
    make,
    create(CONFIG_MAPS, named({ name: 'settings', generateName: 'settings-' })),
  ],
  'a namespace that is another is refused': [create(CONFIG_MAPS, named({ name: 'a', namespace: 'other' }))],
  'a namespace that is the same is fine': [create(CONFIG_MAPS, named({ name: 'a', namespace: '{ns}' }))],
  'a namespace that does not exist is not found': [create('/api/v1/namespaces/{ns}-none/configmaps', settings)],
  'a resource version at creation is refused': [create(CONFIG_MAPS, named({ name: 'a', resourceVersion: '5' }))],
  'a uid at creation is another one': [create(CONFIG_MAPS, named({ name: 'a', uid: OTHER, generation: 7 }))],
  'an owner that is named twice counts once': [
    create(CONFIG_MAPS, named({ name: 'a', ownerReferences: [owner, owner] }), { query: { dryRun: 'All' } }),
  ],
  'a dry run creates nothing': [create(CONFIG_MAPS, settings, { query: { dryRun: 'All' } }), get(SETTINGS)],
  'a dry run of a name that is taken': [make, create(CONFIG_MAPS, settings, { query: { dryRun: 'All' } })],
  'another dry run is refused': [create(CONFIG_MAPS, settings, { query: { dryRun: 'Some' } })],
  'a manager is named': [create(CONFIG_MAPS, settings, { query: { fieldManager: 'me' } })],
  'a manager is named by the program': [
    create(CONFIG_MAPS, settings, { headers: { 'user-agent': 'my-program/1.2 (x)' } }),
  ],
  'a manager whose name is too long is refused': [create(CONFIG_MAPS, settings, { query: { fieldManager: MANAGER } })],
  'a manager whose name cannot be printed is refused': [
    create(CONFIG_MAPS, settings, { query: { fieldManager: 'a\u0007' } }),
  ],
  'an unknown way of checking fields is refused': [
    create(CONFIG_MAPS, settings, { query: { fieldValidation: 'Maybe' } }),
  ],
  'all that is wrong with the options is told': [
    create(CONFIG_MAPS, settings, { query: { fieldValidation: 'Maybe', dryRun: 'Some' } }),
  ],
  'unknown fields are warned of': [
    create(CONFIG_MAPS, { ...settings, colour: 'red', metadata: { name: 'a', size: 1 } }),
  ],
  'unknown fields are refused': [
    create(CONFIG_MAPS, { ...settings, colour: 'red' }, { query: { fieldValidation: 'Strict' } }),
  ],
  'unknown fields are ignored': [
    create(CONFIG_MAPS, { ...settings, colour: 'red' }, { query: { fieldValidation: 'Ignore' } }),
  ],
  'an object is replaced': [make, update(SETTINGS, { ...settings, data: { color: 'blue' } })],
  'an object is replaced by the same': [make, update(SETTINGS, settings), get(SETTINGS)],
  'an object is replaced at its version': [make, update(SETTINGS, { data: { color: 'blue' } }, { base: 'made' })],
  'an object is not replaced at another version': [
    make,
    mergePatch(SETTINGS, { data: { size: 'big' } }, { setup: true }),
    update(SETTINGS, { data: { color: 'blue' } }, { base: 'made' }),
  ],
  'an object with another uid is a conflict': [make, update(SETTINGS, named({ name: 'settings', uid: OTHER }))],
  'an object with another name is refused': [make, update(SETTINGS, named({ name: 'other' }))],
  'an object without a name is no replacement': [make, update(SETTINGS, named({}))],
  'an object with another namespace is no replacement': [
    make,
    update(SETTINGS, named({ name: 'settings', namespace: 'other' })),
  ],
  'what does not exist is not replaced': [update(SETTINGS, settings)],
  'what does not exist is not replaced, by its uid': [update(SETTINGS, named({ name: 'settings', uid: OTHER }))],
  'some kinds are created by a replacement': [
    update(`${ROLES}/reader`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    }),
  ],
  'a dry run replaces nothing': [
    make,
    update(SETTINGS, { ...settings, data: { color: 'blue' } }, { query: { dryRun: 'All' } }),
    get(SETTINGS),
  ],
  'a merge patch': [make, mergePatch(SETTINGS, { data: { color: null, size: 'big' } })],
  'a merge patch that changes nothing': [make, mergePatch(SETTINGS, { data: { color: 'red' } }), get(SETTINGS)],
  'a merge patch at another version is a conflict': [
    make,
    mergePatch(SETTINGS, { metadata: { resourceVersion: '1' } }),
  ],
  'a merge patch with another uid is a conflict': [make, mergePatch(SETTINGS, { metadata: { uid: OTHER } })],
  'a merge patch of the name is refused': [make, mergePatch(SETTINGS, { metadata: { name: 'other' } })],
  'a merge patch that is no JSON is refused': [make, mergePatch(SETTINGS, 'no')],
  'a merge patch that is a list is refused': [make, mergePatch(SETTINGS, [])],
  'a merge patch of what does not exist': [mergePatch(SETTINGS, { data: {} })],
  'a merge patch with an unknown field is warned of': [make, mergePatch(SETTINGS, { colour: 'red' })],
  'a merge patch with an unknown field is refused': [
    make,
    mergePatch(SETTINGS, { colour: 'red' }, { query: { fieldValidation: 'Strict' } }),
  ],
  'a merge patch with a wrong type is refused': [make, mergePatch(SETTINGS, { data: 'red' })],
  'a JSON patch': [make, jsonPatch(SETTINGS, [{ op: 'add', path: '/data/size', value: 'big' }])],
  'a JSON patch of what is not there': [make, jsonPatch(SETTINGS, [{ op: 'remove', path: '/data/size' }])],
  'a JSON patch whose test fails': [make, jsonPatch(SETTINGS, [{ op: 'test', path: '/data/color', value: 'blue' }])],
  'a JSON patch that is no list': [make, jsonPatch(SETTINGS, { op: 'remove' })],
  'a strategic merge patch': [
    create(TEMPLATES, podTemplate, { setup: true }),
    strategicPatch(`${TEMPLATES}/web`, {
      template: { spec: { containers: [{ name: 'web', env: [{ name: 'A', value: 'a' }] }] } },
    }),
  ],
  'force is for applies': [make, mergePatch(SETTINGS, {}, { query: { force: 'true' } })],
  'a patch of an unknown type is refused': [
    make,
    mergePatch(SETTINGS, {}, { headers: { 'content-type': 'application/patch+json' } }),
  ],
  'a patch of no type is refused': [
    make,
    mergePatch(SETTINGS, {}, { headers: { 'content-type': 'application/json' } }),
  ],
  'an apply creates': [apply(SETTINGS, settings)],
  'an apply in YAML': [
    apply(SETTINGS, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {color: red}\n'),
  ],
  'an apply creates nothing in a dry run': [apply(SETTINGS, settings, { query: { dryRun: 'All' } }), get(SETTINGS)],
  'an apply needs a manager': [apply(SETTINGS, settings, { query: { fieldManager: '' } })],
  'an apply that changes nothing': [apply(SETTINGS, settings), apply(SETTINGS, settings)],
  'an apply of another name is refused': [apply(SETTINGS, named({ name: 'other' }))],
  'an apply without a name is named by the URL': [apply(SETTINGS, named({}))],
  'an apply of another namespace is refused': [apply(SETTINGS, named({ name: 'settings', namespace: 'other' }))],
  'an apply in a namespace that does not exist': [apply('/api/v1/namespaces/{ns}-none/configmaps/settings', settings)],
  'an apply with a uid creates nothing': [apply(SETTINGS, named({ name: 'settings', uid: OTHER }))],
  'an apply with a version creates nothing': [apply(SETTINGS, named({ name: 'settings', resourceVersion: '5' }))],
  'an apply at another version is a conflict': [
    make,
    apply(SETTINGS, named({ name: 'settings', resourceVersion: '1' })),
  ],
  'an apply without a kind is refused': [apply(SETTINGS, { apiVersion: 'v1', metadata: { name: 'settings' } })],
  'an apply of another kind is refused': [apply(SETTINGS, { ...settings, kind: 'Secret' })],
  'an apply of another version is refused': [apply(SETTINGS, { ...settings, apiVersion: 'v2' })],
  'an apply that is no object is refused': [apply(SETTINGS, '[]'), apply(SETTINGS, 'no')],
  'an apply that is no YAML is refused': {
    steps: [apply(SETTINGS, 'a: [')],
    differs: 'what is wrong with the text is said in the words of another parser',
  },
  'an apply with an unknown field is refused': [apply(SETTINGS, { ...settings, colour: 'red' })],
  'an apply with managed fields is refused': [
    apply(SETTINGS, named({ name: 'settings', managedFields: [{ manager: 'a' }] })),
  ],
  'metadata alone is the answer to a write': [
    create(CONFIG_MAPS, settings, {
      headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' },
    }),
    apply(SETTINGS, settings, {
      headers: {
        'content-type': 'application/apply-patch+yaml',
        accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
      },
    }),
  ],
  'a write whose answer nobody can read is not carried out': [
    create(CONFIG_MAPS, settings, { headers: { accept: 'text/html' } }),
    create(CONFIG_MAPS, settings, { headers: { accept: 'application/json;as=Thing;g=meta.k8s.io;v=v1' } }),
    get(SETTINGS),
  ],
  'an affinity of sessions that is taken back takes its timeout along': [
    create('/api/v1/namespaces/{ns}/services', {
      metadata: { name: 'web' },
      spec: { sessionAffinity: 'ClientIP', ports: [{ port: 80 }] },
    }),
    mergePatch('/api/v1/namespaces/{ns}/services/web', { spec: { sessionAffinity: 'None' } }),
  ],
  'replicas are scaled': [
    create(DEPLOYMENTS, deployment, { setup: true }),
    get(`${DEPLOYMENTS}/web`, {
      setup: true,
      until: ({ body }) => body.status?.observedGeneration === body.metadata.generation,
    }),
    get(`${DEPLOYMENTS}/web/scale`),
    update(`${DEPLOYMENTS}/web/scale`, {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web', namespace: '{ns}' },
      spec: { replicas: 2 },
    }),
    mergePatch(`${DEPLOYMENTS}/web/scale`, { spec: { replicas: 3 } }),
  ],
  'replicas are scaled to none': [
    create(DEPLOYMENTS, deployment, { setup: true }),
    mergePatch(`${DEPLOYMENTS}/web/scale`, { spec: { replicas: 2 } }, { setup: true }),
    mergePatch(`${DEPLOYMENTS}/web/scale`, { spec: { replicas: 0 } }, { setup: true }),
    { wait: 300, setup: true },
    { wait: 1100, setup: true },
    get(`${DEPLOYMENTS}/web`),
  ],
  'replicas are not scaled below zero': [
    create(DEPLOYMENTS, deployment, { setup: true }),
    mergePatch(`${DEPLOYMENTS}/web/scale`, { spec: { replicas: -1 } }),
  ],
  'what does not exist is not scaled': [mergePatch(`${DEPLOYMENTS}/none/scale`, { spec: { replicas: 1 } })],
  'replicas are not scaled at another version': [
    create(DEPLOYMENTS, deployment, { setup: true }),
    update(`${DEPLOYMENTS}/web/scale`, {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web', namespace: '{ns}', resourceVersion: '1' },
      spec: { replicas: 2 },
    }),
  ],
}
