import { allWithin, byId, within } from './dom.ts';
import { countText } from './score-counts.ts';

/**
 * The pictures of a report: a slider hides boxes of low scores, a click enlarges. A report without pictures has
 * neither.
 */
export function startPictures(): void {
  if (document.getElementById('score') === null) return;
  startSlider();
  startDialog();
}

function startSlider(): void {
  const slider = byId('score', HTMLInputElement);
  const value = byId('score-value', HTMLOutputElement);
  const panels = allWithin(document, '.panel[data-objects]', HTMLElement).map((panel) => ({
    objects: Number(panel.dataset['objects']),
    count: within(panel, '.count', HTMLElement),
    detections: allWithin(panel, 'g[data-score]', SVGGElement).map((box) => ({
      box,
      score: Number(box.dataset['score']),
      isRight: box.dataset['right'] === '1',
    })),
  }));
  const show = () => {
    const least = Number(slider.value);
    value.textContent = least.toFixed(2);
    for (const { objects, count, detections } of panels) {
      for (const { box, score } of detections) box.style.display = score >= least ? '' : 'none';
      count.textContent = countText(detections, objects, least);
    }
  };
  slider.addEventListener('input', show);
  show();
}

function startDialog(): void {
  const dialog = byId('large', HTMLDialogElement);
  for (const button of allWithin(document, '.pictures .zoom', HTMLButtonElement)) {
    button.addEventListener('click', () => {
      const picture = within(button, '.pic', SVGSVGElement);
      const copy = picture.cloneNode(true) as SVGSVGElement;
      const { width, height } = picture.viewBox.baseVal;
      copy.style.setProperty('--ratio', String(width / height));
      const caption = document.createElement('b');
      caption.id = 'large-name';
      caption.textContent = picture.getAttribute('aria-label');
      within(dialog, 'div', HTMLElement).replaceChildren(caption, copy);
      dialog.showModal();
    });
  }
  within(dialog, 'button', HTMLButtonElement).addEventListener('click', () => dialog.close());
  // outside of the picture
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
}
