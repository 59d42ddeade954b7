// Images on the page: a canvas with its caption, and what is made of them.

/** Return the image turned by a quarter, so that the forehead points up, as canvas pixels. */
export function upright(image) {
  const size = Math.sqrt(image.length);
  const pixels = new ImageData(size, size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const grey = image[column * size + (size - 1 - row)];
      pixels.data.set([grey, grey, grey, 255], 4 * (row * size + column));
    }
  }
  return pixels;
}

/** Show an image on a canvas, each pixel a square. */
export function show(canvas, image) {
  const pixels = upright(image);
  canvas.width = canvas.height = pixels.width;
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

/** Return the mean difference of two images in grey values, or null where their sizes differ. */
export function difference(a, b) {
  if (a.length !== b.length) return null;
  return a.reduce((sum, grey, i) => sum + Math.abs(grey - b[i]), 0) / a.length;
}

/** Save canvases side by side as one PNG, enlarged to about 256 pixels each, as the course's save_png does. */
export function download(canvases, name) {
  const side = Math.max(...canvases.map((canvas) => canvas.width * Math.max(1, Math.floor(256 / canvas.width))));
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [side * canvases.length, side];
  const context = sheet.getContext("2d");
  context.imageSmoothingEnabled = false;
  canvases.forEach((canvas, i) => context.drawImage(canvas, i * side, 0, side, side));
  sheet.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}
