// Files that are dropped on the page or opened by its button.

import { FileError, MAGIC, need } from "../decoder/index.js";
import { byId, count } from "./dom.js";
import { decodePng } from "./png.js";

const MOST_BYTES = 2 ** 26;
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const TAKEN = "This page takes 28x28 8-bit grey PNG and .aez files";
const OTHER_IMAGES = [
  ["a JPEG image", /^\xff\xd8\xff/],
  ["a GIF image", /^GIF8/],
  ["a BMP image", /^BM/],
  ["a TIFF image", /^(II\*\0|MM\0\*)/],
  ["a WebP image", /^RIFF.{4}WEBP/s],
  ["an AVIF or HEIC image", /^.{4}ftyp/s],
  ["a netpbm image", /^P[1-7]\s/],
];

/** Open a file: `app` is shown a PNG's pixels or an .aez file's bytes. Returns what is wrong, or "". */
async function openFile(app, file, opening) {
  try {
    need(file.size <= MOST_BYTES, `The page opens files of at most 64 MiB. 'aecodec info' tells of larger ones.`);
    const bytes = await readBytes(file);
    if (app.isStale(opening)) return "";
    if (startsWith(bytes, PNG)) app.tryImage(decodePng(bytes), file.name, { png: bytes, show: true });
    else if (startsWith(bytes, MAGIC.slice(0, 2))) await app.openArchive(bytes, file.name);
    else throw new FileError(whatItIs(bytes));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return `${file.name}: ${error.message}`;
  }
  return "";
}

async function openFirst(app, [file, ...others]) {
  if (!file) return;
  const opening = app.begin();
  const problem = await openFile(app, file, opening);
  const left = others.length ? `${count(others.length, "other file")} left out: this page opens one at a time.` : "";
  if (!app.isStale(opening) && (problem || left)) app.tell(`${problem} ${left}`.trim());
}

async function readBytes(file) {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new FileError("It cannot be read; a folder cannot be opened here.");
  }
}

const startsWith = (bytes, start) => start.every((byte, i) => bytes[i] === byte);

function whatItIs(bytes) {
  if (!bytes.length) return `The file is empty. ${TAKEN}.`;
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  if (start.startsWith("\xaeM")) return "This is a model file. 'aecodec explore --model' makes a page of it.";
  const known = OTHER_IMAGES.find(([, pattern]) => pattern.test(start));
  if (!known) return `This is neither a PNG nor an .aez file. ${TAKEN}.`;
  return `This is ${known[0]}. ${TAKEN}; 'aecodec compress --fit' takes other images.`;
}

export function listenToFiles(app) {
  const veil = byId("drop");
  let depth = 0;
  const show = (change) => {
    depth = change ? Math.max(0, depth + change) : 0;
    veil.hidden = depth === 0;
  };
  window.addEventListener("dragenter", () => show(1));
  window.addEventListener("dragleave", () => show(-1));
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    show(0);
    openFirst(app, event.dataTransfer.files);
  });
  byId("file").addEventListener("change", (event) => {
    openFirst(app, [...event.target.files]);
    event.target.value = "";
  });
}
