import Type, { type TObject, type TProperties, type TSchema } from 'typebox'
import { list, object, type Typed, text } from '../fleet/schema/common.ts'
import type { Access } from './access.ts'

/** One operation of the API, as data: the server, its documentation and the client are made from it. */
export type Operation = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `{name}` for each parameter. */
  readonly path: `/${string}`
  readonly summary: string
  /** What it belongs to, for readers. */
  readonly topic: string
  readonly access: Access
  readonly params?: TObject
  readonly query?: TObject
  /** `bytes`: whatever it is, it is not parsed before it is verified. */
  readonly body?: TObject | 'bytes'
  /** JSON of this schema; `nothing` (204); `raw`: the operation answers in its own way, which `summary` tells. */
  readonly answer: TSchema | 'nothing' | 'raw'
  /** Of an answer that is not `nothing` or `raw`; 200 by default. */
  readonly status?: 200 | 201 | 202
  /** A step of signing in: one address may do few of them. */
  readonly isLogin?: true
  /** Of the body; 256 KiB by default. */
  readonly maxBytes?: number
}

/** Operations by their names, which the client calls them by. */
export type Operations = Readonly<Record<string, Operation>>

/** A part of the table, with its types kept. */
export const defineOperations = <const Table extends Operations>(table: Table): Table => table

export const MAX_PAGE = 500
export const DEFAULT_PAGE = 100

/** A list, a page at a time. */
export const page = <Item extends TSchema>(description: string, item: Item) =>
  object(description, {
    items: list('What is on this page.', item),
    next: Type.Optional(text('The cursor of the next page; absent on the last one.')),
  })

/** Filters of a list, with those that every list has. */
export const pageQuery = <Properties extends TProperties>(filters: Properties) =>
  object('Which items, and which page of them.', {
    ...filters,
    limit: Type.Optional(
      Type.Integer({ description: 'At most so many on a page.', minimum: 1, maximum: MAX_PAGE, default: DEFAULT_PAGE }),
    ),
    cursor: Type.Optional(text('`next` of the page before.', { maxLength: 500 })),
  })

type TypeOf<Schema, None> = Schema extends TSchema ? Typed<Schema> : None
type Nothing = Readonly<Record<string, never>>

/** The parameters in the path of an operation. */
export type ParamsOf<Op extends Operation> = TypeOf<Op['params'], Nothing>
/** The query of an operation. */
export type QueryOf<Op extends Operation> = TypeOf<Op['query'], Nothing>
/** The body of an operation. */
export type BodyOf<Op extends Operation> = TypeOf<Op['body'], undefined>
/** What an operation answers. */
export type AnswerOf<Op extends Operation> = TypeOf<Op['answer'], undefined>

/** What a caller gives to an operation. */
export type InputOf<Op extends Operation> = (Op extends { readonly params: TObject }
  ? { readonly params: ParamsOf<Op> }
  : { readonly params?: undefined }) &
  (Op extends { readonly query: TObject } ? { readonly query?: QueryOf<Op> } : { readonly query?: undefined }) &
  (Op extends { readonly body: TObject } ? { readonly body: BodyOf<Op> } : { readonly body?: undefined })
