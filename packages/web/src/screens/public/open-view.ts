import type { VisitorView } from '@volvox/api';

export type OpenView = VisitorView & { readonly link: NonNullable<VisitorView['link']> };
