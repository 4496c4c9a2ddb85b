/** Weights as files: torchvision's names and layouts, so that a PyTorch user loads them directly. */
import { readFileSync } from 'node:fs';
import { type Detector, type ParameterSpec } from '@sed/detectors';
import {
  describeReport,
  fromTfjs,
  loadAllWeights,
  readSafetensors,
  openWeights,
  replaceWeights,
  writeSafetensors,
  type OpenedWeights,
  type StateDict,
} from '@sed/detectors/weights';
import type { Tensor } from '@tensorflow/tfjs-core';
import { isWeightsName, namedWeights } from '../config/named-weights.ts';
import type { RunConfig } from '../config/schema.ts';

type Specified = Pick<Detector, 'parameters'>;

/** What torch's state_dict of the model would be, as safetensors. */
export function encodeParameters(detector: Specified, parameters: ReadonlyMap<string, Tensor>): Uint8Array {
  return writeSafetensors(fromTfjs(parameters, detector.parameters), { format: 'pt' });
}

/** @throws Error where a parameter is missing or has another shape */
export function decodeParameters(detector: Specified, bytes: Uint8Array, source: string): Map<string, Tensor> {
  return loadAllWeights(readSafetensors(bytes, source).tensors, detector.parameters, source);
}

/** The momentum of each trained parameter, under the parameter's name and in its layout. */
export function encodeMomentum(detector: Specified, momentum: ReadonlyMap<string, Tensor>): Uint8Array {
  return writeSafetensors(fromTfjs(momentum, trained(detector)), { format: 'pt' });
}

export function decodeMomentum(detector: Specified, bytes: Uint8Array, source: string): Map<string, Tensor> {
  return loadAllWeights(readSafetensors(bytes, source).tensors, trained(detector), source);
}

function trained(detector: Specified): ParameterSpec[] {
  return detector.parameters.filter((p) => p.trainable);
}

/**
 * Fresh weights of a run: a function of the seed, with the pretrained backbone or the whole detector that the config
 * names put in.
 * @param log told what of a file did not fit
 * @throws Error for a file that cannot be read or is of another model
 */
export function pretrainedOrFresh(
  detector: Detector,
  config: RunConfig,
  log: (message: string) => void,
): Map<string, Tensor> {
  const { weights, checkpoint } = config.detector;
  const fresh = detector.initialize(config.seed);
  const read = (setting: string, path: string): StateDict => {
    const opened = readFile(setting, path);
    opened.notes.forEach(log);
    checkStride(opened, config, `"${setting}" (${path})`);
    return opened.tensors;
  };
  try {
    if (weights !== null) {
      // of a classification model only the body is looked for; its classifier is of no use here
      const body = detector.parameters.filter((p) => p.name.startsWith('backbone.body.'));
      const report = replaceWeights(fresh, read('detector.weights', weights), body, weights);
      if (report.missing.length + report.mismatched.length > 0) {
        throw new Error(
          `"detector.weights" is ${weights}, which does not fit the backbone ${config.detector.backbone.name}: ` +
            describeReport({ ...report, unexpected: [] }).join(' '),
        );
      }
    }
    if (checkpoint !== null) {
      const report = replaceWeights(fresh, read('detector.checkpoint', checkpoint), detector.parameters, checkpoint);
      describeReport(report).forEach((sentence) => log(`${checkpoint}: ${sentence}`));
    }
  } catch (error) {
    fresh.forEach((tensor) => tensor.dispose());
    throw error;
  }
  return fresh;
}

/**
 * @throws where weights and network have the stride of a bottleneck at different places: they would fit, and compute
 *   something else
 */
function checkStride({ images, layout }: OpenedWeights, config: RunConfig, file: string): void {
  const { name, stride = '3x3' } = config.detector.backbone;
  const needed = images === 'caffe' ? '1x1' : '3x3';
  // torchvision's names are those of our own runs too, which may have either
  if (layout === 'torchvision' || !/^resnet(50|101)$/.test(name) || stride === needed) return;
  throw new Error(
    `${file} has ${layout}'s names and is taken for a ${name} with its strides in the ${needed} convolutions; ` +
      `set "detector.backbone.stride" to "${needed}".`,
  );
}

function readFile(setting: string, given: string): OpenedWeights {
  let path: string;
  try {
    path = isWeightsName(given) ? namedWeights(given) : given;
  } catch (error) {
    throw new Error(`"${setting}": ${(error as Error).message}`, { cause: error });
  }
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Error(`"${setting}": ${path} cannot be read: ${(error as Error).message}`);
  }
  return openWeights(bytes, path);
}
