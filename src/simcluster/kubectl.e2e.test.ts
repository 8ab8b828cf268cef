import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../base/system-clock.ts'
import { findEngine } from '../render/engines.ts'
import { startControllers } from './controllers/start-controllers.ts'
import { createSimCluster } from './create-sim-cluster.ts'
import { furnishCluster } from './furnish-cluster.ts'
import { openSimServer } from './server.ts'

type Said = { readonly code: number; readonly stdout: string; readonly stderr: string }

let run: (args: string, input?: string) => Promise<Said>
const disposables: AsyncDisposable[] = []

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-kubectl-'))
  const { file } = await findEngine('kustomize', { cacheDir: folder })
  const cluster = createSimCluster({ name: 'shop', clock: systemClock })
  furnishCluster(cluster)
  const controllers = startControllers(cluster)
  const server = await openSimServer({ clusters: [cluster], now: systemClock.now() })
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, server.kubeconfig())
  disposables.push(server, controllers, cluster, {
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  })
  run = async (args, input) => {
    const all = [...args.split(' ').filter(Boolean), '--kubeconfig', kubeconfig, '--cache-dir', join(folder, 'cache')]
    const running = promisify(execFile)(file, all, {
      env: { HOME: folder, PATH: process.env.PATH ?? '', KUBECTL_EXTERNAL_DIFF: 'diff -u' },
    })
    running.child.stdin?.end(input ?? '')
    try {
      return { code: 0, ...(await running) }
    } catch (error) {
      return error as Said
    }
  }
})

afterAll(async () => {
  for (const disposable of disposables) await disposable[Symbol.asyncDispose]()
})

/** What kubectl says when all is well. */
const say = async (args: string, input?: string): Promise<string> => {
  const { code, stdout, stderr } = await run(args, input)
  if (code !== 0) throw new Error(`kubectl ${args}: ${code}\n${stdout}${stderr}`)
  return stdout.trim()
}

const toDeployment = (image: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "${image}"}]}
`
const SETTINGS = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: default}
data: {color: red}
`

test('kubectl knows what it talks to', async () => {
  expect(await say('version')).toContain('Server Version: v1.36.3')
  expect(await say('api-resources --api-group=apps')).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/)
  expect(await say('get namespaces -o name')).toContain('namespace/kube-system')
  expect(await say('explain deployment.spec.replicas')).toContain('Number of desired pods')
  expect(await say('auth whoami')).toMatch(/Username +admin/)
  expect(await say('auth can-i delete pods')).toBe('yes')
})

test('kubectl applies on its own side, shows the difference, and applies again', async () => {
  expect(await say('apply -f -', SETTINGS)).toBe('configmap/settings created')
  expect(await say('apply -f -', SETTINGS)).toBe('configmap/settings unchanged')

  const changed = SETTINGS.replace('red', 'blue')
  const { code, stdout } = await run('diff -f -', changed)
  expect(code).toBe(1)
  expect(stdout).toMatch(/- {2}color: red\n\+ {2}color: blue/)

  expect(await say('apply -f -', changed)).toBe('configmap/settings configured')
  expect(await say('diff -f -', changed)).toBe('')
  expect(await say('get configmap settings -o jsonpath={.data.color}')).toBe('blue')
})

test('kubectl applies on the side of the server, and is told of conflicts', async () => {
  const manifest = SETTINGS.replace('settings', 'common')
  expect(await say('apply --server-side --field-manager=one -f -', manifest)).toBe(
    'configmap/common serverside-applied',
  )

  const { code, stderr } = await run('apply --server-side --field-manager=two -f -', manifest.replace('red', 'blue'))
  expect(code).toBe(1)
  expect(stderr).toContain('Apply failed with 1 conflict: conflict with "one": .data.color')

  await say('apply --server-side --field-manager=two --force-conflicts -f -', manifest.replace('red', 'blue'))
  expect(await say('get configmap common -o jsonpath={.data.color}')).toBe('blue')
})

test('kubectl creates, labels, annotates, patches and deletes', async () => {
  expect(await say('create configmap made --from-literal=a=b')).toBe('configmap/made created')
  expect(await say('label configmap made tier=front')).toBe('configmap/made labeled')
  expect(await say('annotate configmap made note=yes')).toBe('configmap/made annotated')
  expect(await say('patch configmap made --type=merge -p {"data":{"c":"d"}}')).toBe('configmap/made patched')
  expect(await say('patch configmap made --type=json -p [{"op":"remove","path":"/data/a"}]')).toBe(
    'configmap/made patched',
  )
  expect(await say('get configmap -l tier=front -o name')).toBe('configmap/made')
  expect(await say('get configmap made -o jsonpath={.data}{.metadata.annotations}')).toBe('{"c":"d"}{"note":"yes"}')
  expect(await say('delete configmap made')).toBe('configmap "made" deleted from default namespace')
  expect((await run('get configmap made')).stderr).toContain('configmaps "made" not found')
})

test('a rollout is followed to its end', async () => {
  expect(await say('apply -f -', toDeployment('web:1'))).toBe('deployment.apps/web created')
  expect(await say('rollout status deployment/web --timeout=30s')).toContain('successfully rolled out')
  expect(await say('wait --for=condition=Available deployment/web --timeout=30s')).toContain('condition met')

  expect(await say('scale deployment/web --replicas=3')).toBe('deployment.apps/web scaled')
  expect(await say('rollout status deployment/web --timeout=30s')).toContain('successfully rolled out')
  expect((await say('get pods -l app=web -o name')).split('\n')).toHaveLength(3)

  expect(await say('set image deployment/web web=web:2')).toBe('deployment.apps/web image updated')
  expect(await say('rollout status deployment/web --timeout=30s')).toContain('successfully rolled out')
  expect(await say('describe deployment web')).toMatch(/Image: +web:2/)
  expect(await say('get deployment web')).toMatch(/NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +3\/3/)

  expect(await say('delete deployment web --wait --timeout=30s')).toContain('deleted')
  expect(await say('wait --for=delete pod -l app=web --timeout=30s')).not.toContain('error')
})

test('a namespace goes with what is in it', async () => {
  await say('create namespace passing')
  await say('create configmap inside --from-literal=a=b -n passing')

  expect(await say('delete namespace passing --timeout=30s')).toBe('namespace "passing" deleted')
  expect((await run('get configmap inside -n passing')).stderr).toContain('not found')
})

test('custom resources are served from when they are established', async () => {
  const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: carts.shop.io}
spec:
  group: shop.io
  names: {plural: carts, singular: cart, kind: Cart, shortNames: [ct]}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
`
  await say('apply -f -', definition)
  expect(await say('wait --for=condition=Established crd/carts.shop.io --timeout=30s')).toContain('condition met')
  const cart = 'apiVersion: shop.io/v1\nkind: Cart\nmetadata: {name: one, namespace: default}\nspec: {size: 1}\n'

  expect(await say('apply -f -', cart)).toBe('cart.shop.io/one created')
  expect(await say('apply --server-side --force-conflicts -f -', cart.replace('size: 1', 'size: 2'))).toContain(
    'applied',
  )
  expect(await say('get ct one -o jsonpath={.spec.size}')).toBe('2')
  expect(await say('explain cart.spec.size')).toContain('FIELD: size <integer>')
  await say('delete crd carts.shop.io --timeout=30s')
  expect((await run('get carts')).code).toBe(1)
})
