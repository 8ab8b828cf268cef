import { type ContractCases, create, get, remove } from './contract-case.ts'

const CONFIG_MAPS = '/api/v1/namespaces/{ns}/configmaps'
const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { color: 'red' } }

/** What each verb answers. */
export const cases: ContractCases = {
  'an object is created, read and deleted': [
    create(CONFIG_MAPS, settings),
    get(`${CONFIG_MAPS}/settings`),
    remove(`${CONFIG_MAPS}/settings`),
    get(`${CONFIG_MAPS}/settings`),
  ],
}
