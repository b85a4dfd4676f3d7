/** The nodes, stores, duties and log of a cluster as administrators see them. */
import { Type, type Static } from 'typebox';
import { Id, Time } from './schemas.ts';

export const JobRun = Type.Object({
  id: Id,
  job: Type.String(),
  scheduledAt: Time,
  startedAt: Time,
  endedAt: Type.Union([Time, Type.Null()]),
  state: Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('failed')]),
  node: Type.String(),
  result: Type.Record(Type.String(), Type.Unknown()),
  error: Type.Union([Type.String(), Type.Null()]),
});
export type JobRun = Static<typeof JobRun>;

export const LogEntry = Type.Object({
  id: Type.String(),
  at: Time,
  level: Type.Union([
    Type.Literal('debug'),
    Type.Literal('info'),
    Type.Literal('warn'),
    Type.Literal('error'),
    Type.Literal('fatal'),
  ]),
  message: Type.String(),
  node: Type.String(),
  requestId: Type.Union([Type.String(), Type.Null()]),
  fields: Type.Record(Type.String(), Type.Unknown()),
});
export type LogEntry = Static<typeof LogEntry>;

export const StoreStatus = Type.Object({
  kind: Type.String(),
  driver: Type.String(),
  url: Type.String({ description: 'password masked' }),
  ok: Type.Boolean(),
  latencyMs: Type.Union([Type.Number(), Type.Null()]),
  version: Type.Union([Type.String(), Type.Null()]),
  error: Type.Union([Type.String(), Type.Null()]),
});
export type StoreStatus = Static<typeof StoreStatus>;

export const ClusterStatus = Type.Object({
  nodes: Type.Array(
    Type.Object({
      id: Id,
      name: Type.String(),
      url: Type.String(),
      version: Type.String(),
      state: Type.Union([Type.Literal('starting'), Type.Literal('ready'), Type.Literal('draining')]),
      startedAt: Time,
      stores: Type.Union(
        [
          Type.Array(
            Type.Object({
              kind: Type.String(),
              ok: Type.Boolean(),
              error: Type.Union([Type.String(), Type.Null()]),
            }),
          ),
          Type.Null(),
        ],
        { description: 'as that node finds them; null: it has said nothing lately' },
      ),
      settings: Type.Union(
        [
          Type.Object({
            hash: Type.String({ description: 'of all settings that the node goes by' }),
            differ: Type.Boolean({
              description: 'from those of most nodes of its version, for half a minute',
            }),
          }),
          Type.Null(),
        ],
        { description: 'null: it has said nothing lately' },
      ),
    }),
  ),
  stores: Type.Array(StoreStatus),
  followers: Type.Array(
    Type.Object({
      name: Type.String(),
      position: Type.Integer(),
      head: Type.Integer(),
      lag: Type.Integer(),
      rebuilding: Type.Boolean(),
      error: Type.Union([Type.String(), Type.Null()]),
      parked: Type.Optional(
        Type.Integer({
          description: 'rows that failed alone and again, and were passed over; a rebuild forgets them',
        }),
      ),
    }),
  ),
  contents: Type.Optional(
    Type.Object(
      {
        damaged: Type.Integer({ description: 'chunks that a plain check names' }),
        beganAt: Type.Union([Time, Type.Null()], { description: 'of the last round' }),
        endedAt: Type.Union([Time, Type.Null()], { description: 'when a round has last come to its end' }),
      },
      { description: 'what reading all contents again in the background has found; none while SQL is away' },
    ),
  ),
  jobs: Type.Array(
    Type.Object({ name: Type.String(), schedule: Type.String(), lastRun: Type.Union([JobRun, Type.Null()]) }),
  ),
});
export type ClusterStatus = Static<typeof ClusterStatus>;
