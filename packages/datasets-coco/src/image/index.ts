/** Images ahead of their use: sizes, checks, a cache, threads. */
export { imageSize, type ImageSize } from './decode.ts';
export { configureDecoding } from './vips.ts';
export { checkSize, type StatedSize } from './check-size.ts';
export { MAX_PIXELS } from './limits.ts';
export { createImageCache, type ImageCache } from './image-cache.ts';
export { prefetch, type PrefetchOptions } from './prefetch.ts';
export { verifyImage, type ImageCheck, type VerifiedImage } from './verify-image.ts';
export { isImageName } from '../folder/extensions.ts';
