import { useReader } from '../../i18n';
import { Page } from '../../ui/Page';
import { Tabs } from '../../ui/Tabs';
import { Audit } from './Audit';
import { Reports } from './Reports';
import { Users } from './Users';

export function Moderation() {
  const { t } = useReader();
  return (
    <Page title={t.moderation.title} narrow>
      <Tabs
        label={t.moderation.tabs}
        tabs={[
          { id: 'reports', label: t.moderation.reports, content: <Reports /> },
          { id: 'users', label: t.moderation.users, content: <Users /> },
          { id: 'audit', label: t.moderation.audit, content: <Audit /> },
        ]}
      />
    </Page>
  );
}
