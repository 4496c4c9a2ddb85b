/** A backbone by its name. */
import type { Backbone, BackboneSettings } from './backbone.ts';
import { createEfficientNetLite0 } from './efficientnet-lite.ts';
import { createResNet, type ResNetName } from './resnet.ts';

export type BackboneName = ResNetName | 'efficientnet-lite0';

export function createBackbone({ name, ...settings }: BackboneSettings & { readonly name: BackboneName }): Backbone {
  return name === 'efficientnet-lite0' ? createEfficientNetLite0(settings) : createResNet(name, settings);
}
