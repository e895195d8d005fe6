import { openSqliteStore, type SqliteStoreOptions, type Store } from '@suanpan/runtime/store'
import { makeStoreFile } from '../data-folder.ts'
import { createNotificationJournal, notificationJournalSchema, type NotificationJournal, type NotificationJournalOptions } from './journal.ts'

/** A journal in a file, which is opened once all else of the shop is: a start that is refused leaves nothing behind. */
export interface JournalFile extends Pick<NotificationJournal, 'receiveNotifications' | 'stop'> {
  /** What has arrived meanwhile waits for this. Throws `StartRefused` where the file cannot be used. */
  open(): Promise<void>
}

export interface JournalFileOptions extends Omit<NotificationJournalOptions, 'store'>, Pick<SqliteStoreOptions, 'openLog'> {
  /** The disk failed under it. What was promised before is kept; what is asked for now cannot be promised any more: the process has to end. */
  readonly onLost: (error: unknown) => void
}

export function createJournalFile(file: string, options: JournalFileOptions): JournalFile {
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

function openStore(file: string, { clock, onLost, openLog }: JournalFileOptions): Store {
  makeStoreFile(file)
  const schemas = [notificationJournalSchema]
  return openSqliteStore({ name: 'notifications', schemas, file, clock, onLost, ...(openLog === undefined ? {} : { openLog }) })
}
