/** The shape of a translation: the keys of the English texts, with any text. Plural forms may differ by language. */
export type Texts<T> = { readonly [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };
