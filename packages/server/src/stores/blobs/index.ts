import type { Driver } from '../../kernel/service.ts';
import type { BlobStore } from './contract.ts';
import { fileBlobs } from './file/driver.ts';
import { memoryBlobs } from './memory/driver.ts';
import { s3Blobs } from './s3/driver.ts';

/** The drivers of VOLVOX_BLOBS, by the scheme of its URL. */
export const blobDrivers: readonly Driver<BlobStore>[] = [fileBlobs, memoryBlobs, s3Blobs];
