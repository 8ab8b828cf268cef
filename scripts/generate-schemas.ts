import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createOpenApi } from '../src/api/openapi.ts'
import { formatRoutesPage } from '../src/api/routes-page.ts'
import { replaceFieldTable, replaceFieldTables } from '../src/fleet/field-table.ts'
import { createJsonSchemas } from '../src/fleet/json-schemas.ts'
import { createValidatorModule } from '../src/fleet/validator-module.ts'
import { HUB_CONFIG } from '../src/hub/config.ts'

// Writes schemas/*.json from the schemas of src/fleet/schema, for editors, the tables of fields in docs/spec,
// the schemas compiled ahead, and the description of the HTTP API.
const root = join(import.meta.dirname, '..')
await mkdir(join(root, 'schemas'), { recursive: true })
for (const [file, schema] of Object.entries(createJsonSchemas())) {
  await writeFile(join(root, 'schemas', file), `${JSON.stringify(schema, null, 2)}\n`)
  const page = join(root, 'docs', 'spec', file.replace(/json$/, 'md'))
  await writeFile(page, replaceFieldTables(await readFile(page, 'utf8'), schema))
}
const hubPage = join(root, 'docs', 'spec', 'hub.md')
await writeFile(hubPage, replaceFieldTable(await readFile(hubPage, 'utf8'), JSON.parse(JSON.stringify(HUB_CONFIG))))
await writeFile(join(root, 'src', 'fleet', 'generated', 'validators.mjs'), createValidatorModule())
await mkdir(join(root, 'docs', 'api'), { recursive: true })
await writeFile(join(root, 'docs', 'api', 'openapi.json'), `${JSON.stringify(createOpenApi(), null, 2)}\n`)
await writeFile(join(root, 'docs', 'api', 'routes.md'), formatRoutesPage())
