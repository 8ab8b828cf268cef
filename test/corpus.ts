import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Manifest } from '../src/kube/object.ts'
import { parseYaml } from '../src/kube/yaml.ts'

/** Where the corpus of real inputs is: `LOCKSTEP_CORPUS`, or `../shared/corpus` beside the project. Undefined: not here. */
export const corpusDir = (): string | undefined => {
  const folder = process.env.LOCKSTEP_CORPUS ?? resolve(import.meta.dirname, '../../shared/corpus')
  return existsSync(folder) ? folder : undefined
}

/** Every object in the YAML files of a folder and below it, lists taken apart, kustomizations left out. */
export const readManifests = (folder: string): Manifest[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name) && !name.endsWith('kustomization.yaml'))
    .sort()
    .flatMap((name) => parseYaml(readFileSync(join(folder, name), 'utf8'), { file: name }))
    .flatMap((document) => splitList(document as Manifest))

const splitList = (document: Manifest): Manifest[] => {
  if (!document.kind.endsWith('List') || !Array.isArray(document.items)) return [document]
  const kind = document.kind.slice(0, -'List'.length)
  return document.items.map((item: Manifest) => ({
    ...item,
    apiVersion: item.apiVersion ?? document.apiVersion,
    kind: item.kind ?? kind,
  }))
}
