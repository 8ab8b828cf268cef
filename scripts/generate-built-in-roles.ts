import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubeObject } from '../src/kube/object.ts'
import { readRbacObjects } from '../src/kube/rbac.ts'
import { parseYaml } from '../src/kube/yaml.ts'

// Writes the ClusterRoles that every cluster has for people, by Kubernetes version, from the test data of
// k8s.io/kubernetes: VERSION=FILE …, as in
// 1.36=$(go list -m -f '{{.Dir}}' k8s.io/kubernetes)/plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata/cluster-roles.yaml
const FOR_PEOPLE = /^(admin|edit|view|cluster-admin|system:aggregate-to-(admin|edit|view))$/

const toRoles = async (file: string) => {
  const [list] = parseYaml(await readFile(file, 'utf8'), { file }) as { items: KubeObject[] }[]
  return readRbacObjects(list?.items ?? []).roles.filter(({ name }) => FOR_PEOPLE.test(name))
}

const versions = process.argv.slice(2).map((argument) => argument.split('=') as [string, string])
const roles = await Promise.all(versions.map(async ([version, file]) => [version, await toRoles(file)]))
await writeFile(
  join(import.meta.dirname, '..', 'src', 'kube', 'generated', 'built-in-roles.json'),
  `${JSON.stringify(Object.fromEntries(roles))}\n`,
)
