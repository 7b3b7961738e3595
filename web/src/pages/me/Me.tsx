import { useIdentity } from '../../api/session';
import { useReader } from '../../i18n';
import { ButtonLink } from '../../ui/Button';
import { Page } from '../../ui/Page';
import { SkeletonList } from '../../ui/Skeleton';
import { Tabs } from '../../ui/Tabs';
import { LoginFirst } from '../auth/LoginFirst';
import { Account } from './Account';
import { Keys } from './Keys';
import { MyPrompts } from './MyPrompts';
import { Sessions } from './Sessions';

export function Me() {
  const { t } = useReader();
  const { user, isPending } = useIdentity();
  if (isPending) {
    return (
      <Page title={t.me.title} narrow>
        <SkeletonList />
      </Page>
    );
  }
  if (user === null) return <LoginFirst page={t.me.title} title={t.me.login} help={t.me.loginHelp} />;
  return (
    <Page
      title={user.name}
      narrow
      actions={
        <ButtonLink size="small" to={`/people/${encodeURIComponent(user.name)}`}>
          {t.me.profile}
        </ButtonLink>
      }
    >
      <Tabs
        label={t.me.tabs}
        tabs={[
          { id: 'prompts', label: t.me.prompts, content: <MyPrompts name={user.name} /> },
          { id: 'account', label: t.me.account, content: <Account user={user} /> },
          { id: 'sessions', label: t.me.sessions, content: <Sessions /> },
          { id: 'keys', label: t.me.keys, content: <Keys /> },
        ]}
      />
    </Page>
  );
}
