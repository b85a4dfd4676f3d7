/** Pictures of people. What is kept was drawn anew by us: nothing of an uploaded file is ever handed out. */
import { createHash } from 'node:crypto';
import type { User } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { AccessService } from '../access/api.ts';
import { personInside, requirePerson } from './authority.ts';
import type { AvatarsApi } from './directory-api.ts';
import type { Directory } from './directory.ts';
import type { IdentityTables } from './tables.ts';
import { existing } from './user-rows.ts';
import type { Users } from './users.ts';

const define = queriesOf<IdentityTables>();
const selectAvatar = define<{ userId: string }, { image: string; avatar: string | null }>((db, p) =>
  db
    .selectFrom('user_avatars')
    .innerJoin('users', 'users.id', 'user_avatars.user_id')
    .select(['image', 'avatar'])
    .where('user_id', '=', p.userId),
);
const insertAvatar = define<{ userId: string; image: string }>((db, p) =>
  db.insertInto('user_avatars').values({ user_id: p.userId, image: p.image }),
);
export const deleteAvatar = define<{ userId: string }>((db, p) =>
  db.deleteFrom('user_avatars').where('user_id', '=', p.userId),
);
const setVersion = define<{ userId: string; version: string | null }>((db, p) =>
  db.updateTable('users').set({ avatar: p.version }).where('id', '=', p.userId),
);

export const maxUpload = 256 * 1024;
const side = 256;
/** A picture that unpacks to more than this is an attack. */
const maxPixels = 40_000_000;

export interface AvatarsDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly users: Users;
  readonly directory: Directory;
}

export class Avatars implements AvatarsApi {
  readonly #deps: AvatarsDeps;

  constructor(deps: AvatarsDeps) {
    this.#deps = deps;
  }

  async setOwn(context: Context, image: Uint8Array | null): Promise<User> {
    const { access, directory, sql, users } = this.#deps;
    requirePerson(context.principal);
    const drawn = image === null ? null : await draw(image);
    const version = drawn === null ? null : createHash('sha256').update(drawn).digest('hex').slice(0, 32);
    const id = await sql.transaction(async (tx) => {
      const { userId } = await personInside(access, tx, context);
      await tx.run(deleteAvatar, { userId });
      if (drawn !== null) await tx.run(insertAvatar, { userId, image: drawn.toString('base64') });
      await tx.run(setVersion, { userId, version });
      await users.recordChange(tx, userId, await existing(tx, userId), { fields: ['avatar'] });
      return userId;
    });
    return directory.user(id);
  }

  async get(userId: string): Promise<{ readonly image: Uint8Array; readonly version: string }> {
    const row = await this.#deps.sql.reader.get(selectAvatar, { userId });
    if (row?.avatar == null) throw new AppError('not_found', 'there is no picture');
    return { image: Buffer.from(row.image, 'base64'), version: row.avatar };
  }
}

const png = [0x89, 0x50, 0x4e, 0x47];
const jpeg = [0xff, 0xd8, 0xff];

/** By the first bytes: libraries that draw would also take SVG, which is a program. */
function isPicture(bytes: Uint8Array): boolean {
  const begins = (magic: readonly number[]): boolean => magic.every((byte, i) => bytes[i] === byte);
  const text = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  return begins(png) || begins(jpeg) || (text.startsWith('RIFF') && text.endsWith('WEBP'));
}

async function draw(bytes: Uint8Array): Promise<Buffer> {
  if (bytes.length > maxUpload) throw new AppError('too_large', 'a picture has at most 256 KiB');
  if (!isPicture(bytes)) throw new AppError('unsupported_media_type', 'a picture is PNG, JPEG or WebP');
  const { default: sharp } = await import('sharp');
  try {
    return await sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error', animated: false })
      .rotate()
      .resize(side, side, { fit: 'cover' })
      .webp({ quality: 82 })
      .toBuffer();
  } catch (error) {
    throw new AppError('invalid_input', 'this picture is damaged', { cause: error });
  }
}
