/** A small fleet that works, as path → content: what `lockstep init` writes. Four source types, no network needed to render it. */
export const createExampleFleet = (): Readonly<Record<string, string>> => ({
  'README.md': README,
  'fleet.yaml': FLEET,
  CODEOWNERS:
    '# Who is told about drift: the last line that matches a path counts.\n*       @platform-team\n/apps/  @app-team\n',
  'clusters/staging.yaml': toCluster('staging', { env: 'staging', region: 'eu' }, 'replicas: 1'),
  'clusters/prod-eu.yaml': toCluster('prod-eu', { env: 'prod', region: 'eu' }, 'replicas: 3, logLevel: warn'),
  'clusters/prod-us.yaml': `${toCluster('prod-us', { env: 'prod', region: 'us' }, 'replicas: 2')}
  # A cluster has the last word on its components, by name.
  components:
    - name: web
      drift: report             # here, changes made by others are told but not undone
`,
  'templates/standard/template.yaml': TEMPLATE,
  'templates/standard/guardrails/namespace-limits.yaml': GUARDRAILS,
  'templates/standard/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n',
  'templates/standard/web/values.yaml': 'replicas: 1\nlogLevel: info\nimage: registry.k8s.io/pause:3.10\n',
  'templates/standard/web/templates/deployment.yaml': CHART_DEPLOYMENT,
  'templates/standard/web/templates/config.yaml': CHART_CONFIG,
  'templates/standard/inventory/main.jsonnet': JSONNET,
  'apps/placement.yaml': PLACEMENT,
  'apps/greeter/kustomization.yaml': KUSTOMIZATION,
  'apps/greeter/deployment.yaml': GREETER,
})

const toCluster = (name: string, labels: Readonly<Record<string, string>>, args: string): string =>
  `apiVersion: lockstep.dev/v1alpha1
kind: Cluster
metadata:
  name: ${name}
  labels: {${Object.entries(labels)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')}}
spec:
  template:
    name: standard
    arguments: {${args}}
    # ref: {tag: v1}            # pins the template to a version of this repository
  provider:
    existing:
      kubeconfig: {context: ${name}}  # a context of your kubeconfig
`

const README = `# An example fleet

Three clusters made from one template, kept in lockstep with this repository.

\`\`\`
fleet.yaml              what holds for the whole fleet
clusters/               one file a cluster: its labels, template, arguments and kubeconfig context
templates/standard/     what the clusters have in common: plain YAML, a Helm chart and a Jsonnet program
apps/                   a Placement: a Kustomize application on all production clusters
\`\`\`

1. Write the contexts of your own kubeconfig into \`clusters/*.yaml\`; remove the clusters you do not need.
2. \`lockstep validate\` checks every file, \`lockstep render -c prod-eu\` shows what a cluster gets.
3. \`lockstep diff\` shows what a sync would change, \`lockstep sync\` does it.
4. Change something with kubectl, then run \`lockstep drift\`, and \`lockstep drift --heal\`.
`

const FLEET = `# The fleet: everything here holds for all clusters unless a template, a Placement or a cluster says otherwise.
apiVersion: lockstep.dev/v1alpha1
kind: Fleet
metadata:
  name: example
spec:
  defaults:
    apply: auto                 # changes in Git go out by themselves; manual: only by lockstep sync
    drift: heal                 # changes made by others are undone; report: only told
    prune: true                 # what leaves Git is deleted
    adopt: ifUnowned            # objects that exist already are taken over if no other tool owns them
    wait: 5m                    # how long to wait for objects to become ready
  deletionGuard:                # more deletions than this need a confirmation
    maxObjects: 20
    maxPercent: 25
  # Charts and manifests that live elsewhere:
  # repositories:
  #   - name: charts
  #     helm: {url: https://charts.example.com}
  #   - name: platform
  #     git: {url: https://git.example.com/platform.git, ref: {branch: main}}
`

const TEMPLATE = `# What every cluster of this fleet has in common.
apiVersion: lockstep.dev/v1alpha1
kind: ClusterTemplate
metadata:
  name: standard
spec:
  # What a cluster can set: a JSON Schema, so that a wrong argument is told before anything is applied.
  parameters:
    type: object
    properties:
      replicas: {type: integer, minimum: 1, default: 2}
      logLevel: {enum: [debug, info, warn], default: info}
  components:
    # Plain YAML: every file of the folder.
    - name: guardrails
      source: {path: ./guardrails}
      namespace: example
      substitute: true          # \${cluster.name} and the like are replaced in the files

    # A Helm chart: the folder has a Chart.yaml.
    - name: web
      source: {path: ./web}
      namespace: example
      dependsOn: [guardrails]
      owner: "@web-team"
      helm:
        values:
          replicas: "\${parameters.replicas}"
          logLevel: "\${parameters.logLevel}"
      # An autoscaler may change the number of replicas without it being drift:
      # ignore: [{kind: Deployment, fields: [/spec/replicas]}]

    # A Jsonnet program: the folder has a main.jsonnet.
    - name: inventory
      source: {path: ./inventory}
      namespace: example
      jsonnet:
        tlas:
          cluster: "\${cluster.name}"
          region: "\${cluster.labels.region}"
`

const GUARDRAILS = `apiVersion: v1
kind: LimitRange
metadata:
  name: defaults
spec:
  limits:
    - type: Container
      default: {memory: 128Mi}
      defaultRequest: {cpu: 10m, memory: 32Mi}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: about
data:
  cluster: \${cluster.name}
  contact: platform-team
`

const CHART_DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {app: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: {{ .Release.Name }}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
    spec:
      containers:
        - name: web
          image: {{ .Values.image }}
          envFrom:
            - configMapRef: {name: {{ .Release.Name }}-config}
`

const CHART_CONFIG = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-config
data:
  LOG_LEVEL: {{ .Values.logLevel | quote }}
`

const JSONNET = `// Top-level arguments come from the component's jsonnet.tlas.
function(cluster, region) [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'inventory' },
    data: { cluster: cluster, region: region },
  },
]
`

const PLACEMENT = `# These components on those clusters.
apiVersion: lockstep.dev/v1alpha1
kind: Placement
metadata:
  name: apps
spec:
  clusters:
    matchLabels: {env: prod}
  components:
    # A kustomization: the folder has a kustomization.yaml.
    - name: greeter
      source: {path: ./greeter}
      namespace: greeter
      kustomize:
        images:
          - {name: registry.k8s.io/pause, newTag: "3.10"}
`

const KUSTOMIZATION = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [deployment.yaml]
labels:
  - pairs: {app.kubernetes.io/part-of: apps}
configMapGenerator:
  - name: greeting
    literals: [TEXT=hello]
`

const GREETER = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: greeter
spec:
  replicas: 1
  selector:
    matchLabels: {app: greeter}
  template:
    metadata:
      labels: {app: greeter}
    spec:
      containers:
        - name: greeter
          image: registry.k8s.io/pause:3.9
          envFrom:
            - configMapRef: {name: greeting}
`
