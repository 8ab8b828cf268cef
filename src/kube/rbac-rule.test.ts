import { expect, test } from 'vitest'
import { type AccessRequest, allowsRequest, type RbacRule } from './rbac-rule.ts'

const POD_READER: RbacRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }
const get = (resource: string, more: object = {}): AccessRequest => ({ verb: 'get', group: '', resource, ...more })

const CASES: Readonly<Record<string, readonly [RbacRule, AccessRequest, boolean]>> = {
  'a rule allows its verbs on its resources': [POD_READER, get('pods'), true],
  'not another verb': [POD_READER, { ...get('pods'), verb: 'delete' }, false],
  'not another group': [POD_READER, get('pods', { group: 'metrics.k8s.io' }), false],
  'not a subresource': [POD_READER, get('pods', { subresource: 'log' }), false],
  'a subresource is named with its resource': [
    { ...POD_READER, resources: ['pods/log'] },
    get('pods', { subresource: 'log' }),
    true,
  ],
  'and is not the resource': [{ ...POD_READER, resources: ['pods/log'] }, get('pods'), false],
  '*/scale is that subresource of everything': [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*/scale'] },
    { verb: 'update', group: 'apps', resource: 'deployments', subresource: 'scale' },
    true,
  ],
  '* is every resource and every subresource': [
    { ...POD_READER, resources: ['*'] },
    get('pods', { subresource: 'exec' }),
    true,
  ],
  'pods/* is nothing': [{ ...POD_READER, resources: ['pods/*'] }, get('pods', { subresource: 'exec' }), false],
  'a name limits the rule to that object': [{ ...POD_READER, resourceNames: ['a'] }, get('pods', { name: 'a' }), true],
  'and takes away what has no name': [{ ...POD_READER, resourceNames: ['a'] }, get('pods'), false],
  'no names are no limit': [{ ...POD_READER, resourceNames: [] }, get('pods', { name: 'b' }), true],
  'a path is allowed as it stands': [
    { verbs: ['get'], nonResourceURLs: ['/healthz'] },
    { verb: 'get', path: '/healthz' },
    true,
  ],
  'and not what is below it': [
    { verbs: ['get'], nonResourceURLs: ['/healthz'] },
    { verb: 'get', path: '/healthz/etcd' },
    false,
  ],
  'a star at the end is everything that begins so': [
    { verbs: ['get'], nonResourceURLs: ['/healthz*'] },
    { verb: 'get', path: '/healthz/etcd' },
    true,
  ],
  'rules on resources say nothing of paths': [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verb: 'get', path: '/metrics' },
    false,
  ],
}

for (const [name, [rule, request, expected]] of Object.entries(CASES)) {
  test(name, () => {
    expect(allowsRequest(rule, request)).toBe(expected)
  })
}
