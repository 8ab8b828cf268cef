import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createJsonSchemas } from '../src/fleet/json-schemas.ts'

// Writes schemas/*.json from the schemas of src/fleet/schema, for editors.
const folder = join(import.meta.dirname, '..', 'schemas')
await mkdir(folder, { recursive: true })
for (const [file, schema] of Object.entries(createJsonSchemas())) {
  await writeFile(join(folder, file), `${JSON.stringify(schema, null, 2)}\n`)
}
