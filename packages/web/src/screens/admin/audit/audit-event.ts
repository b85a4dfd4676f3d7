import type { AuditEvent as AuditEventSchema } from '@volvox/api';
import type { Static } from 'typebox';

export type AuditEvent = Static<typeof AuditEventSchema>;
