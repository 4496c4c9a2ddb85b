/** The small config of the README is one that a newcomer can run. */
import { readFileSync } from 'node:fs';
import { readRecipe } from './read-recipe.ts';
import { parseConfig } from './parse.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const configs = [...readme.matchAll(/```json\n([^]*?)```/g)].map((match) => JSON.parse(match[1]!) as object);

test('it is valid, small, and says what the recipe says', () => {
  expect(configs).toHaveLength(1);
  const config = parseConfig(configs[0]);
  const recipe = parseConfig(readRecipe('bccd-10-sed'));
  const { iterations, batch, input, detector, method, schedule } = config;
  // what a step costs and how many there are: the recipe's, which docs/results.md measured in minutes
  expect(iterations).toBe(recipe.iterations);
  expect(batch).toEqual(recipe.batch);
  expect(input.resize).toEqual(recipe.input.resize);
  expect([detector.weights, detector.backbone]).toEqual([recipe.detector.weights, recipe.detector.backbone]);
  expect(detector).toMatchObject({
    fpn: (recipe.detector as { fpn: object }).fpn,
    head: (recipe.detector as { head: object }).head,
  });
  // and the schedule that was left out has its proportions
  expect(schedule).toEqual(recipe.schedule);
  expect(method).toMatchObject({ ...recipe.method, alpha: { kind: 'step', start: 0.99, end: 0.9 } });
});
