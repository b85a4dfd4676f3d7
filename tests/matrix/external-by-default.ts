/** Nodes of one cluster need external stores; imported before the harness, which reads the variable. */
process.env['VOLVOX_TEST_STORES'] ||= 'external';
