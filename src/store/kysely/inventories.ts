import type { Kysely, Selectable } from 'kysely'
import { parseRefKey, toRefKey } from '../../kube/object.ts'
import type { ComponentState, InventoryStore, StoredComponent, StoredFingerprint } from '../inventories.ts'
import type { Tables } from '../schema.ts'
import { type Db, inTransaction } from './db.ts'

/** Rows in one statement: databases limit its parameters. */
const ROWS = 50

/** Components and fingerprints in a database. */
export const createInventoryStore = (db: Kysely<Tables>): InventoryStore => ({
  saveInventory: ({ cluster, set = [], remove = [], components = [], gone = [] }) =>
    inTransaction(db, async (tx) => {
      for (let at = 0; at < set.length; at += ROWS) await putFingerprints(tx, set.slice(at, at + ROWS))
      for (const { component, object } of remove)
        await tx
          .deleteFrom('fingerprints')
          .where('cluster', '=', cluster)
          .where('component', '=', component)
          .where('object', '=', toRefKey(object))
          .execute()
      for (let at = 0; at < components.length; at += ROWS) await putComponents(tx, components.slice(at, at + ROWS))
      for (const name of gone) {
        await tx.deleteFrom('fingerprints').where('cluster', '=', cluster).where('component', '=', name).execute()
        await tx.deleteFrom('components').where('cluster', '=', cluster).where('name', '=', name).execute()
      }
    }),
  listComponents: async (cluster) => {
    const query = db.selectFrom('components').selectAll().orderBy('cluster').orderBy('name')
    const rows = await (cluster === undefined ? query : query.where('cluster', '=', cluster)).execute()
    return rows.map(toComponent)
  },
  listFingerprints: async (cluster, component) => {
    const query = db.selectFrom('fingerprints').selectAll().where('cluster', '=', cluster)
    const rows = await (component === undefined ? query : query.where('component', '=', component))
      .orderBy('component')
      .orderBy('object')
      .execute()
    return rows.map(toFingerprint)
  },
})

const putFingerprints = async (tx: Db, fingerprints: readonly StoredFingerprint[]): Promise<void> => {
  await tx
    .insertInto('fingerprints')
    .values(
      fingerprints.map(({ object, resourceVersion, generation, ...rest }) => ({
        ...rest,
        object: toRefKey(object),
        resource_version: resourceVersion,
        generation: generation ?? null,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['cluster', 'component', 'object']).doUpdateSet((row) => ({
        uid: row.ref('excluded.uid'),
        resource_version: row.ref('excluded.resource_version'),
        generation: row.ref('excluded.generation'),
        digest: row.ref('excluded.digest'),
        revision: row.ref('excluded.revision'),
        time: row.ref('excluded.time'),
      })),
    )
    .execute()
}

const putComponents = async (tx: Db, components: readonly StoredComponent[]): Promise<void> => {
  await tx
    .insertInto('components')
    .values(
      components.map(({ owner, source, digest, revision, applied, message, ...rest }) => ({
        ...rest,
        owner: owner ?? null,
        source: source ?? null,
        digest: digest ?? null,
        revision: revision ?? null,
        applied: applied ?? null,
        message: message ?? null,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['cluster', 'name']).doUpdateSet((row) => ({
        owner: row.ref('excluded.owner'),
        source: row.ref('excluded.source'),
        digest: row.ref('excluded.digest'),
        revision: row.ref('excluded.revision'),
        applied: row.ref('excluded.applied'),
        state: row.ref('excluded.state'),
        message: row.ref('excluded.message'),
        objects: row.ref('excluded.objects'),
        fingerprints: row.ref('excluded.fingerprints'),
        time: row.ref('excluded.time'),
      })),
    )
    .execute()
}

const toComponent = ({
  owner,
  source,
  digest,
  revision,
  applied,
  message,
  state,
  ...rest
}: Selectable<Tables['components']>): StoredComponent => ({
  ...rest,
  state: state as ComponentState,
  ...(owner === null ? {} : { owner }),
  ...(source === null ? {} : { source }),
  ...(digest === null ? {} : { digest }),
  ...(revision === null ? {} : { revision }),
  ...(applied === null ? {} : { applied }),
  ...(message === null ? {} : { message }),
})

const toFingerprint = ({
  object,
  resource_version: resourceVersion,
  generation,
  ...rest
}: Selectable<Tables['fingerprints']>): StoredFingerprint => ({
  ...rest,
  object: parseRefKey(object),
  resourceVersion,
  ...(generation === null ? {} : { generation }),
})
