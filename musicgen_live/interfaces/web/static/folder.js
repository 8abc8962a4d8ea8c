// Collects the files of what was dropped, those within folders too.
// @ts-check

const MOST_FILES = 5000;

/** @param {DataTransfer} dropped @returns {Promise<File[]>} */
export async function collect(dropped) {
  // All at once: what was dropped is there only until the event is over.
  const entries = [...dropped.items].map((each) => each.webkitGetAsEntry()).filter((entry) => entry !== null);
  // A script that drops files has no entries.
  if (entries.length === 0) return [...dropped.files];
  /** @type {File[]} */
  const files = [];
  while (entries.length && files.length < MOST_FILES) {
    const entry = /** @type {FileSystemEntry} */ (entries.shift());
    if (entry.isFile) files.push(await fileOf(/** @type {FileSystemFileEntry} */ (entry)));
    else entries.push(...(await contentsOf(/** @type {FileSystemDirectoryEntry} */ (entry))));
  }
  return files;
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File>} */
function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** @param {FileSystemDirectoryEntry} folder @returns {Promise<FileSystemEntry[]>} */
async function contentsOf(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const found = [];
  for (;;) {
    // It returns some, and in the end none.
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found;
    found.push(...some);
  }
}
