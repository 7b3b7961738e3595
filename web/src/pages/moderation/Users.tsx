import { useState } from 'react';
import { Link } from 'react-router';
import { useList } from '../../api/list';
import { useRemoveUser, useSetRole, useSuspend } from '../../api/moderation';
import { type User, useIdentity } from '../../api/session';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Confirm } from '../../ui/Dialog';
import { ListView } from '../../ui/ListView';
import { Empty, ProblemNotice } from '../../ui/Notice';
import { SearchBox } from '../../ui/SearchBox';

export function Users() {
  const { t, format } = useReader();
  const { user: me } = useIdentity();
  const [query, setQuery] = useState('');
  const [leaving, setLeaving] = useState<User | null>(null);
  const list = useList<User>(['moderation', 'users'], '/v1/users', { query });
  const setRole = useSetRole();
  const suspend = useSuspend();
  const remove = useRemoveUser();
  const problem = setRole.error ?? suspend.error;
  return (
    <>
      <SearchBox label={t.moderation.findUser} value={query} onSearch={setQuery} />
      {problem && <ProblemNotice problem={problem} />}
      <ListView
        list={list}
        keyOf={(user) => user.name}
        render={(user) => (
          <article className={card.card}>
            <div className={card.between}>
              <div>
                <p className={card.row}>
                  <Link to={`/people/${encodeURIComponent(user.name)}`}>{user.name}</Link>
                  <span className={user.role === 'admin' ? `${card.badge} ${card.warm}` : card.badge}>
                    {t.moderation.roles[user.role]}
                  </span>
                  {user.suspended && (
                    <span className={`${card.badge} ${card.bad}`}>{t.moderation.suspended}</span>
                  )}
                  {user.demo && <span className={card.badge}>{t.common.demo}</span>}
                </p>
                <p className={card.help}>{t.people.joined(format.date(user.created_at))}</p>
              </div>
              {user.name !== me?.name && (
                <div className={card.row}>
                  <Button
                    size="small"
                    onPress={() =>
                      setRole.mutate({ name: user.name, role: user.role === 'admin' ? 'member' : 'admin' })
                    }
                  >
                    {user.role === 'admin' ? t.moderation.makeMember : t.moderation.makeAdmin}
                  </Button>
                  <Button
                    size="small"
                    onPress={() => suspend.mutate({ name: user.name, suspended: !user.suspended })}
                  >
                    {user.suspended ? t.moderation.reinstate : t.moderation.suspend}
                  </Button>
                  <Button size="small" look="danger" onPress={() => setLeaving(user)}>
                    {t.common.delete}
                  </Button>
                </div>
              )}
            </div>
          </article>
        )}
        empty={<Empty title={t.moderation.noUsers} />}
      />
      <Confirm
        title={t.moderation.deleteUser(leaving?.name ?? '')}
        help={t.moderation.deleteUserHelp}
        action={t.common.delete}
        isOpen={leaving !== null}
        onClose={() => setLeaving(null)}
        isPending={remove.isPending}
        problem={remove.error}
        onConfirm={() => leaving && remove.mutate(leaving.name, { onSuccess: () => setLeaving(null) })}
      />
    </>
  );
}
