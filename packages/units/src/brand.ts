declare const brand: unique symbol;

/** A nominal type: `Base` at run time, but values of two brands do not mix without a conversion. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
