import type { Driver } from '../../kernel/service.ts';
import type { DocumentsStore } from './contract.ts';
import { mongodbDocuments, mongodbSrvDocuments } from './mongodb/driver.ts';
import { sqliteDocuments } from './sqlite/driver.ts';

/** The drivers of VOLVOX_DOCUMENTS, by the scheme of its URL. */
export const documentDrivers: readonly Driver<DocumentsStore>[] = [
  sqliteDocuments,
  mongodbDocuments,
  mongodbSrvDocuments,
];
