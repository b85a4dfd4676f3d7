/** A value larger than this, as JSON, is not kept. */
export const maxValueBytes = 1024 * 1024;
