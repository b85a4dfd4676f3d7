// Forms the replica set of compose.yaml and makes its two users; run by mongosh on the first member, as often as wanted.
const members = ['mongodb-1', 'mongodb-2', 'mongodb-3'];
const admin = db.getSiblingDB('admin');

function attempt(work, ...expected) {
  try {
    return work();
  } catch (error) {
    if (!expected.includes(error.codeName)) throw error;
    return null;
  }
}

function waitFor(what, condition) {
  for (let i = 0; i < 120; i += 1) {
    if (condition()) return;
    sleep(1000);
  }
  throw new Error(`no ${what} after two minutes`);
}

// The first member is to become the first primary, since only on this one can the first user be made.
const initiated = attempt(
  () =>
    rs.initiate({
      _id: 'volvox',
      members: members.map((name, i) => ({ _id: i, host: `${name}:27017`, priority: i === 0 ? 2 : 1 })),
    }),
  'AlreadyInitialized',
  'Unauthorized',
);
if (initiated !== null) print('the replica set is formed');

waitFor('primary', () => admin.hello().primary !== undefined);
const known = attempt(
  () => admin.auth('admin', process.env.MONGODB_ADMIN_PASSWORD),
  'AuthenticationFailed',
  'UserNotFound',
);
if (known === null) {
  waitFor('primary on this member', () => admin.hello().isWritablePrimary);
  admin.createUser({ user: 'admin', pwd: process.env.MONGODB_ADMIN_PASSWORD, roles: ['root'] });
  admin.auth('admin', process.env.MONGODB_ADMIN_PASSWORD);
  print('the administrator is made');
}

const volvox = db.getSiblingDB('volvox');
if (volvox.getUser('volvox') === null) {
  waitFor('primary on this member', () => admin.hello().isWritablePrimary);
  volvox.createUser({
    user: 'volvox',
    pwd: process.env.MONGODB_PASSWORD,
    roles: [{ role: 'readWrite', db: 'volvox' }],
  });
  print('the user of Volvox is made');
}
