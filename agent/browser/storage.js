// What a site keeps in this document's origin, read and written from an isolated world: its local
// and session storage and its databases. The page's own scripts take no part in it.
//
// Evaluates to {read(limit), write(text), wipe()}; each gives a promise of JSON text or nothing.
// Values of a database are written as JSON: what JSON has no form for is an object {"$": kind, "v": …}.
(() => {
  "use strict";
  const RECORDS = 5000;
  const kindOf = (value) => Object.prototype.toString.call(value).slice(8, -1);
  const asPromise = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });

  const base64 = (buffer) => {
    const bytes = new Uint8Array(buffer);
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768)
      text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  };
  const bytesOf = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

  const each = async (values, act) => {
    const done = [];
    for (const value of values) done.push(await act(value));
    return done;
  };
  // Kept keys of the web's cryptography cannot be read, and what refers to itself has no end.
  const encode = async (value, depth = 0) => {
    if (depth > 50) throw new Error("too deep");
    const deeper = (one) => encode(one, depth + 1);
    const pair = async ([name, one]) => [await deeper(name), await deeper(one)];
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number")
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $: "number", v: Object.is(value, -0) ? "-0" : String(value) };
    if (value === undefined) return { $: "undefined" };
    if (typeof value === "bigint") return { $: "bigint", v: String(value) };
    const kind = kindOf(value);
    if (Array.isArray(value)) return each(value, deeper);
    if (kind === "Date") return { $: "date", v: value.getTime() };
    if (kind === "RegExp") return { $: "pattern", v: [value.source, value.flags] };
    if (kind === "ArrayBuffer") return { $: "buffer", v: base64(value) };
    if (ArrayBuffer.isView(value))
      return { $: "view", v: [kind, base64(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength))] };
    if (kind === "Map") return { $: "map", v: await each([...value], pair) };
    if (kind === "Set") return { $: "set", v: await each([...value], deeper) };
    if (kind === "File") return { $: "file", v: [value.name, value.type, value.lastModified, base64(await value.arrayBuffer())] };
    if (kind === "Blob") return { $: "blob", v: [value.type, base64(await value.arrayBuffer())] };
    if (kind === "Object") return { $: "object", v: await each(Object.entries(value), pair) };
    throw new Error(kind);
  };
  const made = {
    number: Number, undefined: () => undefined, bigint: BigInt,
    date: (v) => new Date(v), pattern: ([source, flags]) => new RegExp(source, flags),
    buffer: (v) => bytesOf(v).buffer,
    view: ([kind, text]) => new globalThis[kind](bytesOf(text).buffer),
    map: (v) => new Map(v.map(([name, one]) => [decode(name), decode(one)])),
    set: (v) => new Set(v.map(decode)),
    file: ([name, type, lastModified, text]) => new File([bytesOf(text)], name, { type, lastModified }),
    blob: ([type, text]) => new Blob([bytesOf(text)], { type }),
    object: (v) => Object.fromEntries(v.map(([name, one]) => [decode(name), decode(one)])),
  };
  const decode = (value) => {
    if (value === null || typeof value !== "object") return value;
    return Array.isArray(value) ? value.map(decode) : made[value.$](value.v);
  };

  const entries = (store) => Array.from({ length: store.length }, (_, at) => store.key(at))
    .map((name) => [name, store.getItem(name)]);
  const stores = () => {
    try {
      return [localStorage, sessionStorage];
    } catch {
      return [];
    }
  };

  const readStore = async (transaction, name) => {
    const store = transaction.objectStore(name);
    if (await asPromise(store.count()) > RECORDS) throw new Error("too many");
    const [keys, values] = [await asPromise(store.getAllKeys()), await asPromise(store.getAll())];
    const indexes = Array.from(store.indexNames, (one) => store.index(one))
      .map((one) => [one.name, one.keyPath, one.unique, one.multiEntry]);
    return { name, keyPath: store.keyPath, counts: store.autoIncrement, indexes, keys, values };
  };
  const readDatabase = async ({ name, version }) => {
    const database = await asPromise(indexedDB.open(name));
    database.onversionchange = () => database.close();
    try {
      const names = Array.from(database.objectStoreNames);
      const transaction = names.length ? database.transaction(names) : null;
      const read = await Promise.all(names.map((one) => readStore(transaction, one)));
      return { name, version: database.version ?? version, stores: await each(read, async (one) => ({
        ...one, keys: await each(one.keys, encode), values: await each(one.values, encode),
      })) };
    } finally {
      database.close();
    }
  };
  const databases = async () => (globalThis.indexedDB ? indexedDB.databases() : []);

  const writeDatabase = async ({ name, version, stores: written }) => {
    await asPromise(indexedDB.deleteDatabase(name));
    const opening = indexedDB.open(name, version);
    opening.onupgradeneeded = () => {
      for (const one of written) {
        const store = opening.result.createObjectStore(one.name, { keyPath: one.keyPath, autoIncrement: one.counts });
        for (const [index, path, unique, multiEntry] of one.indexes) store.createIndex(index, path, { unique, multiEntry });
        one.values.forEach((value, at) => {
          if (one.keyPath === null) store.put(decode(value), decode(one.keys[at]));
          else store.put(decode(value));
        });
      }
    };
    (await asPromise(opening)).close();
  };

  return {
    async read(limit) {
      const [local, session] = stores().map(entries);
      const found = [], left = [];
      for (const one of await databases()) {
        try {
          const read = await readDatabase(one);
          if (JSON.stringify(read).length > limit) throw new Error("too large");
          found.push(read);
        } catch {
          left.push(one.name);
        }
      }
      return JSON.stringify({ local: local ?? [], session: session ?? [], databases: found, left });
    },
    async write(text) {
      const given = JSON.parse(text);
      const [local, session] = stores();
      for (const [name, value] of given.local) local.setItem(name, value);
      for (const [name, value] of given.session) session.setItem(name, value);
      for (const one of given.databases) await writeDatabase(one);
    },
    async wipe() {
      for (const store of stores()) store.clear();
      for (const one of await databases()) await asPromise(indexedDB.deleteDatabase(one.name));
    },
  };
})()
