/** What it means that two parts of a run share images: the words of the run and of the check of its data. */

/** The place of a data set in a run. */
export type PartRole = 'labeled' | 'unlabeled' | 'validation';

/** Plural noun for the count, and what to do. */
export interface SharedImages {
  readonly kind: string;
  readonly advice: string;
}

/** @param roles undefined: a part without a place in a run */
export function sharedImages(roles: readonly [PartRole | undefined, PartRole | undefined]): SharedImages {
  const has = (role: PartRole) => roles.includes(role);
  if (has('validation') && has('unlabeled')) {
    return {
      kind: 'validation images that are trained on without labels',
      advice:
        'numbers measured on them are of images that training saw (transductive learning): ' +
        'take them out of the unlabeled images, or say so with the numbers',
    };
  }
  if (has('validation')) {
    return {
      kind: 'validation images that are trained on',
      advice: 'numbers measured on them say nothing about new images: take them out of one of the two',
    };
  }
  if (has('labeled') && has('unlabeled')) {
    return {
      kind: 'images that are both labeled and unlabeled',
      advice: 'harmless, as long as it is meant: some protocols have the labeled images among the unlabeled ones',
    };
  }
  return { kind: 'images that are in two parts', advice: 'is it meant? In one run they would count twice' };
}

/** Said where not a part but all of the unlabeled images are labeled ones. */
export const nothingUnlabeled = (images: number): SharedImages & { readonly found: string } => ({
  kind: 'unlabeled images that are the labeled ones',
  found: `all ${images} unlabeled images are labeled ones too`,
  advice:
    'no image is new to a semi-supervised run then: if a folder of others was meant, name that one; ' +
    'if the labeled set was to be divided, use "data.split" with "rest-of-labeled"',
});
