/** Below this width the phone layout holds; the style sheets say the same. */
export const phoneQuery = '(max-width: 48em)';
