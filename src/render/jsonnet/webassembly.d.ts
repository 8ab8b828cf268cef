// The part of WebAssembly's JavaScript interface that is used here. TypeScript has it only in its library for browsers.
declare namespace WebAssembly {
  type Module = object
  type Memory = { readonly buffer: ArrayBuffer }
  type Instance = { readonly exports: Readonly<Record<string, unknown>> }
  type Imports = Readonly<Record<string, object>>
  const compile: (bytes: Uint8Array) => Promise<Module>
  const instantiate: (module: Module, imports: Imports) => Promise<Instance>
}
