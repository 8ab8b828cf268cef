// Written by scripts/build-jsonnet.ts.

/** Of the uncompressed module. */
export const ENGINE_DIGEST = 'f83ca9e136c6c4d61a096f65908a1c13f3a7b10b73fc2b07e79544b9e11f7ca8'
/** The Go that built it. */
export const ENGINE_GO = 'go version go1.26.8 linux/amd64'
