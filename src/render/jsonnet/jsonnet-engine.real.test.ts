import { describe, expect, test } from 'vitest'
import { buildJsonnet } from '../../../test/real/build-jsonnet.ts'
import { findGo } from '../../../test/real/toolchain.ts'
import { ENGINE_DIGEST, ENGINE_GO } from './engine-digest.ts'

// Another Go, even another patch of it, builds other bytes.
describe.skipIf(findGo() !== ENGINE_GO)('the Jsonnet engine', () => {
  test('is what its sources build, byte for byte', async () => {
    expect((await buildJsonnet()).digest).toBe(ENGINE_DIGEST)
  }, 300_000)
})
