/** Of the uncompressed module; scripts/build-jsonnet.ts writes it. */
export const ENGINE_DIGEST = 'f460bca1fdc35cf1d5a8ccc7ccef944b52c90f12987ab423355cd0e100d73eb2'
