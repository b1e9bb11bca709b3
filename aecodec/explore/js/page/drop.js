// Files that are dropped on the page or opened by its button.

const MAX_FILE_BYTES = 2 ** 26;

async function openFile(app, file) {
  app.tell("");
  try {
    const most = `The page opens files of at most 64 MiB; aecodec info ${file.name} tells more.`;
    need(file.size <= MAX_FILE_BYTES, most);
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (isPng(bytes)) app.tryImage(decodePng(bytes), file.name, bytes);
    else await app.openArchive(bytes, file.name);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    app.tell(`${file.name}: ${error.message}`);
  }
}

function listenToDrops(app) {
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
    const [file] = event.dataTransfer.files;
    if (file) openFile(app, file);
  });
  byId("file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) openFile(app, file);
    event.target.value = "";
  });
}
