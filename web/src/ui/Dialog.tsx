import { type ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { Problem } from '../api/client';
import { useReader } from '../i18n';
import { Button } from './Button';
import styles from './Dialog.module.css';
import { Icon } from './Icon';
import { ProblemNotice } from './Notice';

interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** Rises from the lower edge on a phone and fills its height. */
  sheet?: boolean;
}

/** A task that covers the page until it is done or left with Escape. */
export function Dialog({ title, isOpen, onClose, children, sheet }: DialogProps) {
  const { t } = useReader();
  return (
    <ModalOverlay
      className={styles.veil}
      isOpen={isOpen}
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={sheet ? styles.sheet : styles.modal}>
        <AriaDialog className={styles.dialog}>
          <div className={styles.head}>
            <Heading slot="title" level={2} className={styles.title}>
              {title}
            </Heading>
            <Button look="quiet" aria-label={t.common.close} onPress={onClose} className={styles.close}>
              <Icon name="close" />
            </Button>
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

interface ConfirmProps extends Omit<DialogProps, 'sheet' | 'children'> {
  help: string;
  action: string;
  onConfirm: () => void;
  isPending?: boolean;
  problem?: Problem | null;
  children?: ReactNode;
}

/** Asks before something that cannot be undone. */
export function Confirm({ help, action, onConfirm, isPending, problem, children, ...dialog }: ConfirmProps) {
  const { t } = useReader();
  return (
    <Dialog {...dialog}>
      <p>{help}</p>
      {children}
      {problem && <ProblemNotice problem={problem} />}
      <div className={styles.actions}>
        <Button onPress={dialog.onClose}>{t.common.cancel}</Button>
        <Button look="danger" onPress={onConfirm} isPending={isPending}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}

export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}
