import { expect, test } from 'vitest'
import { findBuiltInRole } from '../kube/built-in-roles.ts'
import type { RbacRule } from '../kube/rbac-rule.ts'
import { PRESETS } from './presets.ts'
import { listRisks, type Risk } from './risks.ts'

const format = (risks: readonly Risk[]): string[] => risks.map(({ level, may }) => `${level}: ${may}`)
const rule = (group: string, resources: string[], verbs: string[], more: Partial<RbacRule> = {}): RbacRule => ({
  apiGroups: [group],
  resources,
  verbs,
  ...more,
})
const RBAC = 'rbac.authorization.k8s.io'

const CASES: Readonly<Record<string, readonly [RbacRule, RegExp, RegExp | undefined]>> = {
  everything: [rule('*', ['*'], ['*']), /^critical: do everything$/, /^critical: do everything in its namespaces$/],
  escalate: [rule(RBAC, ['clusterroles'], ['escalate']), /^critical: give itself every right/, /^high: give itself/],
  bind: [rule(RBAC, ['roles'], ['bind']), /^critical: give any role to anybody/, /^high: give any role/],
  'bind of certain names': [
    rule(RBAC, ['clusterroles'], ['bind'], { resourceNames: ['view'] }),
    /^high: give any role to anybody .*, of certain names$/,
    /^medium: /,
  ],
  impersonate: [rule('', ['groups'], ['impersonate']), /^critical: act as anybody else/, undefined],
  secrets: [rule('', ['secrets'], ['list']), /^critical: read all Secrets$/, /^high: read all Secrets$/],
  'nodes/proxy': [rule('', ['nodes/proxy'], ['get']), /^critical: run commands in every pod/, undefined],
  'pods/exec': [rule('', ['pods/exec'], ['create']), /^high: run commands in pods/, /^high: run commands in pods/],
  tokens: [rule('', ['serviceaccounts/token'], ['create']), /^high: make tokens/, /^high: make tokens/],
  webhooks: [
    rule('admissionregistration.k8s.io', ['mutatingwebhookconfigurations'], ['patch']),
    /^critical: read and change every write/,
    undefined,
  ],
  definitions: [
    rule('apiextensions.k8s.io', ['*'], ['delete']),
    /^high: change custom resource definitions/,
    /^medium/,
  ],
}

for (const [name, [one, onCluster, inNamespace]] of Object.entries(CASES)) {
  test(`names the risk of ${name}`, () => {
    expect(format(listRisks([one], { clusterWide: true }))[0]).toMatch(onCluster)
    const told = format(listRisks([one], { clusterWide: false }))
    if (inNamespace) expect(told[0]).toMatch(inNamespace)
    else expect(told).toEqual([])
  })
}

test('reading what one names is no risk', () => {
  expect(listRisks([rule('apps', ['deployments'], ['get', 'list', 'watch'])], { clusterWide: true })).toEqual([])
})

test('a star is told as what it will come to mean', () => {
  expect(format(listRisks([rule('example.com', ['widgets'], ['*'])], { clusterWide: true }))).toEqual([
    'medium: do what later versions add (* in verbs)',
  ])
})

test('the presets are as risky as their purpose', () => {
  const worst = (name: keyof typeof PRESETS, clusterWide: boolean): string => {
    const preset = PRESETS[name]
    const rules = 'rules' in preset ? preset.rules : findBuiltInRole(preset.clusterRole)!.rules
    return format(listRisks(rules, { clusterWide }))[0] ?? 'none'
  }

  expect(worst('view', true)).toBe('none')
  expect(worst('auditor', true)).toBe('none')
  expect(worst('deployer', false)).toBe('none')
  expect(worst('secret-reader', false)).toBe('high: read all Secrets')
  expect(worst('debugger', false)).toContain('high: run commands in pods')
  expect(worst('edit', false)).toContain('high: act as anybody else')
  expect(worst('admin', true)).toContain('critical: ')
})
