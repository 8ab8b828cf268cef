// What the tests use of oidc-provider, which brings no types.
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  type Interaction = {
    readonly grantId?: string
    readonly prompt: { readonly name: string; readonly details: { readonly missingOIDCScope?: string[] } }
    readonly params: { readonly client_id: string }
    readonly session?: { readonly accountId: string }
  }

  export class Provider {
    constructor(issuer: string, configuration: object)
    readonly callback: () => (request: IncomingMessage, response: ServerResponse) => void
    readonly interactionDetails: (request: IncomingMessage, response: ServerResponse) => Promise<Interaction>
    readonly interactionFinished: (
      request: IncomingMessage,
      response: ServerResponse,
      result: object,
      options: { readonly mergeWithLastSubmission: boolean },
    ) => Promise<void>
    readonly Grant: new (of: {
      readonly accountId: string
      readonly clientId: string
    }) => { readonly addOIDCScope: (scope: string) => void; readonly save: () => Promise<string> }
  }
}
