/**
 * What must survive: a reload, and the end of the browser at any moment. `localStorage` is there at once, but a browser
 * writes it to the disk some seconds later; IndexedDB is written at once, but read a moment later. So both keep all.
 */

const DATABASE = "audioset";
const TABLE = "operations";

/** Has what `Storage` has, of names with one beginning. */
export class Durable {
  /** @type {Promise<IDBDatabase | null>} */
  #database;

  /** @param {Storage} local @param {string} prefix of the names that are kept here */
  constructor(local, prefix) {
    this.local = local;
    this.prefix = prefix;
    this.#database = open();
  }

  /** Brings back what the browser had no time to write elsewhere. */
  async load() {
    const database = await this.#database;
    if (!database) return;
    const table = database.transaction(TABLE, "readonly").objectStore(TABLE);
    const [names, values] = await Promise.all([answered(table.getAllKeys()), answered(table.getAll())]);
    for (const [place, name] of (names ?? []).entries()) {
      const known = this.local.getItem(String(name)) !== null;
      if (!known && String(name).startsWith(this.prefix)) this.local.setItem(String(name), values?.[place]);
    }
  }

  get length() {
    return this.local.length;
  }

  /** @param {number} place */
  key(place) {
    return this.local.key(place);
  }

  /** @param {string} name */
  getItem(name) {
    return this.local.getItem(name);
  }

  /** @param {string} name @param {string} value */
  setItem(name, value) {
    void this.#write((table) => table.put(value, name));
    this.local.setItem(name, value);
  }

  /** @param {string} name */
  removeItem(name) {
    void this.#write((table) => table.delete(name));
    this.local.removeItem(name);
  }

  /** @param {(table: IDBObjectStore) => void} change */
  async #write(change) {
    const database = await this.#database;
    if (!database) return;
    try {
      const transaction = database.transaction(TABLE, "readwrite", { durability: "strict" });
      change(transaction.objectStore(TABLE));
      transaction.commit();
    } catch {
      // The disk is full, or the browser ends: the other of the two has it still.
    }
  }
}

/** @returns {Promise<IDBDatabase | null>} null where the browser keeps nothing, such as in a private window */
function open() {
  return new Promise((resolve) => {
    try {
      const asked = indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE);
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => resolve(null);
      asked.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T | null>}
 */
function answered(request) {
  return new Promise((resolve) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
}
