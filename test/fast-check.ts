import fc from 'fast-check'

// The same cases on every machine, so that a change and not chance makes a test fail. FC_SEED looks elsewhere.
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1) })
