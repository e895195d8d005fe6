import { openSqliteStore, type Store } from '@suanpan/runtime/store'
import { makeStoreFile } from '../data-folder.ts'
import { createNotificationJournal, notificationJournalSchema, type NotificationJournal, type NotificationJournalOptions } from './journal.ts'

/** A journal in a file, which is opened once all else of the shop is: a start that is refused leaves nothing behind. */
export interface JournalFile extends Pick<NotificationJournal, 'receiveNotifications' | 'stop'> {
  /** What has arrived meanwhile waits for this. Throws `StartRefused` where the file cannot be used. */
  open(): Promise<void>
}

export function createJournalFile(file: string, options: Omit<NotificationJournalOptions, 'store'>): JournalFile {
  const opened = Promise.withResolvers<NotificationJournal>()
  let stop = async (): Promise<void> => {}

  return {
    receiveNotifications: async (request, within) => (await opened.promise).receiveNotifications(request, within),
    open: async () => {
      const store = openStore(file, options)
      const journal = createNotificationJournal({ ...options, store })
      stop = async () => {
        await journal.stop()
        await store.close()
      }
      await journal.start()
      opened.resolve(journal)
    },
    stop: () => stop(),
  }
}

function openStore(file: string, { clock }: Pick<NotificationJournalOptions, 'clock'>): Store {
  makeStoreFile(file)
  return openSqliteStore({ name: 'notifications', schemas: [notificationJournalSchema], file, clock })
}
