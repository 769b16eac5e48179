/**
 * A second place in the browser for what is not saved yet. `localStorage` is written at once, so that a reload finds it, but
 * it comes to the disk some seconds later only: a browser that is killed would forget it. A database comes there sooner.
 */

const NAME = "audioset";
const STORE = "operations";

export class Vault {
  /** @type {Promise<IDBDatabase | null> | null} */
  #opened = null;

  /** Without a database, as in some private windows, nothing is kept here. */
  #open() {
    this.#opened ??= new Promise((resolve) => {
      try {
        const request = indexedDB.open(NAME, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve(null);
      } catch {
        resolve(null);
      }
    });
    return this.#opened;
  }

  /**
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest} ask
   * @returns {Promise<any>} null where nothing is kept
   */
  async #do(mode, ask) {
    const database = await this.#open();
    if (!database) return null;
    return new Promise((resolve) => {
      try {
        // Strict: done when it is on the disk, so that neither a killed browser nor a power cut forgets it.
        const transaction = database.transaction(STORE, mode, { durability: "strict" });
        const request = ask(transaction.objectStore(STORE));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => resolve(null);
      } catch {
        resolve(null);
      }
    });
  }

  /** @param {string} name @param {string} value */
  put(name, value) {
    return this.#do("readwrite", (store) => store.put(value, name));
  }

  /** @param {string} name */
  remove(name) {
    return this.#do("readwrite", (store) => store.delete(name));
  }

  /** @returns {Promise<[string, string][]>} names and values */
  async all() {
    const [names, values] = await Promise.all([
      this.#do("readonly", (store) => store.getAllKeys()),
      this.#do("readonly", (store) => store.getAll()),
    ]);
    if (!names || !values || names.length !== values.length) return [];
    return names.map((/** @type {unknown} */ name, /** @type {number} */ index) => [String(name), values[index]]);
  }
}
