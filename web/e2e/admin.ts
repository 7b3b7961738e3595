import { test } from './support';

/** Where the first test leaves the administrator's session for all others. */
export const ADMIN_STATE = 'artifacts/admin.json';

/** Tests of administrators: their browser is logged in. Skipped where nobody said who the administrator is. */
export const adminTest = test.extend({ storageState: ADMIN_STATE });

adminTest.beforeEach(() => {
  const known = process.env.CATALEJO_ADMIN ?? process.env.CATALEJO_SETUP ?? '';
  test.skip(known === '', 'CATALEJO_ADMIN=name:password or CATALEJO_SETUP=link names the administrator');
});
