import { useState } from 'react';
import { type Key, type MadeKey, useKeys, useRevokeKey } from '../../api/keys';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Confirm, Dialog, DialogActions } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { Empty, ProblemNotice } from '../../ui/Notice';
import { SkeletonList } from '../../ui/Skeleton';
import { useToast } from '../../ui/Toast';
import { NewKeyDialog } from './NewKeyDialog';

export function Keys() {
  const { t, format } = useReader();
  const keys = useKeys();
  const revoke = useRevokeKey();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<MadeKey | null>(null);
  const [leaving, setLeaving] = useState<Key | null>(null);
  return (
    <>
      <div className={card.between}>
        <p className={card.help}>{t.me.keysHelp}</p>
        <Button size="small" look="primary" onPress={() => setMaking(true)}>
          {t.me.newKey}
        </Button>
      </div>
      {keys.isPending && <SkeletonList count={2} lines={2} />}
      {keys.error && <ProblemNotice problem={keys.error} onRetry={() => void keys.refetch()} />}
      {keys.data?.items.length === 0 && <Empty title={t.me.noKeys} help={t.me.keysHelp} />}
      {keys.data?.items.map((key) => (
        <article key={key.id} className={card.card}>
          <div className={card.between}>
            <div>
              <p>
                <strong>{key.name}</strong> <code>{key.prefix}…</code>
              </p>
              <p className={card.help}>
                {key.scopes.map((scope) => t.me.scopeNames[scope]).join(', ')} ·{' '}
                {key.collections?.length ? key.collections.join(', ') : t.me.allCollections}
              </p>
              <p className={card.help}>
                {key.last_used_at === null
                  ? t.me.neverUsed
                  : `${t.me.lastUsed} ${format.ago(key.last_used_at)}`}{' '}
                ·{' '}
                {key.expires_at === null
                  ? t.me.neverExpires
                  : `${t.me.expires} ${format.date(key.expires_at)}`}
              </p>
            </div>
            <Button size="small" look="danger" onPress={() => setLeaving(key)}>
              {t.me.revoke}
            </Button>
          </div>
        </article>
      ))}
      {making && (
        <NewKeyDialog
          onClose={() => setMaking(false)}
          onMade={(key) => {
            setMaking(false);
            setMade(key);
          }}
        />
      )}
      {made && <MadeDialog made={made} onClose={() => setMade(null)} />}
      <Confirm
        title={t.me.revokeTitle(leaving?.name ?? '')}
        help={t.me.revokeHelp}
        action={t.me.revoke}
        isOpen={leaving !== null}
        onClose={() => setLeaving(null)}
        isPending={revoke.isPending}
        problem={revoke.error}
        onConfirm={() => leaving && revoke.mutate(leaving.id, { onSuccess: () => setLeaving(null) })}
      />
    </>
  );
}

function MadeDialog({ made, onClose }: { made: MadeKey; onClose: () => void }) {
  const { t } = useReader();
  const say = useToast();
  const copy = () =>
    navigator.clipboard.writeText(made.key).then(
      () => say(t.me.copied),
      () => say(t.discover.shareFailed),
    );
  return (
    <Dialog title={t.me.keyMade} isOpen onClose={onClose}>
      <p>{t.me.keyMadeHelp}</p>
      <Field label={made.name} value={made.key} isReadOnly mono />
      <DialogActions>
        <Button onPress={() => void copy()}>{t.me.copy}</Button>
        <Button look="primary" onPress={onClose}>
          {t.common.close}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
