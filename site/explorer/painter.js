// The page's side of the drawing: one image at a time, and of all that was asked for meanwhile only the last.

/** Asks a worker for images. onImage({name, settings, image, milliseconds}) and onError(text) are called. */
export class Painter {
  constructor(onImage, onError) {
    this.worker = new Worker(new URL("worker.js", import.meta.url));
    this.busy = null; // what is being drawn
    this.waiting = null; // what comes next
    this.count = 0;
    this.list = new Promise((resolve, reject) => {
      this.worker.onmessage = ({ data }) => {
        if (data.list) resolve(data.list);
        else if (data.id === undefined) reject(new Error(data.error));
        else this.finished(data, onImage, onError);
      };
      this.worker.onerror = (event) => reject(new Error(event.message || "a file is missing"));
    });
  }

  /** Ask for an image. */
  ask(name, settings) {
    this.waiting = { id: ++this.count, name, settings };
    if (!this.busy) this.next();
  }

  next() {
    [this.busy, this.waiting] = [this.waiting, null];
    if (this.busy) this.worker.postMessage(this.busy);
  }

  finished({ image, milliseconds, error }, onImage, onError) {
    const { name, settings } = this.busy;
    this.next();
    if (error) onError(error);
    else onImage({ name, settings, image, milliseconds });
  }
}
