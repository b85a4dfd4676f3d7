export interface JobRunsTable {
  id: string;
  job: string;
  /** The due time; of a run by hand, when it was asked for. Unique per job: whoever inserts the row does the run. */
  scheduled_at: number;
  started_at: number;
  ended_at: number | null;
  state: 'running' | 'done' | 'failed';
  node: string;
  /** JSON */
  result: string;
  error: string | null;
}

export interface JobFencesTable {
  job: string;
  /** Of the last run. */
  fence: number;
  /** Id of its row. */
  last_run: string | null;
  /** When the job was first known: what was due before is not caught up. */
  since: number;
}

export interface JobTables {
  job_runs: JobRunsTable;
  job_fences: JobFencesTable;
}
