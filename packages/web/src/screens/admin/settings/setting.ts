import type { Setting as SettingSchema } from '@volvox/api';
import type { Static } from 'typebox';

export type Setting = Static<typeof SettingSchema>;
